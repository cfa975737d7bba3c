// Where direct labels stand: close to what they name, on nothing that is drawn, inside the box.
// Pure geometry; no browser is needed to test this file.

const CELL = 4; // pixels of one square of the grid
const GAP = 8; // between a label and what it names
export const CURVE = 20, PALE = 5; // how much of a square a line covers, in twentieths

/** The part of a segment inside a box as [t0, t1], or null. */
export function inside([x0, y0], [x1, y1], box) {
  let from = 0, to = 1;
  for (const [at, by, low, high] of [[x0, x1 - x0, box.x0, box.x1], [y0, y1 - y0, box.y0, box.y1]]) {
    if (by === 0) { if (at < low || at > high) return null; continue; }
    const [a, b] = [(low - at) / by, (high - at) / by].sort((p, q) => p - q);
    from = Math.max(from, a);
    to = Math.min(to, b);
  }
  return from <= to ? [from, to] : null;
}

/** What is drawn, on a grid of small squares. */
export class Ink {
  constructor(box) {
    this.box = box;
    this.columns = Math.max(1, Math.ceil((box.x1 - box.x0) / CELL));
    this.rows = Math.max(1, Math.ceil((box.y1 - box.y0) / CELL));
    this.grid = new Uint8Array(this.columns * this.rows);
  }

  // first and last square between two pixels of one axis
  span(low, high, origin, count) {
    return [Math.max(0, Math.floor((low - origin) / CELL)),
      Math.min(count - 1, Math.ceil((high - origin) / CELL) - 1)];
  }

  squares(x0, y0, x1, y1) {
    return [...this.span(x0, x1, this.box.x0, this.columns),
      ...this.span(y0, y1, this.box.y0, this.rows)];
  }

  rect(x0, y0, x1, y1, weight = CURVE) {
    const [left, right, top, bottom] = this.squares(x0, y0, x1, y1);
    for (let i = top; i <= bottom; i++) {
      for (let j = left; j <= right; j++) {
        const at = i * this.columns + j;
        if (this.grid[at] < weight) this.grid[at] = weight;
      }
    }
  }

  dot(x, y, radius, weight) { this.rect(x - radius, y - radius, x + radius, y + radius, weight); }

  /** Ink a segment; the points of it that are seen are added to `trail`. */
  line(p, q, width, weight, trail) {
    const part = inside(p, q, this.box);
    if (!part) return;
    const dx = q[0] - p[0], dy = q[1] - p[1], long = Math.hypot(dx, dy) || 1, [from, to] = part;
    const steps = Math.max(1, Math.ceil((long * (to - from)) / CELL));
    // a thick line is thick across, not longer
    const wide = Math.max(1, Math.abs(dy / long) * width / 2);
    const tall = Math.max(1, Math.abs(dx / long) * width / 2);
    for (let n = 0; n <= steps; n++) {
      const t = from + ((to - from) * n) / steps, x = p[0] + t * dx, y = p[1] + t * dy;
      this.rect(x - wide, y - tall, x + wide, y + tall, weight);
      trail?.push([x, y]);
    }
  }

  // squares under a rectangle that carry ink
  cost(x0, y0, x1, y1) {
    const [left, right, top, bottom] = this.squares(x0, y0, x1, y1);
    let sum = 0;
    for (let i = top; i <= bottom; i++) {
      for (let j = left; j <= right; j++) sum += this.grid[i * this.columns + j];
    }
    return sum / CURVE;
  }
}

/** Places to try for a text along what it names: the end, then the middle, the quarters, the start. */
export function anchors(trail) {
  const last = trail.length - 1;
  if (last < 8) return [...trail].reverse();
  return [1, 0.75, 0.5, 0.25, 0].map((share) => trail[Math.round(share * last)]);
}

// Around an anchor: right, left, above, below and the corners between, and how much less they are liked.
function around([x, y], w, h) {
  const up = y - h / 2 - GAP + 2, down = y + h / 2 + GAP - 2;
  return [[x + GAP, y, 0], [x - GAP - w, y, 2], [x + 4, up, 1.5], [x - 4 - w, up, 2.5],
    [x - w / 2, up, 2], [x - w / 2, down, 2.5], [x + 4, down, 2], [x - 4 - w, down, 3],
    [x - w / 2, up - h / 2, 4], [x - w / 2, down + h / 2, 4.5]];
}

function overlap(a, b) {
  const wide = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x) + 3;
  const tall = (a.height + b.height) / 2 - Math.abs(a.y - b.y) + 1;
  return wide > 0 && tall > 0 ? wide * tall : 0;
}

/**
 * Place labels { text, width, height, anchors, last }: `x` is the left edge, `y` the middle of each,
 * `free` whether it stands on nothing, `choice` what to hand back as `last` so that it stays there.
 */
export function place(wanted, ink) {
  const { box } = ink, placed = [];
  const best = (one, others) => {
    const { width, height } = one;
    let found = null, choice = 0;
    one.anchors.forEach((anchor, rank) => around(anchor, width, height).forEach(([u, v, dislike]) => {
      const x = Math.max(box.x0 + 2, Math.min(u, box.x1 - 2 - width));
      const y = Math.max(box.y0 + height / 2, Math.min(v, box.y1 - height / 2));
      const on = ink.cost(x, y - height / 2, x + width, y + height / 2)
        + others.reduce((sum, other) => sum + overlap({ x, y, width, height }, other), 0) / 5;
      const pushed = (Math.abs(x - u) + Math.abs(y - v)) / 8;
      const cost = (on < 0.5 ? 0 : 2.5 * on) + dislike + 3 * rank + pushed - (choice === one.last ? 3 : 0);
      if (!found || cost < found.cost) found = { ...one, x, y, cost, free: on < 1, choice };
      choice++;
    }));
    return found;
  };
  for (const one of wanted) placed.push(best(one, placed));
  // the first ones were placed before the others were there
  for (let round = 0; round < 2; round++) {
    placed.forEach((one, i) => { placed[i] = best(wanted[i], placed.filter((_, j) => j !== i)); });
  }
  return placed;
}
