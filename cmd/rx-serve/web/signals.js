// Signals of the last hour: by sentiment over time, and by user.

import { ask } from "./auth.js";
import { ready, Stack } from "./charts.js";
import { fill, moment, note, Poll, refused, register } from "./view.js";

const EVERY_MS = 5000;
const HOUR_MS = 3600 * 1000;
const BARS = 30;
const USERS = 20;
const MOODS = [["positive", "accent"], ["neutral", "other"], ["uncertain", "warn"], ["stressed", "error"]];
const el = (id) => document.getElementById(id);
const NEUTRAL = 1; // what has no sentiment, or one that is not known here
const mood = ({ sentiment }) => {
  const at = MOODS.findIndex(([name]) => name === sentiment);
  return at < 0 ? NEUTRAL : at;
};

let chart = null;

function draw(records) {
  const now = Date.now();
  const bars = MOODS.map(() => new Array(BARS).fill(0));
  const users = new Map();
  for (const r of records) {
    const at = Math.floor((Date.parse(r.timestamp) - (now - HOUR_MS)) / HOUR_MS * BARS);
    if (at >= 0) bars[mood(r)][Math.min(at, BARS - 1)]++;
    const name = String(r.user_id ?? "–");
    if (!users.has(name)) users.set(name, MOODS.map(() => 0));
    users.get(name)[mood(r)]++;
  }
  const labels = bars[0].map((_, i) => new Date(now - HOUR_MS + i * HOUR_MS / BARS).toTimeString().slice(0, 5));
  chart?.set(labels, bars);
  MOODS.forEach(([name], i) => (el(`mood-${name}`).textContent = bars[i].reduce((a, b) => a + b, 0).toLocaleString()));
  const sum = (counts) => counts.reduce((a, b) => a + b, 0);
  fill(el("users"), [...users].sort((a, b) => sum(b[1]) - sum(a[1])).slice(0, USERS)
    .map(([name, counts]) => [name, sum(counts), ...counts]));
}

const poll = new Poll(EVERY_MS, async () => {
  const status = await ask("/v1/status").catch(() => null);
  if (!status?.ok) return refused("signals", status?.status, "the signals");
  if (!(await status.json()).history.includes("signals"))
    return note("signals", "No signals", "This rx-\u2060serve has no history of signals.");
  const answer = await ask("/v1/signals?since=1h&limit=1000").catch(() => null);
  if (!answer?.ok) return refused("signals", answer?.status, "the signals");
  const { records, next } = await answer.json();
  if (records.length === 0) return note("signals", "Quiet", "No signal came within the last hour.");
  note("signals", null);
  if (await ready()) chart ??= new Stack(el("moods"), MOODS.map(([label, tone]) => ({ label, tone })));
  draw(records);
  // What is left out is told: bars that are missing look like quiet.
  el("signals-more").textContent = next ? `the newest ${records.length.toLocaleString()}, since ${moment(records.at(-1).timestamp)}` : "";
});
register("signals", poll);
