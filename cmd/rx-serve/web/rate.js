// Records per second over the last minute, as bars of three kinds.

const SECONDS = 60;
const HEIGHT = 40;
const SVG = "http://www.w3.org/2000/svg";
const KINDS = ["rest", "warn", "bad"];
const kindOf = { critical: 2, failure: 2, error: 2, warn: 1 };

export class Rate {
  constructor(svg) {
    this.svg = svg;
    this.seconds = Array.from({ length: SECONDS }, () => [0, 0, 0]);
    svg.setAttribute("viewBox", `0 0 ${SECONDS} ${HEIGHT}`);
    this.bars = this.seconds.map((_, i) => KINDS.map((kind) => {
      const bar = document.createElementNS(SVG, "rect");
      bar.setAttribute("class", kind);
      bar.setAttribute("x", i + 0.12);
      bar.setAttribute("width", 0.76);
      svg.append(bar);
      return bar;
    }));
    this.draw();
  }

  count(level) {
    this.seconds[SECONDS - 1][kindOf[level] ?? 0]++;
  }

  // A second is over.
  tick() {
    const sum = ([a, b, c]) => a + b + c;
    const now = sum(this.seconds[SECONDS - 1]);
    const minute = this.seconds.reduce((n, s) => n + sum(s), 0);
    const errors = this.seconds.reduce((n, s) => n + s[2], 0);
    this.draw();
    this.seconds.shift();
    this.seconds.push([0, 0, 0]);
    this.svg.setAttribute("aria-label",
      `${now} records in the last second, ${minute} in the last minute, ${errors} of them errors`);
    return { now, minute, errors };
  }

  draw() {
    const most = Math.max(4, ...this.seconds.map(([a, b, c]) => a + b + c));
    this.seconds.forEach((counts, i) => {
      let top = HEIGHT;
      counts.forEach((n, kind) => {
        const height = n / most * (HEIGHT - 1);
        top -= height;
        this.bars[i][kind].setAttribute("y", top);
        this.bars[i][kind].setAttribute("height", height);
      });
    });
  }
}
