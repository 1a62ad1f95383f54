// Forms that send one file: its fields become the query of an API address, its content the body, so
// the server stores it as it comes and the fields are judged first. The progress is what has left.
{
  const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];
  const KEPT = ["file", "name"];

  function bytes(count) {
    let size = count;
    let unit = 0;
    while (size >= 1023.95 && unit < UNITS.length - 1) {
      size /= 1024;
      unit += 1;
    }
    const digits = unit ? 1 : 0;
    const form = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    return `${size.toLocaleString(document.documentElement.lang, form)}\u00a0${UNITS[unit]}`;
  }

  function address(form, file) {
    const query = new URLSearchParams();
    for (const field of form.elements) {
      if (!field.name || KEPT.includes(field.name)) continue;
      const values = "list" in field.dataset ? field.value.split(",") : [field.value];
      for (const value of values.map((value) => value.trim()).filter(Boolean)) {
        query.append(field.name, value);
      }
    }
    const name = form.elements.name?.value.trim() || file.name;
    return `${form.dataset.uploadTo}${encodeURIComponent(name)}?${query}`;
  }

  function show(form, { sending = false, refusal = "" }) {
    form.querySelector("[data-sending]").hidden = !sending;
    form.querySelector("[data-stop]").hidden = !sending;
    form.querySelector("[type=submit]").disabled = sending;
    const place = form.querySelector("[data-refusal]");
    place.textContent = refusal;
    place.hidden = !refusal;
  }

  // The server's own words: what is wrong, what to do, and which line of its log tells more.
  function refusal(request) {
    try {
      const said = JSON.parse(request.responseText);
      const fields = (said.errors ?? []).map((error) => `${error.field}: ${error.message}`);
      return [said.detail ?? said.title, ...fields, said.hint].filter(Boolean).join(" ");
    } catch {
      return regia.words.unreachable;
    }
  }

  function leaving(event) {
    event.preventDefault();
  }

  function send(form, file) {
    const request = new XMLHttpRequest();
    const began = performance.now();
    const bar = form.querySelector("progress");
    const said = form.querySelector("[data-said]");
    const over = (state) => {
      window.removeEventListener("beforeunload", leaving);
      show(form, state);
    };
    request.upload.onprogress = ({ loaded, total }) => {
      bar.max = total;
      bar.value = loaded;
      const rate = loaded / Math.max((performance.now() - began) / 1000, 0.001);
      said.textContent = loaded === total ? form.dataset.storing : form.dataset.words
        .replace("{done}", bytes(loaded)).replace("{total}", bytes(total)).replace("{rate}", bytes(rate));
    };
    request.onload = () => {
      if (request.status !== 201) return over({ refusal: refusal(request) });
      over({ sending: true });
      location.assign(`${form.dataset.then}${JSON.parse(request.responseText).id}`);
    };
    request.onerror = () => over({ refusal: regia.words.unreachable });
    request.onabort = () => over({});
    form.querySelector("[data-stop]").onclick = () => request.abort();
    window.addEventListener("beforeunload", leaving);
    show(form, { sending: true });
    request.open("PUT", address(form, file));
    request.setRequestHeader("x-csrf-token", regia.meta("csrf-token"));
    request.setRequestHeader("content-type", "application/octet-stream");
    request.send(file);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.uploadTo) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const [file] = form.elements.file.files;
    if (!file) return;
    if (file.size === 0) return show(form, { refusal: form.dataset.empty });
    if (file.size > Number(form.dataset.limit)) return show(form, { refusal: form.dataset.tooLarge });
    send(form, file);
  }, { capture: true });
}
