// What the other scripts share, and the small habits of every page. Listeners stand on the
// document, so parts that arrive later work without being set up.
"use strict";

const regia = {
  words: JSON.parse(document.getElementById("words")?.textContent || "{}"),

  meta(name) {
    return document.querySelector(`meta[name="${name}"]`)?.content ?? "";
  },

  // Runs now and whenever htmx brought new content.
  onContent(run) {
    document.addEventListener("DOMContentLoaded", () => run(document));
    document.addEventListener("htmx:after:swap", () => run(document));
  },

  // Runs on a click on anything that matches, or on a part of it.
  onClick(selector, run) {
    document.addEventListener("click", (event) => {
      const found = event.target.closest?.(selector);
      if (found) run(found, event);
    });
  },

  // Loads an embedded script once.
  load(name) {
    const loaded = (this.loads ??= new Map());
    if (!loaded.has(name)) {
      loaded.set(name, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = this.meta(name);
        script.onload = resolve;
        script.onerror = reject;
        document.head.append(script);
      }));
    }
    return loaded.get(name);
  },

  icon(name) {
    const sprite = document.querySelector("svg.icon > use")?.getAttribute("href").split("#")[0];
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `${sprite}#${name}`);
    svg.append(use);
    return svg;
  },

  // Bad news stay until they are closed; others leave by themselves.
  toast(tone, title, text = "") {
    const toast = document.createElement("div");
    toast.className = "toast";
    toast.dataset.tone = tone;
    if (tone === "bad") toast.setAttribute("role", "alert");
    else toast.dataset.leaves = "";
    const body = document.createElement("div");
    const strong = document.createElement("b");
    strong.textContent = title;
    body.append(strong, text);
    const close = document.createElement("button");
    close.className = "copy";
    close.type = "button";
    close.dataset.close = ".toast";
    close.setAttribute("aria-label", this.words.close);
    close.append(this.icon("close"));
    toast.append(this.icon(tone), body, close);
    document.getElementById("toasts")?.append(toast);
    this.letLeave();
  },

  letLeave() {
    for (const toast of document.querySelectorAll(".toast[data-leaves]")) {
      delete toast.dataset.leaves;
      const leave = () => {
        if (toast.matches(":hover, :focus-within")) setTimeout(leave, 2000);
        else toast.remove();
      };
      setTimeout(leave, 6000);
    }
  },
};

regia.onContent(() => regia.letLeave());

// Scripts' requests carry the token that forms carry in a field.
document.addEventListener("htmx:config:request", (event) => {
  event.detail.ctx.request.headers["x-csrf-token"] = regia.meta("csrf-token");
});

// A live part that could not be refreshed stays as it is; the next event tries again.
document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  if (ctx.sourceEvent?.type === "live" && ctx.response?.status >= 400) event.preventDefault();
});

document.addEventListener("htmx:error", (event) => {
  if (event.detail.ctx?.sourceEvent?.type !== "live") regia.toast("bad", regia.words.unreachable);
});

regia.onClick("[data-close]", (button) => button.closest(button.dataset.close)?.remove());

regia.onClick("[data-copy]", async (button) => {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    // No clipboard without TLS: the old way.
    const area = document.createElement("textarea");
    area.value = button.dataset.copy;
    (button.closest("dialog") ?? document.body).append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  button.classList.add("done");
  button.querySelector(".icon")?.replaceWith(regia.icon("check"));
  const label = button.getAttribute("aria-label");
  button.setAttribute("aria-label", regia.words.copied);
  setTimeout(() => {
    button.classList.remove("done");
    button.querySelector(".icon")?.replaceWith(regia.icon("copy"));
    button.setAttribute("aria-label", label);
  }, 1500);
});

regia.onClick("[data-set-theme]", (button) => {
  const theme = button.dataset.setTheme;
  document.cookie = `regia_theme=${theme}; path=/; max-age=31536000; samesite=lax`;
  document.documentElement.dataset.theme = theme;
  const menu = button.closest("details");
  menu.querySelector("summary > .icon").replaceWith(button.querySelector(".icon").cloneNode(true));
  menu.open = false;
  document.dispatchEvent(new Event("regia:theme"));
});

// A menu that would reach beyond the window's edge moves back inside.
function keepInside() {
  const gap = 12;
  for (const list of document.querySelectorAll("details.menu[open] > .menu-list")) {
    list.style.translate = "";
    const { left, right } = list.getBoundingClientRect();
    const over = right - (document.documentElement.clientWidth - gap);
    list.style.translate = `${left < gap ? gap - left : -Math.max(0, Math.min(over, left - gap))}px`;
  }
}

document.addEventListener("toggle", keepInside, true);
window.addEventListener("resize", keepInside);

// Menus close when the eye goes elsewhere, and with Escape.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// Alpine, for pages that keep a little state of their own.
regia.onContent((root) => {
  if (root.querySelector("[x-data]")) regia.load("alpine");
});
