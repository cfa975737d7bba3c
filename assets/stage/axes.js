// Plotly's share of a panel: two axes, or a scene, that fit the room they have.
import { PLOTLY_DASH, SYMBOL } from "./theme.js";


const plain = (text) => String(text ?? "").replace(/<br>/g, " ").replace(/<[^>]*>/g, "");
let pen = null;

/** Width of a text in pixels. */
export function width(text, size, colours) {
  pen ??= document.createElement("canvas").getContext("2d");
  pen.font = `${size}px ${colours.sans}`;
  return pen.measureText(plain(text)).width;
}

/** A title no longer than its room: smaller, then in two lines. */
export function fitted(text, size, room, wide) {
  const full = wide(text, size);
  if (full <= room) return { text, size, lines: 1 };
  const small = Math.max(0.8 * size, (size * room) / full);
  if (wide(text, small) <= room + 0.5) return { text, size: small, lines: 1 };
  const spaces = [...text.matchAll(/ /g)].map((found) => found.index);
  const cut = spaces.sort((a, b) => Math.abs(a - text.length / 2) - Math.abs(b - text.length / 2))[0];
  if (cut === undefined) return { text, size: (size * room) / full, lines: 1 };
  const halves = [text.slice(0, cut), text.slice(cut + 1)];
  const most = Math.max(...halves.map((half) => wide(half, small)));
  return { text: halves.join("<br>"), size: Math.min(small, (small * room) / most), lines: 2 };
}

/** Lengths of two axes, as shares of the room, that make one unit equally long on both. */
export function equal(spans, room) {
  const unit = Math.min(room[0] / spans[0], room[1] / spans[1]);
  return spans.map((span, i) => {
    const rest = Math.max(0, 1 - (unit * span) / room[i]) / 2;
    return [rest, 1 - rest];
  });
}

const length = ([a, b]) => Math.abs(b - a);
const nice = (v) => [1, 2, 5].map((m) => m * 10 ** Math.floor(Math.log10(v))).find((m) => m >= v)
  ?? 10 ** Math.ceil(Math.log10(v));

// Named ticks: as large as they fit side by side, then upright, then every second, third … one.
function named(given, room, across, u, colours) {
  const { tickvals, ticktext } = given;
  const apart = (room * Math.min(...tickvals.slice(1).map((v, i) => Math.abs(v - tickvals[i]))))
    / length(given.range);
  const out = { tickfont: { size: 11 * u }, tickangle: given.tickangle ?? 0 };
  if (tickvals.length < 2 || given.type === "log") return out;
  const most = Math.max(...ticktext.map((text) => width(text, 11 * u, colours))) + 4;
  if (across && !out.tickangle && apart < most) {
    out.tickfont.size = Math.max(9 * u, (11 * u * apart) / most);
    if (apart < most * 0.8) Object.assign(out, { tickangle: -90, tickfont: { size: 11 * u } });
  }
  if (!across || out.tickangle) {
    out.tickfont.size = Math.max(8 * u, Math.min(out.tickfont.size, apart - 1));
    const each = Math.ceil((out.tickfont.size + 1) / apart - 0.05);
    if (each > 1) {
      const kept = (_, i) => i % each === 0;
      Object.assign(out, { tickvals: tickvals.filter(kept), ticktext: ticktext.filter(kept) });
    }
  }
  return out;
}

/**
 * The layout of a panel of `size` pixels.
 *
 * `ranges` are those in view, `more` the pixels { l, r, t, b } that its ticks were found to need
 * beyond what the figure gives.
 */
