// Painters on a canvas over plotly's axes: colour field, iso-lines, paths, arrows, labels.
import { CURVE, PALE, anchors, place } from "./labels.js";
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
  const canvas = document.createElement("canvas"), image = new ImageData(columns, rows);
  canvas.width = columns;
  canvas.height = rows;
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
  if (!(length >= 1.5)) return false;
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
  return true;
}

// One moving trace at frame k, in a box. Returns where its label belongs, if it has one.
export function moving(context, trace, X, Y, colours, now) {
  const { meta } = trace, { box, ink } = now, role = meta.role ?? "ink";
  const colour = now.ghost ? colours.faint : colours[role] ?? colours.ink;
  const n = trace.x.length, px = new Float64Array(n), py = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    px[i] = clip(X(trace.x[i]));
    py[i] = clip(Y(trace.y[i]));
  }
  const pale = now.ghost || role === "faint" ? PALE : CURVE, trail = [];
  const text = meta.label && (now.ghost || meta.label) || (meta.arrows && meta.frames && trace.name);
  const label = () => (text ? { text, anchors: anchors(trail),
    colour: now.ghost ? colours.words.faint : colours.words[role] ?? colours.ink } : null);
  const inked = (from, to, width, weight = pale, along = trail) => {
    for (let i = from + 1; ink && i <= to; i++) {
      if (Number.isNaN(px[i] + py[i] + px[i - 1] + py[i - 1])) continue;
      ink.line([px[i - 1], py[i - 1]], [px[i], py[i]], width, weight, along);
    }
  };
  const seen = (i) => px[i] >= box.x0 - 2 && px[i] <= box.x1 + 2 && py[i] >= box.y0 - 2
    && py[i] <= box.y1 + 2;
  // what is drawn is cut at the box, but for a mark whose middle lies in it
  const cut = () => {
    context.save();
    context.beginPath();
    context.rect(box.x0, box.y0, box.x1 - box.x0, box.y1 - box.y0);
    context.clip();
  };
  context.strokeStyle = context.fillStyle = colour;
  context.lineJoin = "round";
  context.lineCap = meta.cap ?? "round";
  const dash = now.ghost ? [2, 3] : meta.dash === "solid" ? [] : DASH[role] ?? [];
  const width = meta.width ?? (now.ghost ? 1.4 : role === "faint" ? 1 : 2);

  if (meta.arrows) {
    const count = Math.floor(n / 3);
    if (meta.frames && (meta.phase ?? 0) > now.phase) return null;
    const first = meta.frames ? now.k : 0, last = meta.frames ? now.k : count - 1;
    const past = meta.frames && Number.isFinite(now.phase) && (meta.phase ?? 0) < now.phase;
    cut();
    context.globalAlpha = past ? 0.38 : 1;
    for (let a = first; a <= last && a < count; a++) {
      context.setLineDash([]);
      if (!arrow(context, px[3 * a], py[3 * a], px[3 * a + 1], py[3 * a + 1], 2.4)) continue;
      inked(3 * a, 3 * a + 1, 6, past ? PALE : CURVE, a > first ? null : trail);
    }
    context.restore();
    return past ? null : label();
  }
  cut();
  if (meta.bars) {
    context.lineWidth = meta.width ?? 2.4;
    context.setLineDash(dash);
    const zero = clip(Y(0));
    for (let i = 0; i < n; i++) {
      if (Number.isNaN(py[i])) continue;
      context.beginPath();
      context.moveTo(px[i], zero);
      context.lineTo(px[i], py[i]);
      context.stroke();
      ink?.line([px[i], zero], [px[i], py[i]], context.lineWidth, pale);
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
    if (meta.play && end < n - 1 && !now.held) { // what is to come is not told while a question is open
      context.globalAlpha = 0.22;
      stroke(context, px, py, end, n - 1);
      context.globalAlpha = 1;
      inked(end, n - 1, width, PALE, null);
    }
    stroke(context, px, py, 0, end);
    context.setLineDash([]);
    inked(0, end, width);
  }
  context.restore();
  const mark = (kind, i, r) => {
    symbol(context, kind, px[i], py[i], r);
    context.fill();
    ink?.dot(px[i], py[i], r, pale);
  };
  const size = (meta.unit ? Math.abs(X(meta.unit) - X(0)) : trace.marker?.size ?? 7) / 2;
  if (marks) {
    for (let i = 0; i <= end; i++) {
      if (!seen(i)) continue;
      mark(meta.symbol ?? SYMBOL[role], i, size);
      if (!lines) trail.push([px[i], py[i]]);
    }
  } else if (meta.play && !now.ghost) {
    let travelled = 0;
    for (let i = 1; i <= end; i++) travelled += Math.hypot(px[i] - px[i - 1], py[i] - py[i - 1]);
    if (travelled / Math.max(1, end) > 5) {
      for (let i = 0; i <= end; i++) if (seen(i)) mark("circle", i, 2.2);
    }
  }
  if (meta.play && !now.ghost && seen(end)) {
    mark(meta.symbol ?? SYMBOL[role], end, 5);
    context.lineWidth = 1.5;
    context.strokeStyle = colours.halo;
    context.stroke();
  }
  // a note, or a run at its first step
  if (!trail.length && lines && (n === 1 || end === 0) && near(px[0], py[0], box)) {
    trail.push([px[0], py[0]]);
  }
  return label();
}

const near = (x, y, box) => x > box.x0 - 20 && x < box.x1 + 20 && y > box.y0 - 20 && y < box.y1 + 20;

/** Direct labels, each where it covers least; those that fit nowhere on a strip of paper. */
export function labels(context, wanted, ink, colours, kept) {
  const { box } = ink, room = box.x1 - box.x0 - 6;
  context.textBaseline = "middle";
  context.textAlign = "start";
  context.lineJoin = "round";
  const sized = wanted.filter((one) => one.anchors.length).map((one) => {
    context.font = `500 12px ${colours.sans}`;
    const full = context.measureText(one.text).width, size = Math.max(8, Math.min(12, (12 * room) / full));
    return { ...one, size, width: (full * size) / 12, height: size, last: kept.get(one.text) };
  });
  for (const one of place(sized, ink)) {
    kept.set(one.text, one.choice);
    context.font = `500 ${one.size}px ${colours.sans}`;
    context.lineWidth = one.free ? 3 : 6;
    context.strokeStyle = colours.halo;
    context.strokeText(one.text, one.x, one.y);
    context.fillStyle = one.colour;
    context.fillText(one.text, one.x, one.y);
  }
}
