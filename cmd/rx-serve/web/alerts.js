// What is wrong now, and what was: counters of rx-alert, anomalies of the past.

import { ask } from "./auth.js";
import { fill, moment, note, Poll, refused, register } from "./view.js";

const EVERY_MS = 5000;
const OWN = ["timestamp", "node_id", "alert_type", "severity", "count", "count_is_least", "threshold",
  "window_seconds", "first_event", "id", "_rx"];
const el = (id) => document.getElementById(id);

// Those by which rx-alert counts, whatever they are called.
const who = (record) => Object.entries(record)
  .filter(([name]) => !OWN.includes(name)).map(([name, value]) => `${name} ${value}`).join(", ");

function counters({ stages = {} }) {
  const sum = { firing: 0, tickets: 0, anomalies: 0 };
  let told = false;
  for (const { values } of Object.values(stages))
    for (const [key, value] of Object.entries(values)) {
      const [, name] = /^rx_alert_(firing|tickets|anomalies)/.exec(key) ?? [];
      if (!name) continue;
      sum[name] += value;
      told = true;
    }
  for (const name of Object.keys(sum)) el(`alert-${name}`).textContent = told ? sum[name].toLocaleString() : "–";
  el("alert-firing").parentElement.classList.toggle("bad", sum.firing > 0);
  return told;
}

register("alerts", new Poll(EVERY_MS, async () => {
  const status = await ask("/v1/status").catch(() => null);
  if (!status?.ok) return refused("alerts", status?.status, "the alerts");
  const about = await status.json();
  const told = counters(about);
  const past = about.history.includes("anomalies")
    ? await ask("/v1/anomalies?limit=100").catch(() => null) : null;
  const records = past?.ok ? (await past.json()).records : [];
  if (!told && !past?.ok)
    return note("alerts", "No alerts here",
      "No rx-\u2060alert tells its counters in -\u2060-\u2060stages, and this rx-\u2060serve has no history of anomalies.");
  note("alerts", null);
  el("anomalies-none").hidden = records.length > 0;
  el("anomalies-none").textContent = past?.ok ? "No anomaly was stored." : "This rx-\u2060serve has no history of anomalies.";
  el("anomalies").closest("table").hidden = records.length === 0;
  fill(el("anomalies"), records.map((r) => [
    moment(r.timestamp), [r.severity, `tone ${r.severity}`], r.alert_type, who(r),
    `${r.count} in ${r.window_seconds} s, limit ${r.threshold}`]));
}));
