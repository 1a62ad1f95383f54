// Live parts: an element with `data-live="topic …"` gets the event `live` when one of its topics
// changed, at most once a second; with `hx-trigger="live"` htmx then asks for it again.
{
  const EVERY = 1000;
  const due = new WeakMap();
  let port = null;
  let shown = "";

  function fire(element) {
    const now = performance.now();
    const next = due.get(element) ?? 0;
    if (next === Infinity) return;
    const send = () => {
      due.set(element, performance.now() + EVERY);
      if (element.isConnected) element.dispatchEvent(new CustomEvent("live"));
    };
    if (next <= now) return send();
    due.set(element, Infinity);
    setTimeout(send, next - now);
  }

  const topicsOf = (element) => element.dataset.live.split(/\s+/).filter(Boolean);

  function hear(message) {
    const paused = document.getElementById("paused");
    if (paused && "open" in message) paused.hidden = message.open;
    if (!message.changed && !message.reload) return;
    for (const element of document.querySelectorAll("[data-live]")) {
      if (message.reload || topicsOf(element).some((topic) => message.changed.includes(topic))) fire(element);
    }
  }

  function connect() {
    if (typeof SharedWorker === "undefined") return alone();
    const worker = new SharedWorker(regia.meta("live-worker"), { name: "regia-live" });
    worker.port.onmessage = ({ data }) => hear(data);
    worker.onerror = () => {
      port = alone();
      shown = "";
      want();
    };
    return worker.port;
  }

  // No shared worker: this window hears for itself.
  function alone() {
    const stream = new LiveStream(hear);
    return { postMessage: ({ topics, since }) => stream.want("page", topics, since) };
  }

  function want() {
    const topics = [...new Set([...document.querySelectorAll("[data-live]")].flatMap(topicsOf))].sort();
    if (topics.join(" ") === shown) return;
    shown = topics.join(" ");
    port ??= connect();
    port.postMessage({ topics, since: regia.meta("live-seen") });
  }

  regia.onContent(want);
  window.addEventListener("pagehide", () => {
    port?.postMessage({ topics: [], gone: true });
    shown = "";
    port = null;
  });
  // Shown again as it was left: everything may have changed.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    want();
    hear({ reload: true });
  });
}
