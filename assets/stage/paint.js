// Painters on a canvas over plotly's axes: colour field, iso-lines, paths, arrows, labels.
import { DASH, SYMBOL } from "./theme.js";

const FIELDS = new WeakMap();

// Position of a value among the levels: 0 below the first, 1 above the last, linear in between.
function rank(v, levels) {
  const n = levels.length;
  if (!(v > levels[0])) return 0;
  if (v >= levels[n - 1]) return 1;
  let lo = 0, hi = n - 1;
  while (hi - lo > 1) {
    const mid = (lo + hi) >> 1;
    if (levels[mid] <= v) lo = mid; else hi = mid;
  }
  return (lo + (v - levels[lo]) / (levels[hi] - levels[lo])) / (n - 1);
}

function raster(z, levels, colours) {
  const rows = z.length, columns = z[0].length;
  const canvas = new OffscreenCanvas(columns, rows);
  const image = new ImageData(columns, rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const v = z[i][j], at = 4 * ((rows - 1 - i) * columns + j);
      const t = rank(v, levels);
      for (let c = 0; c < 3; c++) {
        image.data[at + c] = colours.low[c] + t * (colours.high[c] - colours.low[c]);
      }
      image.data[at + 3] = Number.isFinite(v) ? 255 : 0;
    }
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

// Marching squares over all levels; segments in fractional index coordinates.
function isolines(z, levels) {
  const out = [];
  const rows = z.length, columns = z[0].length;
  for (let i = 0; i + 1 < rows; i++) {
    const low = z[i], top = z[i + 1];
    for (let j = 0; j + 1 < columns; j++) {
      const a = low[j], b = low[j + 1], c = top[j + 1], d = top[j];
      const least = Math.min(a, b, c, d), most = Math.max(a, b, c, d);
      if (!(most > least)) continue;
      for (const level of levels) {
        if (level <= least) continue;
        if (level > most) break;
        const bottom = (a < level) !== (b < level) ? [j + (level - a) / (b - a), i] : null;
        const right = (b < level) !== (c < level) ? [j + 1, i + (level - b) / (c - b)] : null;
        const upper = (d < level) !== (c < level) ? [j + (level - d) / (c - d), i + 1] : null;
        const left = (a < level) !== (d < level) ? [j, i + (level - a) / (d - a)] : null;
        const hits = [bottom, right, upper, left].filter(Boolean);
        if (hits.length === 2) out.push(...hits[0], ...hits[1]);
        else if (hits.length === 4) {
          const middle = (a + b + c + d) / 4 < level;
          const pairs = (a < level) === middle
            ? [[bottom, right], [upper, left]] : [[bottom, left], [upper, right]];
          for (const [p, q] of pairs) out.push(...p, ...q);
        }
      }
    }
  }
  return new Float32Array(out);
}

export function field(context, trace, X, Y, colours) {
  const { x, y, z } = trace, levels = trace.meta.levels;
  let made = FIELDS.get(z[0].buffer);
  const key = `${z[0].byteOffset}|${colours.key}|${levels[0]}|${levels.length}|${levels.at(-1)}`;
  if (!made || made.key !== key) {
    made = { key, image: raster(z, levels, colours), segments: isolines(z, levels) };
    FIELDS.set(z[0].buffer, made);
  }
  const px = Array.from(x, X), py = Array.from(y, Y);
  const n = px.length, m = py.length;
  const dx = (px[n - 1] - px[0]) / (n - 1), dy = (py[m - 1] - py[0]) / (m - 1);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  context.drawImage(made.image, px[0] - dx / 2, py[m - 1] + dy / 2, n * dx, -m * dy);
  const at = (p, v) => {
    const i = Math.min(p.length - 2, Math.floor(v));
    return p[i] + (v - i) * (p[i + 1] - p[i]);
  };
  const s = made.segments;
  context.beginPath();
  for (let i = 0; i < s.length; i += 4) {
    context.moveTo(at(px, s[i]), at(py, s[i + 1]));
    context.lineTo(at(px, s[i + 2]), at(py, s[i + 3]));
  }
  context.strokeStyle = colours.iso;
  context.lineWidth = 0.8;
  context.stroke();
}

export function symbol(context, kind, x, y, r) {
  context.beginPath();
  if (kind === "square") context.rect(x - r, y - r, 2 * r, 2 * r);
  else if (kind === "cross") {
    const t = r * 0.38;
    const points = [[-r, -t], [-t, -t], [-t, -r], [t, -r], [t, -t], [r, -t], [r, t], [t, t],
      [t, r], [-t, r], [-t, t], [-r, t]];
    points.forEach(([u, v], i) => {
      const a = (u - v) * Math.SQRT1_2, b = (u + v) * Math.SQRT1_2;
      context[i ? "lineTo" : "moveTo"](x + a * 1.25, y + b * 1.25);
    });
    context.closePath();
  } else if (kind === "star" || kind === "diamond" || kind === "triangle" || kind === "down") {
    const spikes = { star: 10, diamond: 4, triangle: 3, down: 3 }[kind];
    const turn = kind === "down" ? Math.PI / 2 : -Math.PI / 2;
    for (let i = 0; i < spikes; i++) {
      const radius = kind === "star" ? (i % 2 ? 0.52 : 1.35) * r : 1.3 * r;
      const angle = turn + (2 * Math.PI * i) / spikes;
      context[i ? "lineTo" : "moveTo"](x + radius * Math.cos(angle), y + radius * Math.sin(angle));
    }
    context.closePath();
  } else context.arc(x, y, r, 0, 2 * Math.PI);
}

const LIMIT = 30000;
const clip = (v) => Math.max(-LIMIT, Math.min(LIMIT, v));

function outline(context, px, py, from, to) {
  context.beginPath();
  let pen = false;
  for (let i = from; i <= to; i++) {
    if (Number.isNaN(px[i]) || Number.isNaN(py[i])) { pen = false; continue; }
    if (pen) context.lineTo(px[i], py[i]); else context.moveTo(px[i], py[i]);
    pen = true;
  }
}

function stroke(context, px, py, from, to) {
  outline(context, px, py, from, to);
  context.stroke();
}

function arrow(context, x0, y0, x1, y1, width) {
  const length = Math.hypot(x1 - x0, y1 - y0);
  if (length < 1.5) return;
  const size = Math.min(11, 4 + length * 0.3), angle = Math.atan2(y1 - y0, x1 - x0);
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1 - 0.7 * size * Math.cos(angle), y1 - 0.7 * size * Math.sin(angle));
  context.stroke();
  context.beginPath();
  context.moveTo(x1, y1);
  for (const side of [-0.42, 0.42]) {
    context.lineTo(x1 - size * Math.cos(angle + side), y1 - size * Math.sin(angle + side));
  }
  context.closePath();
  context.fill();
}

