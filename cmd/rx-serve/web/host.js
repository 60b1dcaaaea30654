// The host: its telemetry, one record every few seconds, as charts.

import { obstacle, protocols } from "./auth.js";
import { ready, Timeline } from "./charts.js";
import { note, register } from "./view.js";

const SPAN_MS = 10 * 60 * 1000;
const WAITS_MS = [500, 1000, 2000, 4000, 8000, 15000];
const el = (id) => document.getElementById(id);
const big = (mb) => (mb >= 1024 ? `${(mb / 1024).toFixed(1)} GiB` : `${Math.round(mb)} MiB`);
const limits = (high, critical) => [{ at: high, tone: "warn" }, { at: critical, tone: "error" }];

// The limits are those of the alerts that rx-alert has built in.
const cards = {
  cpu: {
    lines: [{ label: "CPU", tone: "accent" }], limits: limits(75, 90), max: 100, unit: "%",
    take: ({ cpu }) => ({
      values: [cpu.cpu_usage_percent],
      more: `load ${cpu.load_avg_1m} · ${cpu.load_avg_5m} · ${cpu.load_avg_15m} on ${cpu.cores} cores`,
    }),
  },
  memory: {
    lines: [{ label: "Memory", tone: "info" }], limits: limits(85, 95), max: 100, unit: "%",
    take: ({ memory }) => ({
      values: [memory.memory_usage_percent],
      more: `${big(memory.memory_used_mb)} of ${big(memory.memory_total_mb)}`,
    }),
  },
  disk: {
    lines: [{ label: "Fullest disk", tone: "critical" }], limits: limits(80, 90), max: 100, unit: "%",
    take: ({ disk }) => {
      const [[name, d] = ["", { usage_percent: 0, used_gb: 0, total_gb: 0 }]] =
        Object.entries(disk.disk_usage).sort((a, b) => b[1].usage_percent - a[1].usage_percent);
      return {
        values: [d.usage_percent],
        more: `${name}: ${d.used_gb.toFixed(0)} of ${d.total_gb.toFixed(0)} GB · writes ${disk.write_mb_per_sec.toFixed(1)} MB/s`,
      };
    },
  },
  network: {
    lines: [{ label: "received", tone: "accent" }, { label: "sent", tone: "failure" }], unit: "MB/s",
    take: ({ network }) => ({
      values: [network.bytes_recv_mb_per_sec, network.bytes_sent_mb_per_sec],
      more: `received · sent ${network.bytes_sent_mb_per_sec.toFixed(2)} MB/s · ${network.active_connections} connections`,
    }),
  },
};

let socket = null, tries = 0, timer = 0, shown = false, last = "";

function level(card, value) {
  const over = (card.limits ?? []).filter(({ at }) => value >= at).length;
  return ["", "high", "critical"][over];
}

function take(text) {
  const record = JSON.parse(text);
  if (record.stream === "stopped") return note("host", "Stopped", "Somebody stopped the telemetry of this host.");
  if (!record.metrics) return;
  note("host", null);
  if (record.timestamp <= last) return; // it was here before the connection was lost
  last = record.timestamp;
  for (const [name, card] of Object.entries(cards)) {
    const { values, more } = card.take(record.metrics);
    const box = el(`card-${name}`);
    box.dataset.level = level(card, values[0]);
    box.querySelector(".value").textContent = values[0].toFixed(card.unit === "%" ? 0 : 2);
    box.querySelector(".level-name").textContent = box.dataset.level;
    box.querySelector(".more").textContent = more;
    card.chart?.push(Date.parse(record.timestamp), values);
  }
  const { processes } = record.metrics;
  el("processes").textContent = `${processes.process_count} processes. Most memory: ` +
    processes.top_memory.slice(0, 3).map((p) => `${p.name} ${big(p.memory_mb)}`).join(", ");
}

const notes = {
  nosource: ["No telemetry", "rx-\u2060serve was started without -\u2060-\u2060telemetry, so there is nothing to show."],
  denied: ["No access", "Your credential does not open the telemetry. The view of the logs takes another."],
  lost: ["Disconnected", "rx-\u2060serve does not answer. This page tries again by itself."],
};

async function connect() {
  clearTimeout(timer);
  const why = await obstacle("telemetry");
  if (!shown) return;
  if (why) return again(why);
  socket = new WebSocket(`${location.protocol.replace("http", "ws")}//${location.host}/telemetry`, await protocols());
  socket.onopen = () => (tries = 0);
  socket.onmessage = ({ data }) => take(data);
  socket.onclose = lost;
  if (!shown) socket.close();
}

function lost() {
  if (shown) again("lost");
}

function again(why) {
  note("host", ...notes[why]);
  timer = setTimeout(connect, WAITS_MS[Math.min(tries++, WAITS_MS.length - 1)]);
}

register("host", {
  // Nobody's telemetry is sampled for a view that nobody sees.
  async show() {
    shown = true;
    note("host", "Connecting", "One moment.");
    if (await ready())
      for (const [name, card] of Object.entries(cards))
        card.chart ??= new Timeline(el(`card-${name}`).querySelector("canvas"), { ...card, span_ms: SPAN_MS });
    if (shown) connect();
  },
  hide() {
    shown = false;
    clearTimeout(timer);
    socket?.close();
  },
});
