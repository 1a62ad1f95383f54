// The search of the top bar: Ctrl K or / goes there, arrows walk through the answers.
{
  const input = () => document.getElementById("search");

  // The question that the answers belong to; they may be older than what was typed since.
  const answered = () => document.querySelector("#answers [data-text]")?.dataset.text || null;

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    const wanted = (event.key === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !typing);
    if (wanted && input()) {
      event.preventDefault();
      input().focus();
      input().select();
      return;
    }
    const search = event.target.closest?.(".search");
    if (!search) return;
    const stops = [input(), ...search.querySelectorAll(".answers a")];
    const at = stops.indexOf(document.activeElement);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const next = stops[at + (event.key === "ArrowDown" ? 1 : -1)];
      if (next) {
        event.preventDefault();
        next.focus();
      }
    } else if (event.key === "Escape") {
      document.activeElement.blur();
    } else if (event.key === "Enter" && at === 0 && stops.length > 1 && input().value.trim() === answered()) {
      event.preventDefault();
      stops[1].click();
    }
  });

}