// One moving trace at frame k. Returns where its label belongs, if it has one.
export function moving(context, trace, X, Y, colours, now) {
  const meta = trace.meta, role = meta.role ?? "ink";
  const colour = now.ghost ? colours.faint : colours[role] ?? colours.ink;
  const n = trace.x.length;
  const px = new Float64Array(n), py = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    px[i] = clip(X(trace.x[i]));
    py[i] = clip(Y(trace.y[i]));
  }
  context.strokeStyle = context.fillStyle = colour;
  context.lineJoin = "round";
  context.lineCap = meta.cap ?? "round";
  const dash = now.ghost ? [2, 3] : meta.dash === "solid" ? [] : DASH[role] ?? [];
  const width = meta.width ?? (now.ghost ? 1.4 : role === "faint" ? 1 : 2);
  const label = (i) => (meta.label && i >= 0 && !Number.isNaN(px[i])
    ? { text: now.ghost ? now.ghost : meta.label, x: px[i], y: py[i], colour } : null);

  if (meta.arrows) {
    const count = Math.floor(n / 3);
    if (meta.frames && (meta.phase ?? 0) > now.phase) return null;
    const first = meta.frames ? now.k : 0, last = meta.frames ? now.k : count - 1;
    const past = meta.frames && Number.isFinite(now.phase) && (meta.phase ?? 0) < now.phase;
    context.globalAlpha = past ? 0.38 : 1;
    for (let a = first; a <= last && a < count; a++) {
      context.setLineDash([]);
      arrow(context, px[3 * a], py[3 * a], px[3 * a + 1], py[3 * a + 1], 2.4);
    }
    context.globalAlpha = 1;
    return first < count && !past ? label(3 * first + 1) : null;
  }
  if (meta.bars) {
    context.lineWidth = meta.width ?? 2.4;
    context.setLineDash(dash);
    for (let i = 0; i < n; i++) {
      if (Number.isNaN(py[i])) continue;
      context.beginPath();
      context.moveTo(px[i], clip(Y(0)));
      context.lineTo(px[i], py[i]);
      context.stroke();
    }
    context.setLineDash([]);
  }
  if (meta.box) {
    context.globalAlpha = 0.1;
    outline(context, px, py, 0, n - 1);
    context.fill();
    context.globalAlpha = 1;
    context.setLineDash([]);
    context.lineWidth = width + 3;
    context.strokeStyle = colours.halo;
    context.stroke();
    context.strokeStyle = colour;
  }
  const lines = (trace.mode ?? "lines").includes("lines");
  const marks = (trace.mode ?? "lines").includes("markers");
  const end = meta.play ? Math.min(now.k, n - 1) : n - 1;
  if (lines) {
    context.setLineDash(dash);
    context.lineWidth = width;
    if (meta.play && end < n - 1) {
      context.globalAlpha = 0.22;
      stroke(context, px, py, end, n - 1);
      context.globalAlpha = 1;
    }
    stroke(context, px, py, 0, end);
    context.setLineDash([]);
  }
  const size = (meta.unit ? Math.abs(X(meta.unit) - X(0)) : trace.marker?.size ?? 7) / 2;
  if (marks) {
    for (let i = 0; i <= end; i++) {
      if (Number.isNaN(px[i])) continue;
      symbol(context, meta.symbol ?? SYMBOL[role], px[i], py[i], size);
      context.fill();
    }
  } else if (meta.play && !now.ghost) {
    let travelled = 0;
    for (let i = 1; i <= end; i++) travelled += Math.hypot(px[i] - px[i - 1], py[i] - py[i - 1]);
    if (travelled / Math.max(1, end) > 5) {
      for (let i = 0; i <= end; i++) { symbol(context, "circle", px[i], py[i], 2.2); context.fill(); }
    }
  }
  if (meta.play && !now.ghost) {
    symbol(context, meta.symbol ?? SYMBOL[role], px[end], py[end], 5);
    context.fill();
    context.lineWidth = 1.5;
    context.strokeStyle = colours.halo;
    context.stroke();
  }
  let at = meta.play ? end : n - 1;
  while (at > 0 && (Number.isNaN(px[at]) || px[at] > now.box.x1 + 1)) at--;
  return label(at);
}

// Direct labels, pushed apart so that none covers another.
export function labels(context, wanted, box, colours) {
  context.font = `500 12px ${colours.sans}`;
  context.textBaseline = "middle";
  context.lineJoin = "round";
  const placed = [];
  for (const one of wanted.sort((a, b) => a.y - b.y)) {
    const width = context.measureText(one.text).width;
    const right = one.x + 8 + width > box.x1 - 2;
    const x = Math.max(box.x0 + 4, Math.min(right ? one.x - 8 - width : one.x + 8, box.x1 - width));
    let y = Math.max(box.y0 + 9, Math.min(one.y - (right ? 11 : 0), box.y1 - 9));
    for (const other of placed) {
      const apart = x > other.x + other.width + 4 || x + width + 4 < other.x;
      if (!apart && Math.abs(y - other.y) < 15) y = other.y + 15;
    }
    placed.push({ x, y, width });
    context.lineWidth = 4;
    context.strokeStyle = colours.halo;
    context.strokeText(one.text, x, y);
    context.fillStyle = one.colour;
    context.fillText(one.text, x, y);
  }
}