export function axes(spec, size, colours, { ranges, more = {}, field = false } = {}) {
  const u = colours.scale, given = spec.layout, { xaxis, yaxis } = given;
  const wide = (text, points) => width(text, points, colours);
  const margin = { l: 54, r: 12, t: 6, b: 40, ...given.margin };
  for (const side of ["l", "r", "t", "b"]) margin[side] = margin[side] * u + (more[side] ?? 0);
  const texts = yaxis.ticktext?.map((text) => wide(text, 11 * u)) ?? [];
  const titled = yaxis.title?.text ? 20 * u : 4 * u;
  margin.l = Math.min(0.5 * size[0], Math.max(margin.l, Math.max(0, ...texts) + 8 * u + titled));
  const room = [size[0] - margin.l - margin.r, size[1] - margin.t - margin.b].map((v) => Math.max(20, v));
  const heading = (text, across) => {
    const middle = across ? margin.l + room[0] / 2 : margin.t + room[1] / 2;
    const free = 2 * Math.min(middle, size[across ? 0 : 1] - middle) - 4;
    return fitted(text, 12 * u, free, wide);
  };
  const titles = [xaxis, yaxis].map((axis, i) => axis.title?.text && heading(axis.title.text, !i));
  const upright = xaxis.ticktext && named(xaxis, room[0], true, u, colours).tickangle === -90;
  const below = upright ? Math.max(...xaxis.ticktext.map((text) => wide(text, 11 * u))) + 8 * u
    + (titles[0] ? 18 * u : 0) : 0;
  const extra = { l: titles[1]?.lines > 1 ? 13 * u : 0,
    b: Math.max(titles[0]?.lines > 1 ? 13 * u : 0, Math.min(0.4 * size[1], below) - margin.b) };
  margin.l += extra.l;
  margin.b += extra.b;
  room[0] = Math.max(20, room[0] - extra.l);
  room[1] = Math.max(20, room[1] - extra.b);
  const shown = ranges ?? [xaxis.range, yaxis.range];
  const domains = spec.equal ? equal(shown.map(length), room) : [[0, 1], [0, 1]];
  const axisOf = (axis, i) => {
    const pixels = room[i] * length(domains[i]);
    const powers = axis.type === "log" && length(shown[i]) > 1.5 && (axis.dtick ?? 1);
    const each = powers // as many powers of ten as there is room for
      && { dtick: powers * Math.ceil((length(shown[i]) * (i ? 16 : 34) * u) / (powers * pixels)) };
    const many = Math.max(pixels > 60 * u ? 3 : 2, Math.min(9, Math.floor(pixels / (i ? 22 : 50) / u)));
    const whole = axis.tickformat === "d" && !axis.tickvals && !axis.dtick
      && { tick0: 0, dtick: Math.max(1, nice(length(shown[i]) / many)) };
    return { zeroline: false, linecolor: colours.faint, gridcolor: colours.grid, showgrid: !field,
      ticks: "outside", tickcolor: colours.faint, ticklen: 4 * u, tickfont: { size: 11 * u },
      automargin: false, showline: true, tickangle: 0, nticks: many, ...axis, ...whole, ...each,
      ...(axis.ticktext && named(axis, pixels, !i, u, colours)), domain: domains[i],
      title: titles[i] ? { standoff: 5 * u, ...axis.title, text: titles[i].text,
        font: { size: titles[i].size } } : { text: "" },
      ...(spec.equal && { constrain: "domain" }), ...(spec.equal && i && { scaleanchor: "x" }) };
  };
  const both = [axisOf(xaxis, 0), axisOf(yaxis, 1)];
  const least = Math.min(...both.map((axis) => axis.tickfont.size)); // one size in one panel
  for (const axis of both) axis.tickfont = { ...axis.tickfont, size: least };
  return { ...base(spec, size, colours), margin, xaxis: both[0], yaxis: both[1],
    ...(given.annotations && { annotations: given.annotations.map((each) => ({ ...each,
      font: { ...each.font, size: (each.font?.size ?? 11) * u } })) }) };
}

function base(spec, size, colours) {
  const clear = "rgba(0,0,0,0)";
  return { ...spec.layout, width: size[0], height: size[1], autosize: false, showlegend: false,
    paper_bgcolor: clear, plot_bgcolor: clear, hovermode: "closest",
    font: { family: colours.sans, color: colours.text, size: 12 * colours.scale, ...spec.layout.font },
    colorway: [colours.model, colours.force, colours.second, colours.third, colours.fourth] };
}

/** Where a scene is seen from: a little further off than given, so that the ticks in front are whole. */
export function camera({ layout }) {
  const { eye } = layout.scene.camera ?? { eye: { x: 0.45, y: -1.55, z: 1.35 } };
  const off = Object.fromEntries(Object.entries(eye).map(([axis, v]) => [axis, 1.15 * v]));
  return { ...layout.scene.camera, eye: off, center: { x: 0, y: 0, z: -0.15 } };
}

