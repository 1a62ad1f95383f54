// Selection in lists: the bar below appears with it, and may mean every row that matches.
{
  const rows = (form) => [...form.querySelectorAll('.select > input[name="id"]')];

  function show(form) {
    const bar = form.querySelector("[data-selection]");
    if (!bar) return;
    const boxes = rows(form);
    const chosen = boxes.filter((box) => box.checked).length;
    const all = boxes.length > 0 && chosen === boxes.length;
    const page = form.querySelector("[data-select-page]");
    if (page) {
      page.checked = all;
      page.indeterminate = chosen > 0 && !all;
    }
    const words = bar.querySelector("[data-selected]");
    const lang = document.documentElement.lang;
    const matching = bar.querySelector('[name="matching"]');
    if (!all) matching.disabled = true;
    const every = bar.querySelector("[data-select-matching]");
    every.hidden = !all || !matching.disabled || !form.querySelector('.pager [rel="next"]');
    const some = chosen === 1 ? words.dataset.one : words.dataset.other.replace("{count}", chosen.toLocaleString(lang));
    words.textContent = matching.disabled ? some : words.dataset.all;
    bar.hidden = chosen === 0;
  }

  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("form");
    if (!form) return;
    if (event.target.matches("[data-select-page]")) {
      for (const box of rows(form)) box.checked = event.target.checked;
    } else if (!event.target.matches('.select > input[name="id"]')) {
      return;
    }
    show(form);
  });

  // With Shift, everything between this box and the one before.
  let last = null;
  regia.onClick('.select > input[name="id"]', (box, event) => {
    if (event.shiftKey && last?.form === box.form) {
      const all = rows(box.form);
      const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
      for (const between of all.slice(from, to + 1)) between.checked = box.checked;
      show(box.form);
    }
    last = box;
  });

  regia.onClick("[data-select-none]", (button) => {
    for (const box of rows(button.form)) box.checked = false;
    show(button.form);
  });

  regia.onClick("[data-select-matching]", (button) => {
    const field = button.form.querySelector('[name="matching"]');
    field.value = button.dataset.selectMatching;
    field.disabled = false;
    show(button.form);
  });

  regia.onContent((root) => {
    for (const bar of root.querySelectorAll("[data-selection]")) show(bar.closest("form"));
  });
}
