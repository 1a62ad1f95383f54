// Dialogs, typed confirmations, and forms that submit themselves.
{
  function open(id) {
    const dialog = document.getElementById(id);
    if (dialog instanceof HTMLDialogElement && !dialog.open) {
      dialog.showModal();
      check(dialog);
    }
  }

  // The button stays shut until the phrase is typed.
  function check(root) {
    for (const input of root.querySelectorAll("[data-must-be]")) {
      const submit = input.form?.querySelector('[type="submit"]');
      if (submit) submit.disabled = input.value.trim() !== input.dataset.mustBe;
    }
  }

  regia.onClick("[data-open]", (button) => {
    button.closest("details.menu")?.removeAttribute("open");
    open(button.dataset.open);
  });
  regia.onClick("[data-dismiss]", (button) => button.closest("dialog")?.close());
  regia.onClick("dialog", (dialog, event) => {
    if (event.target === dialog) dialog.close();
  });

  document.addEventListener("input", (event) => {
    if (event.target.matches?.("[data-must-be]")) check(event.target.form);
  });
  regia.onContent(check);

  // A field that filters what is already on the page: no more than a few hundred lines.
  document.addEventListener("input", (event) => {
    const place = document.getElementById(event.target.dataset?.filters ?? "");
    if (!place) return;
    const wanted = event.target.value.trim().toLowerCase();
    for (const line of place.querySelectorAll("[data-filtered]")) {
      line.hidden = !line.dataset.filtered.toLowerCase().includes(wanted);
    }
  });

  // A filter bar submits as soon as a choice is made, leaving out what is empty or as always.
  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("form[data-submit-on-change]");
    if (form && event.target.matches("select, input[type=checkbox], input[type=date]") &&
      !event.target.closest("[data-no-submit]")) {
      form.requestSubmit();
    }
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "get") {
      // A second press must not do it twice.
      const submit = event.submitter;
      if (submit && !form.hasAttribute("hx-post")) setTimeout(() => { submit.disabled = true; });
      return;
    }
    const boxes = [...form.querySelectorAll('[name="columns"]')];
    const usual = !new URLSearchParams(location.search).has("columns") &&
      boxes.every((box) => box.checked === box.defaultChecked);
    for (const field of form.elements) {
      const silent = field.value === "" || (usual && boxes.includes(field));
      if (field.name && silent && !field.disabled) {
        field.disabled = true;
        setTimeout(() => { field.disabled = false; });
      }
    }
  });

  // The browser may show a page again as it was left.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const submit of document.querySelectorAll("form [type=submit]:disabled")) submit.disabled = false;
    check(document);
  });
}