/** The layout of a panel in three dimensions. */
export function scene(spec, size, colours, camera) {
  const each = { gridcolor: colours.grid, color: colours.text, backgroundcolor: "rgba(0,0,0,0)" };
  const scene = { ...spec.layout.scene, camera };
  for (const a of ["xaxis", "yaxis", "zaxis"]) scene[a] = { ...each, ...spec.layout.scene[a] };
  return { ...base(spec, size, colours), margin: { l: 0, r: 0, t: 0, b: 0 }, dragmode: "turntable",
    scene };
}

/** How many more pixels the ticks of a drawn plot need on each side, beyond its margins. */
export function cut(full, colours) {
  const u = colours.scale, { xaxis, yaxis, width: w, height: h } = full, out = {};
  const shown = (axis) => (axis._vals ?? []).filter((tick) => tick.text && tick.text !== " ");
  if (xaxis.showticklabels !== false && !xaxis.tickangle) {
    for (const tick of shown(xaxis)) {
      const half = width(tick.text, xaxis.tickfont.size, colours) / 2;
      const at = xaxis._offset + xaxis.l2p(tick.x);
      out.r = Math.max(out.r ?? 0, at + half + 2 - w);
      out.l = Math.max(out.l ?? 0, half + 2 - at);
    }
  }
  if (yaxis.showticklabels !== false) {
    const title = yaxis.title?.text ? yaxis.title.font.size * (yaxis.title.text.includes("<br>") ? 2.5 : 1.3)
      : 0;
    for (const tick of shown(yaxis)) {
      const needs = width(tick.text, yaxis.tickfont.size, colours) + 8 * u + title;
      out.l = Math.max(out.l ?? 0, needs - xaxis._offset);
      const at = yaxis._offset + yaxis.l2p(tick.x), half = yaxis.tickfont.size
        * (tick.text.includes("<sup>") ? 1 : 0.7);
      out.t = Math.max(out.t ?? 0, half - at);
      out.b = Math.max(out.b ?? 0, at + half - h);
    }
  }
  return Object.fromEntries(Object.entries(out).filter(([, v]) => v > 0.5).map(([k, v]) => [k, Math.ceil(v)]));
}

const MARKS = { star: "star", cross: "x", down: "triangle-down", triangle: "triangle-up" };

/** A trace that plotly draws, in the colour, dash and symbol of its role. */
export function styled(trace, c, flat) {
  const role = trace.meta?.role;
  if (trace.type === "surface" && !trace.colorscale) return surface(trace, c);
  if (!role) return trace;
  const out = { ...trace, hoverinfo: trace.hoverinfo ?? "x+y+name" };
  if (trace.type.startsWith("scatter")) {
    const symbol = flat ? "circle" : MARKS[SYMBOL[role]] ?? SYMBOL[role];
    out.line = { width: 2, dash: PLOTLY_DASH[role], ...trace.line, color: c[role] };
    out.marker = { size: 7, symbol, ...trace.marker, color: c[role] };
  } else out.marker = { ...trace.marker, color: c[role] };
  return out;
}

// A surface coloured by the rank of its height, so that a narrow valley and a high wall both show.
function surface(trace, c) {
  const flat = trace.z.flatMap((row) => [...row]).filter(Number.isFinite).sort((a, b) => a - b);
  const share = (v) => {
    let lo = 0, hi = flat.length;
    while (lo < hi) { const mid = (lo + hi) >> 1; if (flat[mid] < v) lo = mid + 1; else hi = mid; }
    return lo / flat.length;
  };
  const ends = c.dark ? ["#1b2533", "#3f678f", "#a9c9e6"] : ["#f4efe0", "#a8c0d6", "#40688f"];
  return { showscale: false, ...trace, surfacecolor: trace.z.map((row) => Array.from(row, share)),
    cmin: 0, cmax: 1, colorscale: ends.map((colour, i) => [i / 2, colour]),
    lighting: { ambient: 0.8, diffuse: 0.45, specular: 0.04, roughness: 0.9 } };
}
