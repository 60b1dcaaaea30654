// The views of the page: one is shown, and only that one works.

const el = (id) => document.getElementById(id);
const views = {};

export const make = (tag, name, ...content) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  node.append(...content);
  return node;
};

// What a view has to say in place of what it would show; null takes it back.
export function note(view, title, text) {
  const box = el(view).querySelector(".note");
  box.hidden = title === null;
  el(view).querySelector(".content").hidden = title !== null;
  if (title === null) return;
  box.querySelector("h2").textContent = title;
  box.querySelector("p").textContent = text;
}

// Why an answer is none: its status in words.
export function refused(view, status, what) {
  if ([401, 403, 429].includes(status))
    note(view, "No access", `Your credential does not open ${what}. The view of the logs takes another.`);
  else note(view, "Disconnected", "rx-\u2060serve does not answer. This page tries again by itself.");
}

// { show, hide }: called when it comes into view, and leaves it.
export function register(name, view) {
  views[name] = view;
}

export function choose(name) {
  const old = document.body.dataset.view;
  if (!el(name) || old === name) return;
  views[old]?.hide?.();
  document.body.dataset.view = name;
  for (const tab of document.querySelectorAll(".tabs button")) {
    const on = tab.dataset.view === name;
    tab.setAttribute("aria-selected", on);
    tab.tabIndex = on ? 0 : -1;
    el(tab.dataset.view).hidden = !on;
  }
  views[name]?.show?.();
}

// Arrows move among the tabs, digits choose one from anywhere.
export function setup() {
  const tabs = [...document.querySelectorAll(".tabs button")];
  for (const tab of tabs) {
    tab.addEventListener("click", () => choose(tab.dataset.view));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
      next.focus();
      choose(next.dataset.view);
    });
  }
  return Object.fromEntries(tabs.map((tab, i) => [String(i + 1), () => choose(tab.dataset.view)]));
}

// Asks every so often while its view is shown, at once when it comes.
export class Poll {
  constructor(every_ms, ask) {
    Object.assign(this, { every_ms, ask, timer: 0, on: false });
  }
  show() {
    this.on = true;
    this.turn();
  }
  hide() {
    this.on = false;
    clearTimeout(this.timer);
  }
  async turn() {
    clearTimeout(this.timer);
    await this.ask();
    if (this.on) this.timer = setTimeout(() => this.turn(), this.every_ms);
  }
}

export const ago = (seconds) =>
  seconds < 0 ? "–" : seconds < 90 ? `${Math.round(seconds)} s`
    : seconds < 5400 ? `${Math.round(seconds / 60)} min`
      : seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} d`;

// When it was: the time, behind the day if that is another.
export function moment(stamp) {
  const at = new Date(stamp);
  if (isNaN(at)) return String(stamp);
  const time = at.toTimeString().slice(0, 8);
  return at.toDateString() === new Date().toDateString()
    ? time : `${at.toLocaleDateString("sv")} ${time}`;
}

// A table of rows of cells; a cell is a text, or [text, class].
export function fill(body, rows) {
  body.replaceChildren(...rows.map((row) => {
    const tr = make("tr");
    for (const cell of row) {
      const [text, name] = Array.isArray(cell) ? cell : [cell, ""];
      tr.append(make("td", name, String(text)));
    }
    return tr;
  }));
}
