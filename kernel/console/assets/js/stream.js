// One stream of live events for several windows. Runs in the shared worker; where a browser has
// none (or a page cannot start it), in the page itself.
"use strict";

class LiveStream {
  // `tell(message, window)` reaches one window or, without it, all of them. A message has some of
  // `changed` (topics), `reload` (anything may have changed) and `open` (whether the stream is).
  constructor(tell) {
    this.tell = tell;
    this.wants = new Map();
    this.topics = new Set();
    this.last = "";
    this.failures = 0;
  }

  // A window shows these topics; its page had seen everything up to `since`.
  want(window, topics, since) {
    if (topics.length) this.wants.set(window, topics);
    else this.wants.delete(window);
    const wanted = new Set([...this.wants.values()].flat());
    const grown = [...wanted].some((topic) => !this.topics.has(topic));
    if (grown) {
      this.topics = wanted;
      this.last = LiveStream.older(this.last, since);
      clearTimeout(this.soon);
      this.soon = setTimeout(() => this.connect(), 20);
    } else if (wanted.size === 0) {
      this.close();
    } else if (topics.length && LiveStream.older(this.last, since) !== this.last) {
      // News that came between the making of the page and now were told to others only.
      this.tell({ reload: true }, window);
    }
  }

  // The position from which nothing is missed; between two processes there is none, and "0-0"
  // makes the server answer "reload".
  static older(one, two) {
    if (!one || !two) return one || two;
    const [[process, at], [other, then]] = [one.split("-"), two.split("-")];
    if (process !== other) return "0-0";
    return Number(at) <= Number(then) ? one : two;
  }

  connect() {
    this.source?.close();
    clearTimeout(this.again);
    const address = `/live?topics=${[...this.topics].join(",")}&since=${this.last}`;
    const source = (this.source = new EventSource(address));
    const heard = (event, message) => {
      if (event.lastEventId) this.last = event.lastEventId;
      this.failures = 0;
      this.tell(message);
    };
    source.addEventListener("joined", (event) => heard(event, { open: true }));
    source.addEventListener("changed", (event) => heard(event, { open: true, changed: event.data.split(" ") }));
    source.addEventListener("reload", (event) => heard(event, { open: true, reload: true }));
    source.onerror = () => {
      if (source !== this.source) return;
      this.failures += 1;
      if (this.failures > 2) this.tell({ open: false });
      // Refused, not interrupted: the browser gives up, we come back ever later.
      if (source.readyState === EventSource.CLOSED) {
        const wait = Math.min(30000, 1000 * 2 ** this.failures) * (0.5 + Math.random());
        this.again = setTimeout(() => this.connect(), wait);
      }
    };
  }

  close() {
    this.source?.close();
    this.source = null;
    this.topics = new Set();
    clearTimeout(this.again);
    clearTimeout(this.soon);
  }
}
