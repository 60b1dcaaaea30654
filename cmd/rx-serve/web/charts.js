// Charts of Chart.js, in the colours of the page.

const charts = new Set();
let library = null;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const clock = (ms) => new Date(ms).toTimeString().slice(0, 5);

// Fetched when the first chart is wanted; it makes itself a global.
export function ready() {
  library ??= import("/static/chart.js").then(() => globalThis.Chart !== undefined, () => false);
  return library;
}

function paint(chart) {
  const { scales } = chart.options;
  for (const axis of Object.values(scales)) {
    axis.ticks.color = colour("soft");
    axis.grid.color = colour("edge");
  }
  for (const set of chart.data.datasets) {
    set.borderColor = colour(set.tone);
    set.backgroundColor = set.fill || set.type === "bar" || chart.config.type === "bar"
      ? colour(set.tone) + (chart.config.type === "bar" ? "" : "26") : undefined;
  }
  chart.update("none");
}

export const repaint = () => charts.forEach(paint);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);

const axis = (more) => ({
  border: { display: false }, grid: { drawTicks: false },
  ticks: { maxRotation: 0, autoSkipPadding: 24, font: { size: 11 } }, ...more,
});

function chart(canvas, config) {
  const made = new globalThis.Chart(canvas, {
    ...config,
    options: {
      animation: false, responsive: true, maintainAspectRatio: false, normalized: true,
      interaction: { mode: "index", intersect: false },
      plugins: { legend: { display: false }, tooltip: { filter: (item) => !item.dataset.limit, ...config.tooltip } },
      scales: config.scales,
    },
  });
  charts.add(made);
  paint(made);
  return made;
}

// Lines over the last minutes, with limits as dashed lines.
export class Timeline {
  constructor(canvas, { lines, limits = [], max, span_ms, unit }) {
    Object.assign(this, { span_ms, dirty: false });
    this.chart = chart(canvas, {
      type: "line",
      data: {
        datasets: [
          ...lines.map(({ label, tone }) => ({
            label, tone, data: [], fill: true, borderWidth: 1.8, pointRadius: 0, tension: 0.25, parsing: false,
          })),
          ...limits.map(({ at, tone }) => ({
            limit: at, tone, data: [], borderWidth: 1, borderDash: [5, 4], pointRadius: 0, parsing: false,
          })),
        ],
      },
      tooltip: {
        callbacks: {
          title: ([item]) => new Date(item.parsed.x).toTimeString().slice(0, 8),
          label: (item) => ` ${item.dataset.label}: ${item.parsed.y.toFixed(1)} ${unit}`,
        },
      },
      scales: {
        x: axis({ type: "linear", ticks: { callback: clock, padding: 6, maxRotation: 0, autoSkipPadding: 24, font: { size: 11 } } }),
        y: axis({ min: 0, max, suggestedMax: max ? undefined : 0.1 }),
      },
    });
  }
  push(ms, values) {
    values.forEach((y, i) => this.chart.data.datasets[i].data.push({ x: ms, y }));
    if (this.dirty) return;
    this.dirty = true;
    requestAnimationFrame(() => this.draw(ms));
  }
  draw() {
    const { datasets } = this.chart.data;
    const last = datasets[0].data.at(-1).x, first = last - this.span_ms;
    this.dirty = false;
    for (const set of datasets) {
      if (set.limit !== undefined) set.data = [{ x: first, y: set.limit }, { x: last, y: set.limit }];
      else while (set.data[0].x < first) set.data.shift();
    }
    Object.assign(this.chart.options.scales.x, { min: first, max: last });
    this.chart.update("none");
  }
}

// Bars on top of one another, over time.
export class Stack {
  constructor(canvas, lines) {
    this.chart = chart(canvas, {
      type: "bar",
      data: { labels: [], datasets: lines.map(({ label, tone }) => ({ label, tone, data: [], categoryPercentage: 0.92, barPercentage: 0.96 })) },
      scales: { x: axis({ stacked: true, grid: { display: false } }), y: axis({ stacked: true, min: 0, ticks: { precision: 0, font: { size: 11 } } }) },
    });
  }
  set(labels, values) {
    this.chart.data.labels = labels;
    values.forEach((data, i) => (this.chart.data.datasets[i].data = data));
    this.chart.update("none");
  }
}
