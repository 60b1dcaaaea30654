// The records: kept, filtered, drawn once a frame, and followed.

const KEPT = 3000; // records in memory, and at most rows in the list
export const LEVELS = ["critical", "failure", "error", "warn", "info", "other"];

const two = (n) => String(n).padStart(2, "0");
const make = (tag, name, text) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
};

function clock(stamp) {
  const t = new Date(stamp);
  if (isNaN(t)) return "";
  return `${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())}.` +
    String(t.getMilliseconds()).padStart(3, "0");
}

// Text with each place where the search was found marked.
function marked(node, text, wanted) {
  if (!wanted) {
    node.textContent = text;
    return;
  }
  const low = text.toLowerCase();
  let from = 0;
  for (let at; (at = low.indexOf(wanted, from)) >= 0; from = at + wanted.length)
    node.append(text.slice(from, at), make("mark", "", text.slice(at, at + wanted.length)));
  node.append(text.slice(from));
}

export class Lines {
  constructor({ list, latest, changed }) {
    Object.assign(this, { list, latest, changed });
    this.items = [];
    this.queue = [];
    this.off = new Set();
    this.counts = Object.fromEntries(LEVELS.map((l) => [l, 0]));
    this.buttons = {};
    this.wanted = "";
    this.shown = this.missed = this.fresh = 0;
    this.last = null; // the text of the newest record
    this.paused = this.scheduled = false;
    this.follow = true;
    this.place = this.seen();
    this.selected = null;
    list.addEventListener("scroll", () => this.scrolled(), { passive: true });
    list.addEventListener("click", (e) => this.clicked(e));
    list.addEventListener("keydown", (e) => this.key(e));
    latest.addEventListener("click", () => this.toLatest());
    new ResizeObserver(() => this.settle()).observe(list);
  }

  get total() { return this.items.length; }
  get waiting() { return this.paused ? this.queue.length : 0; }
  get filtered() { return this.wanted !== "" || this.off.size > 0; }

  levelButtons(group) {
    for (const level of LEVELS) {
      const b = make("button", `level ${level}`);
      b.type = "button";
      b.setAttribute("aria-pressed", "true");
      b.append(make("span", "", level), make("span", "count", "0"));
      b.addEventListener("click", () => {
        this.off.has(level) ? this.off.delete(level) : this.off.add(level);
        b.setAttribute("aria-pressed", !this.off.has(level));
        this.redraw();
      });
      this.buttons[level] = b;
      group.append(b);
    }
  }

  // Takes a record, tells its level.
  add(text, record) {
    const level = LEVELS.includes(record.severity) ? record.severity : "other";
    const source = record.application || record.label || (record.log_path || "").split("/").pop();
    this.last = text;
    this.put({ level, record, source, low: `${record.log} ${source}`.toLowerCase() });
    return level;
  }

  miss(n) {
    this.missed += n;
    this.divide(`${n.toLocaleString()} records were dropped: this page was too slow for them`);
  }

  divide(text) { this.put({ divider: text }); }

  put(item) {
    this.queue.push(item);
    if (this.queue.length > KEPT) this.queue.splice(0, this.queue.length - KEPT);
    this.schedule();
  }

  schedule() {
    if (this.scheduled) return;
    this.scheduled = true;
    // A hidden page draws no frames, but is to be up to date when shown.
    (document.hidden ? (f) => setTimeout(f, 250) : requestAnimationFrame)(() => {
      this.scheduled = false;
      if (!this.paused) this.draw();
      this.changed();
    });
  }

  passes(item) {
    if (item.divider) return !this.filtered;
    return !this.off.has(item.level) && (this.wanted === "" || item.low.includes(this.wanted));
  }

  draw() {
    const came = this.queue.splice(0);
    const rows = document.createDocumentFragment();
    for (const item of came) {
      this.items.push(item);
      this.tally(item, 1);
      if (this.passes(item)) {
        rows.append(this.row(item));
        if (!this.follow) this.fresh++;
      }
    }
    for (const old of this.items.splice(0, Math.max(0, this.items.length - KEPT))) {
      this.tally(old, -1);
      if (old.row) {
        old.row.remove();
        old.row = null;
        if (!old.divider) this.shown--;
      }
    }
    this.list.append(rows);
    this.settle();
  }

