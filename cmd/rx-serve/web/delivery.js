// What waits and what is delivered: the counters that the stages tell.

import { ask } from "./auth.js";
import { ago, fill, note, Poll, refused, register } from "./view.js";

const EVERY_MS = 3000;
const STALE_S = 60;
const el = (id) => document.getElementById(id);
const LANE = /^rx_spool_(pending_records|oldest_seconds|dead_letters|utilisation_ratio)\{lane="([^"]*)"\}$/;
const number = (n) => (n === undefined ? "–" : n.toLocaleString());
const before = {}; // of each stage: when, and how many were delivered

function lanes(stages) {
  const found = {};
  for (const { values } of Object.values(stages))
    for (const [key, value] of Object.entries(values)) {
      const [, figure, lane] = LANE.exec(key) ?? [];
      if (figure) (found[lane] ??= {})[figure] = value;
    }
  return Object.entries(found);
}

function rate(name, delivered) {
  const now = performance.now();
  const old = before[name];
  before[name] = { now, delivered };
  if (!old || delivered < old.delivered) return "–";
  return `${((delivered - old.delivered) * 1000 / (now - old.now)).toFixed(1)} /s`;
}

function ship([name, { age_s, values: v }]) {
  const since = v.rx_ship_last_success_timestamp_seconds;
  const state = age_s > STALE_S ? ["silent", "bad"]
    : v.rx_ship_up === 0 || v.rx_ship_failures_in_row > 0 ? ["failing", "bad"] : ["delivers", "good"];
  return [name, state, number(v.rx_ship_delivered_total), rate(name, v.rx_ship_delivered_total ?? 0),
    number(v.rx_ship_in_flight), number(v.rx_ship_dropped_total),
    since > 0 ? ago(Date.now() / 1000 - since) : "–"];
}

function draw({ stages = {}, stages_error: error }) {
  const all = Object.entries(stages);
  if (error) return note("delivery", "Cannot be read", `The directory of the stages: ${error}.`);
  if (all.length === 0)
    return note("delivery", "No stages", "No stage tells its counters in -\u2060-\u2060stages of this rx-\u2060serve.");
  note("delivery", null);
  const queues = lanes(stages);
  const ships = all.filter(([, s]) => Object.keys(s.values).some((k) => k.startsWith("rx_ship_")));
  const sum = (figure) => queues.reduce((n, [, q]) => n + (q[figure] ?? 0), 0);
  const oldest = Math.max(0, ...queues.map(([, q]) => q.oldest_seconds ?? 0));
  el("waiting").textContent = queues.length ? number(sum("pending_records")) : "–";
  el("oldest").textContent = queues.length ? ago(oldest) : "–";
  el("dead").textContent = queues.length ? number(sum("dead_letters")) : "–";
  el("dead").parentElement.classList.toggle("bad", sum("dead_letters") > 0);
  fill(el("queues"), queues.map(([lane, q]) => [lane, number(q.pending_records), ago(q.oldest_seconds ?? 0),
    q.utilisation_ratio === undefined ? "–" : `${(q.utilisation_ratio * 100).toFixed(1)} %`,
    [number(q.dead_letters), q.dead_letters > 0 ? "bad" : ""]]));
  el("queues").closest("section").hidden = queues.length === 0;
  fill(el("ships"), ships.map(ship));
  el("ships").closest("section").hidden = ships.length === 0;
  fill(el("stages"), all.map(([name, s]) =>
    [name, s.age_s > STALE_S ? ["silent", "bad"] : ["tells", "good"], `${ago(s.age_s)} ago`]));
}

register("delivery", new Poll(EVERY_MS, async () => {
  const answer = await ask("/v1/status").catch(() => null);
  if (answer?.ok) draw(await answer.json());
  else refused("delivery", answer?.status, "the counters");
}));
