// The page: one connection, what its state is, and the keys.

import { ask, follow, keep, obstacle, protocols } from "./auth.js";
import { Lines } from "./lines.js";
import { Rate } from "./rate.js";
import { repaint } from "./charts.js";
import { setup } from "./view.js";
import "./alerts.js";
import "./delivery.js";
import "./host.js";
import "./signals.js";

const STREAM = "/livelogs";
const HISTORY_MS = 250; // what comes so soon was there before us
const UNKNOWN = '{"dropped":null}';
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15000;

const el = (id) => document.getElementById(id);
const rate = new Rate(el("spark"));
const lines = new Lines({ list: el("log"), latest: el("latest"), changed: show });

let place = "first"; // of the last message: where to go on
let state = "connecting";
let tries = 0;
let timer = 0;
let lostAt = 0;
let history = null; // gathers while it is no array of the past

const notes = {
  connecting: ["Connecting", "One moment."],
  live: ["Listening", "Nothing has been logged yet. A line appears here the moment it is written."],
  lost: ["Disconnected", "rx-\u2060serve does not answer. This page tries again by itself."],
  denied: ["Who are you?",
    "Live logs are for root, for the user rx-\u2060serve runs as, and for who has a token or a fresh link of rx-\u2060agent open."],
  nosource: ["No live logs",
    "rx-\u2060serve was started without -\u2060-\u2060logs, so there is nothing to show."],
  stopped: ["Stopped", "Somebody stopped the live logs on this host. Start them again when you like."],
  nothing: ["No match", "No record matches the search and the severities that are switched on."],
};
const names = {
  connecting: "connecting", live: "live", lost: "disconnected",
  denied: "no access", nosource: "no source", stopped: "stopped",
};

function enter(next) {
  state = next;
  document.body.dataset.state = next;
  el("state").textContent = lines.paused && next === "live" ? "paused" : names[next];
  show();
}

function show() {
  const { total, shown, waiting, missed } = lines;
  const note = shown > 0 ? null : total > 0 ? "nothing" : state;
  el("note").hidden = note === null;
  if (note) [el("note-title").textContent, el("note-text").textContent] = notes[note];
  el("login").hidden = note !== "denied";
  el("shown").textContent = lines.filtered ? `${shown} of ${total}` : "";
  el("pause").textContent = lines.paused
    ? waiting > 0 ? `Resume (${waiting})` : "Resume" : "Pause";
  el("run").hidden = state !== "live" && state !== "stopped";
  el("run").textContent = state === "stopped" ? "Start" : "Stop";
  el("dropped-box").hidden = missed === 0;
  el("dropped").textContent = missed.toLocaleString();
  el("banner").hidden = state !== "lost" || total === 0;
}

// What began anew tells its own past: it is known again by the last record.
function settle() {
  let came = history;
  history = null;
  if (came.includes(UNKNOWN)) {
    const after = came.map(bare).lastIndexOf(lines.last);
    if (after >= 0) came = came.slice(after + 1);
  }
  if (lostAt > 0)
    lines.divide(`reconnected after ${Math.round((Date.now() - lostAt) / 1000)} s`);
  lostAt = 0;
  for (const text of came) take(text, false);
}

function take(text, fresh) {
  let record;
  try {
    record = JSON.parse(text);
  } catch {
    return;
  }
  place = record._rx?.at ?? place;
  delete record._rx;
  if (Object.keys(record).length === 0) return;
  if ("dropped" in record) missed(record.dropped);
  else if (record.stream) turned(record.stream === "stopped");
  else {
    const level = lines.add(bare(text), record);
    if (fresh) rate.count(level);
  }
}

// A message without its place.
function bare(text) {
  return text.replace(/,"_rx":\{"at":"[^"]*"\}\}$/, "}");
}

// null: nobody knows how many, and what follows may have been here before.
function missed(n) {
  if (n === null) lines.divide("the stream began again: records may be missing, or come twice");
  else lines.miss(n);
}

function turned(stopped) {
  if (lines.total > 0) lines.divide(stopped ? "stopped" : "started");
  enter(stopped ? "stopped" : "live");
}

async function run() {
  const command = state === "stopped" ? "start_livelogs" : "stop_livelogs";
  const answer = await ask("/v1/control", {
    method: "POST", body: JSON.stringify({ command }),
    headers: { "Content-Type": "application/json" },
  }).catch(() => null);
  el("run").title = answer?.ok ? "" : `that did not work: ${answer?.status ?? "no answer"}`;
}

async function connect() {
  clearTimeout(timer);
  enter(tries === 0 ? "connecting" : state);
  const why = await obstacle("livelogs");
  if (why) return again(why);
  const socket = new WebSocket(`${location.protocol.replace("http", "ws")}//${location.host}${STREAM}?from=${place}`, await protocols());
  socket.onopen = () => {
    tries = 0;
    history = [];
    setTimeout(settle, HISTORY_MS);
    enter("live");
  };
  socket.onmessage = ({ data }) => (history ? history.push(data) : take(data, true));
  socket.onclose = lost;
}

function lost() {
  if (state === "live" || state === "stopped") lostAt = Date.now();
  again("lost");
}

function again(next) {
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries++) * (0.8 + 0.4 * Math.random());
  enter(next);
  el("banner-text").textContent =
    `Disconnected. What is below is from before. Next try in ${Math.max(1, Math.round(wait / 1000))} s.`;
  timer = setTimeout(connect, wait);
}

function pause() {
  lines.pause(!lines.paused);
  el("pause").setAttribute("aria-pressed", lines.paused);
  document.body.toggleAttribute("data-paused", lines.paused);
  enter(state);
}

function theme() {
  const root = document.documentElement;
  const dark = root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  repaint();
  try {
    localStorage.setItem("theme", root.dataset.theme);
  } catch { /* private windows keep nothing */ }
}

function login(event) {
  event.preventDefault();
  keep(el("token").value.trim());
  el("token").value = "";
  tries = 0;
  connect();
}

function clear() {
  lines.clear();
  show();
}

const keys = {
  "/": () => el("search").focus(),
  p: pause,
  c: clear,
  t: theme,
  g: () => lines.toLatest(),
  ...setup(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target === el("token")) return;
  if (event.target === el("search")) {
    if (event.key === "Escape") {
      el("search").value = "";
      lines.search("");
      el("log").focus();
    }
    return;
  }
  if (keys[event.key]) {
    event.preventDefault();
    keys[event.key]();
  }
});

el("search").addEventListener("input", () => lines.search(el("search").value));
el("pause").addEventListener("click", pause);
el("run").addEventListener("click", run);
el("clear").addEventListener("click", clear);
el("theme").addEventListener("click", theme);
el("login").addEventListener("submit", login);
el("retry").addEventListener("click", connect);
lines.levelButtons(el("levels"));

setInterval(() => {
  const { now, minute, errors } = rate.tick();
  el("now").textContent = now.toLocaleString();
  el("minute").textContent = minute.toLocaleString();
  el("errors").textContent = errors.toLocaleString();
  el("errors").parentElement.classList.toggle("bad", errors > 0);
}, 1000);

try {
  const kept = localStorage.getItem("theme");
  if (kept) document.documentElement.dataset.theme = kept;
} catch { /* then the system's choice */ }

fetch("/health").then((r) => r.json()).then((about) => {
  el("node").textContent = about.node_id;
  el("node").title = `${about.service} ${about.version}`;
  document.title = `${about.node_id} live logs`;
}).catch(() => {});

follow().then(connect);