  tally(item, by) {
    if (item.divider) return;
    this.counts[item.level] += by;
    this.buttons[item.level].lastChild.textContent = this.counts[item.level].toLocaleString();
  }

  row(item) {
    if (item.divider) return (item.row = make("li", "divider", item.divider));
    const { record, level, source } = item;
    const row = make("li", `line ${level}`);
    const time = make("time", "", clock(record.timestamp));
    time.dateTime = time.title = record.timestamp;
    const text = make("span", "text");
    marked(text, String(record.log), this.wanted);
    const from = make("span", "source", source);
    from.title = record.log_path || source;
    row.append(time, make("span", "badge", level === "other" ? "" : level), from, text);
    row.item = item;
    this.shown++;
    return (item.row = row);
  }

  redraw() {
    this.list.replaceChildren();
    this.shown = 0;
    this.selected = null;
    this.follow = true;
    this.fresh = 0;
    const rows = document.createDocumentFragment();
    for (const item of this.items) {
      item.row = null;
      if (this.passes(item)) rows.append(this.row(item));
    }
    this.list.append(rows);
    this.settle();
    this.changed();
  }

  search(text) {
    this.wanted = text.trim().toLowerCase();
    this.redraw();
  }

  pause(on) {
    this.paused = on;
    if (!on) this.draw();
  }

  clear() {
    this.items = [];
    this.queue = [];
    for (const level of LEVELS) {
      this.counts[level] = 0;
      this.buttons[level].lastChild.textContent = "0";
    }
    this.missed = 0;
    this.redraw();
    this.toLatest();
  }

  // Following: the newest row stays in view until somebody scrolls away.
  settle() {
    if (this.follow) this.list.scrollTop = this.list.scrollHeight;
    this.place = this.seen();
    this.latest.hidden = this.follow;
    this.latest.textContent = this.fresh > 0 ? `${this.fresh.toLocaleString()} new` : "Newest";
  }

  seen() {
    const { scrollTop, clientWidth, clientHeight } = this.list;
    return { scrollTop, clientWidth, clientHeight };
  }

  // Nobody scrolled away when the list was hidden, has another size, or grew.
  moved() {
    const now = this.seen(), { place } = this;
    return now.clientHeight === place.clientHeight && now.clientWidth === place.clientWidth &&
      now.scrollTop < place.scrollTop;
  }

  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.list;
    const end = scrollHeight - scrollTop - clientHeight < 40;
    if (end === this.follow || (this.follow && !this.moved())) return;
    this.follow = end;
    this.fresh = 0;
    this.latest.hidden = end;
    this.latest.textContent = "Newest";
  }

  toLatest() {
    this.follow = true;
    this.fresh = 0;
    this.settle();
  }

  clicked(event) {
    const row = event.target.closest(".line");
    if (!row || event.target.closest(".members") || String(getSelection())) return;
    this.select(row);
    this.open(row);
  }

  key(event) {
    const row = this.selected;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? "nextElementSibling" : "previousElementSibling";
      let next = row && row.isConnected ? row[step] : this.list.lastElementChild;
      while (next && !next.item) next = next[step];
      if (!next) return;
      event.preventDefault();
      this.select(next);
      next.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && row) this.open(row);
    else if (event.key === "End") this.toLatest();
    else if (event.key === "Escape") this.select(null);
  }

  select(row) {
    this.selected?.classList.remove("selected");
    this.selected = row;
    row?.classList.add("selected");
  }

  // All members of a record, below it.
  open(row) {
    const old = row.querySelector(".members");
    if (old) {
      old.remove();
      return;
    }
    const members = make("dl", "members");
    for (const [name, value] of Object.entries(row.item.record))
      members.append(make("dt", "", name),
        make("dd", "", typeof value === "string" ? value : JSON.stringify(value)));
    row.append(members);
    members.scrollIntoView({ block: "nearest" });
  }
}
