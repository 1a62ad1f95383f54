// A form that sends one file as it is: no wrapping that the server would have to take off, and no
// limit of a form. Where it leads afterwards, the answer says.
{
  async function send(form, file, button) {
    const words = form.querySelector("[data-send-error]") ?? form.appendChild(document.createElement("p"));
    words.dataset.sendError = "";
    words.className = "error";
    words.setAttribute("role", "alert");
    words.textContent = "";
    button.disabled = true;
    button.setAttribute("aria-busy", "true");
    try {
      const headers = { "x-csrf-token": regia.meta("csrf-token"), accept: "application/json" };
      const answer = await fetch(form.action, { method: "POST", body: file, headers });
      if (answer.ok) return location.assign(answer.url);
      const problem = await answer.json().catch(() => ({}));
      words.textContent = [problem.detail, problem.hint].filter(Boolean).join(" ") || answer.statusText;
    } catch {
      words.textContent = regia.words.unreachable;
    }
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-send-file]");
    if (!form) return;
    event.preventDefault();
    const file = form.querySelector("input[type=file]").files[0];
    if (file) send(form, file, event.submitter);
  });
}
