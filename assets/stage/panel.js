// One panel: plotly draws axes and what rarely changes, canvases draw what moves, buttons drag.
import { address, bitmap, cells, colorscale, photo } from "./cells.js";
import { Handles } from "./handles.js";
import { Pointing } from "./pointing.js";
import { hover } from "./tip.js";
import { element, resolve } from "./wire.js";
import { field, labels, moving } from "./paint.js";
import { PLOTLY_DASH, SYMBOL } from "./theme.js";

export class Panel {
  constructor(stage, name) {
    this.stage = stage;
    this.name = name;
    this.under = element("canvas", { class: "sp-canvas" });
    this.gd = element("div", { class: "sp-gd" });
    this.over = element("canvas", { class: "sp-canvas sp-over" });
    this.handles = new Handles(this);
    this.tip = element("div", { class: "sp-tip", hidden: true });
    this.plot = element("div", { class: "sp-plot", role: "img" },
      this.under, this.gd, this.over, this.tip);
    this.caption = element("figcaption", {});
    const tool = (label, glyph, onclick) =>
      element("button", { type: "button", class: "sp-tool", title: label,
        "aria-label": `${label}: ${name}`, onclick }, glyph);
    this.tools = element("span", { class: "sp-tools-small" },
      tool("Zoom in", "+", () => this.zoom(0.6)), tool("Zoom out", "−", () => this.zoom(1 / 0.6)),
      tool("Reset view", "⟲", () => this.reset()));
    this.box = element("div", { class: "sp-plotbox" }, this.plot, this.handles.node);
    this.head = element("div", { class: "sp-panelhead" }, this.caption, this.tools);
    this.veil = element("p", { class: "sp-cover", hidden: true },
      element("span", {}, "covered until you answer"));
    this.node = element("figure", { class: "sp-panel", "data-panel": name },
      this.head, this.box, this.veil);
    this.size = [0, 0];
    this.observer = new ResizeObserver(([entry]) => this.resized(entry.contentRect));
    this.observer.observe(this.box);
    stage.counters.mounts++;
    this.pictures = new Map();
    this.pointing = new Pointing(this);
    this.listen();
  }

  destroy() {
    this.observer.disconnect();
    window.removeEventListener("pointerup", this.release, true);
    if (this.made) window.Plotly.purge(this.gd);
    this.node.remove();
  }

  update(spec, cache, colours) {
    this.spec = spec;
    this.colours = colours;
    if (this.caption.textContent !== spec.title) this.caption.textContent = spec.title;
    this.alt = spec.alt;
    this.scene = Boolean(spec.layout.scene);
    this.pointing.update(spec);
    const moves = (trace) => trace.meta?.canvas && !this.scene;
    const live = spec.traces.filter(moves);
    this.moving = live.map((trace) => resolve(trace, cache));
    this.fieldIds = JSON.stringify(live.filter((trace) => trace.type !== "scatter"));
    this.pathIds = JSON.stringify(live.filter((trace) => trace.type === "scatter"));
    const still = spec.traces.filter((trace) => !moves(trace));
    const view = JSON.stringify([spec.layout.xaxis?.range, spec.layout.yaxis?.range,
      spec.layout.xaxis?.type, spec.layout.yaxis?.type]);
    const key = JSON.stringify([spec.layout, still, colours.key]);
    if (key === this.key) return null;
    this.key = key;
    const data = still.map((trace) => this.styled(resolve(trace, cache)));
    const layout = this.layout(spec, view, this.moving.some((t) => t.type !== "scatter"));
    const config = { displayModeBar: false, responsive: false, doubleClick: "reset",
      scrollZoom: false, showTips: false };
    this.stage.counters.reacts++;
    const done = this.made ? window.Plotly.react(this.gd, data, layout, config)
      : window.Plotly.newPlot(this.gd, data, layout, config);
    return done.then(() => {
      if (this.made) return;
      this.made = true;
      const redraw = () => this.stage.schedule();
      for (const event of ["plotly_relayout", "plotly_relayouting", "plotly_afterplot"]) {
        this.gd.on(event, redraw);
      }
    });
  }

  styled(trace) {
    const role = trace.meta?.role, c = this.colours;
    if (trace.type === "surface" && !trace.colorscale) return surface(trace, c);
    if (!role) return trace;
    const out = { ...trace, hoverinfo: trace.hoverinfo ?? "x+y+name" };
    if (trace.type.startsWith("scatter")) {
      out.line = { width: 2, dash: PLOTLY_DASH[role], ...trace.line, color: c[role] };
      out.marker = { size: 7, symbol: this.scene ? "circle" : plotlySymbol(role), ...trace.marker,
        color: c[role] };
    } else out.marker = { ...trace.marker, color: c[role] };
    return out;
  }

  layout(spec, view, hasField) {
    const c = this.colours;
    const base = { zeroline: false, linecolor: c.faint, gridcolor: c.grid, showgrid: !hasField,
      ticks: "outside", tickcolor: c.faint, ticklen: 4, automargin: false,
      tickfont: { size: 11 }, showline: true, tickangle: 0 };
    const room = { x: (this.size[0] || 300) / 75, y: (this.size[1] || 150) / 36 };
    const many = (side) => Math.max(3, Math.min(9, Math.floor(room[side])));
    const axisOf = (given, side) => ({ ...base, nticks: many(side), ...given,
      title: { standoff: 5, ...given?.title, font: { size: room.y < 6 ? 12 : 13 } },
      // the domain is given anew, or plotly keeps what it made of the last picture's shape
      ...(spec.equal ? { constrain: "domain", domain: [0, 1] } : {}),
      ...(spec.equal && side === "y" ? { scaleanchor: "x" } : {}) });
    const layout = { margin: { l: 54, r: 12, t: 6, b: 40 }, ...spec.layout, showlegend: false,
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", autosize: true,
      font: { family: c.sans, color: c.text, size: 12, ...spec.layout.font },
      hovermode: "closest", uirevision: view,
      dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",
      colorway: [c.model, c.force, c.second, c.third, c.fourth] };
    if (this.scene) {
      const axis3 = { gridcolor: c.grid, color: c.text, backgroundcolor: "rgba(0,0,0,0)" };
      layout.margin = { l: 0, r: 0, t: 0, b: 0 };
      layout.dragmode = "turntable";
      // what the student turned stays turned
      const turned = this.gd._fullLayout?.scene?._scene?.getCamera();
      layout.scene = { ...spec.layout.scene, camera: turned ?? this.camera() };
      for (const a of ["xaxis", "yaxis", "zaxis"]) {
        layout.scene[a] = { ...axis3, ...spec.layout.scene[a] };
      }
    } else {
      layout.xaxis = axisOf(spec.layout.xaxis, "x");
      layout.yaxis = axisOf(spec.layout.yaxis, "y");
    }
    return layout;
  }

  /** Hide the panel from eye, pointer, keyboard and screen reader while its question is open. */
  cover(on) {
    this.node.classList.toggle("sp-covered", on);
    this.head.inert = this.box.inert = on;
    this.veil.hidden = !on;
    this.covered = on;
    this.describe();
  }

  describe() {
    if (this.covered) return this.plot.removeAttribute("aria-label");
    const text = [this.alt, this.pointing.words()].filter(Boolean).join(" ");
    if (this.plot.getAttribute("aria-label") !== text) this.plot.setAttribute("aria-label", text);
  }

  // One still trace: a field with iso-lines, a grid of cells or a photograph.
  still(context, trace, X, Y) {
    if (trace.type === "image") {
      const fresh = bitmap(trace.z, () => { this.drawnField = null; this.stage.schedule(); });
      // the last picture stays until the next one is decoded
      if (fresh) this.pictures.set(trace.name, fresh);
      const image = this.pictures.get(trace.name);
      if (image) photo(context, image, X, Y);
    } else if (trace.meta.scale) cells(context, trace, X, Y, this.colours);
    else field(context, trace, X, Y, this.colours);
  }

  // data -> pixels of the panel, and back
  scale() {
    const full = this.gd._fullLayout;
    if (!full?.xaxis || this.scene) return null;
    const { xaxis, yaxis } = full;
    const lin = (axis, v) => (axis.type === "log" ? (v > 0 ? Math.log10(v) : NaN) : v);
    const delin = (axis, l) => (axis.type === "log" ? 10 ** l : l);
    return {
      X: (v) => xaxis._offset + xaxis.l2p(lin(xaxis, v)),
      Y: (v) => yaxis._offset + yaxis.l2p(lin(yaxis, v)),
      x: (p) => delin(xaxis, xaxis.p2l(p - xaxis._offset)),
      y: (p) => delin(yaxis, yaxis.p2l(p - yaxis._offset)),
      box: { x0: xaxis._offset, x1: xaxis._offset + xaxis._length,
        y0: yaxis._offset, y1: yaxis._offset + yaxis._length },
      spanX: Math.abs(xaxis.range[1] - xaxis.range[0]), logX: xaxis.type === "log",
      spanY: Math.abs(yaxis.range[1] - yaxis.range[0]), logY: yaxis.type === "log",
    };
  }

  // the size is remembered: asking the page for it while drawing would force a layout
  resized({ width, height }) {
    this.size = [width, height];
    if (!this.made || !this.gd.offsetParent) return; // taken off the page a moment ago
    window.Plotly.Plots.resize(this.gd);
    this.stage.schedule();
  }

  context(canvas) {
    const ratio = Math.min(3, window.devicePixelRatio || 1);
    const [w, h] = this.size;
    if (canvas.width !== Math.round(w * ratio) || canvas.height !== Math.round(h * ratio)) {
      canvas.width = Math.round(w * ratio);
      canvas.height = Math.round(h * ratio);
    }
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, w, h);
    return context;
  }

  draw(k, phase) {
    if (!this.made || !this.spec) return;
    if (this.scene) return this.drawScene(k);
    const s = this.scale();
    if (!s) return;
    const clipTo = (context) => {
      context.save();
      context.beginPath();
      context.rect(s.box.x0, s.box.y0, s.box.x1 - s.box.x0, s.box.y1 - s.box.y0);
      context.clip();
    };
    const { xaxis, yaxis } = this.gd._fullLayout;
    const view = JSON.stringify([xaxis.range, yaxis.range, s.box, this.size, this.colours.key]);
    const fields = this.moving.filter((trace) => trace.type !== "scatter");
    const fieldKey = view + this.fieldIds;
    if (fieldKey !== this.drawnField) {
      this.drawnField = fieldKey;
      this.under.hidden = !fields.length;
      const under = this.context(this.under);
      clipTo(under);
      for (const trace of fields) this.still(under, trace, s.X, s.Y);
      under.restore();
    }
    const pathKey = view + this.pathIds + [k, phase];
    if (pathKey !== this.drawnPaths) {
      this.drawnPaths = pathKey;
      const over = this.context(this.over);
      clipTo(over);
      const wanted = [];
      for (const trace of this.moving) {
        if (trace.type !== "scatter") continue;
        const ghost = trace.meta.ghost;
        const label = moving(over, trace, s.X, s.Y, this.colours, { k, phase, ghost, box: s.box });
        if (label) wanted.push(label);
      }
      labels(over, wanted, s.box, this.colours);
      over.restore();
    }
    this.handles.place(s);
  }

  drawScene(k) {
    if (this.drawnScene === `${k}|${this.key}`) return;
    this.drawnScene = `${k}|${this.key}`;
    const heads = [], xs = [], ys = [], zs = [];
    this.gd.data.forEach((trace, i) => {
      if (!trace.meta?.play) return;
      const full = this.spec.traces[i] && resolve(this.spec.traces[i], this.stage.cache);
      const end = Math.min(k, full.x.length - 1) + 1;
      heads.push(i);
      xs.push(full.x.slice(0, end));
      ys.push(full.y.slice(0, end));
      zs.push(full.z.slice(0, end));
    });
    if (heads.length) window.Plotly.restyle(this.gd, { x: xs, y: ys, z: zs }, heads);
  }

  point(event) {
    const rect = this.box.getBoundingClientRect();
    return [event.clientX - rect.left, event.clientY - rect.top];
  }

  listen() {
    let down = null;
    this.plot.addEventListener("pointerdown", (event) => {
      down = { at: this.point(event), time: performance.now() };
    }, true);
    // plotly covers the page while a button is down, so the release arrives at the window
    this.release = (event) => {
      if (!down || event.button) return;
      const at = this.point(event), s = this.scale();
      const still = Math.hypot(at[0] - down.at[0], at[1] - down.at[1]) < 5;
      const quick = performance.now() - down.time < 500;
      down = null;
      if (!still || !quick || !s || this.pointing.clicked(event)) return;
      const inside = at[0] >= s.box.x0 && at[0] <= s.box.x1 && at[1] >= s.box.y0 && at[1] <= s.box.y1;
      const node = this.handles.clicked;
      if (!node || !inside) return;
      // a double click resets the zoom and must not move the point
      if (this.clicking) { clearTimeout(this.clicking); this.clicking = null; return; }
      this.clicking = setTimeout(() => {
        this.clicking = null;
        this.handles.send(node, s.x(at[0]), s.y(at[1]), s, true);
        node.drag = null;
      }, 230);
    };
    window.addEventListener("pointerup", this.release, true);
    this.plot.addEventListener("pointermove", (event) => hover(this, event));
    this.plot.addEventListener("pointerleave", () => { this.tip.hidden = true; });
  }

  zoom(factor) {
    if (this.scene) {
      const eye = this.gd._fullLayout.scene._scene?.getCamera().eye ?? { x: 1.25, y: 1.25, z: 1.25 };
      const next = Object.fromEntries(Object.entries(eye).map(([a, v]) => [a, v * factor]));
      return window.Plotly.relayout(this.gd, { "scene.camera.eye": next });
    }
    const range = (axis) => {
      const [a, b] = axis.range, middle = (a + b) / 2, half = ((b - a) / 2) * factor;
      return [middle - half, middle + half];
    };
    const { xaxis, yaxis } = this.gd._fullLayout;
    return window.Plotly.relayout(this.gd,
      { "xaxis.range": range(xaxis), "yaxis.range": range(yaxis) });
  }

  /** The whole picture again, as a preset opens it. */
  home() { if (this.made && this.spec) this.reset(); }

  reset() {
    if (this.scene) {
      return window.Plotly.relayout(this.gd, { "scene.camera": this.camera() });
    }
    const { xaxis, yaxis } = this.spec.layout;
    return window.Plotly.relayout(this.gd,
      { "xaxis.range": [...xaxis.range], "yaxis.range": [...yaxis.range] });
  }

  camera() { return this.spec.layout.scene.camera ?? { eye: { x: 0.45, y: -1.55, z: 1.35 } }; }

  // The whole panel as plain plotly, for SVG and PNG.
  async figure(cache) {
    const traces = await Promise.all(this.spec.traces.map(async (trace) => {
      const out = this.styled(resolve(trace, cache)), c = this.colours;
      if (trace.type === "image") {
        const { z, ...rest } = out;
        return { ...rest, source: await address(z) };
      }
      if (trace.meta?.scale) return { ...out, colorscale: colorscale(trace, c) };
      if (trace.type === "contour" && trace.meta?.levels) {
        const levels = resolve(trace.meta.levels, cache);
        const z = out.z.map((row) => Array.from(row, (v) => position(v, levels)));
        const rgb = (t) => `rgb(${t.map(Math.round).join(",")})`;
        return { ...out, z, colorscale: [[0, rgb(c.low)], [1, rgb(c.high)]],
          autocontour: false, contours: { start: 0, end: levels.length - 1, size: 1 },
          zmin: 0, zmax: levels.length - 1, line: { width: 0.6, color: c.iso }, hoverinfo: "skip" };
      }
      if (trace.meta?.label && !trace.meta.arrows) {
        const n = out.x.length;
        out.mode = `${out.mode}+text`;
        out.text = Array.from({ length: n }, (_, i) => (i === n - 1 ? trace.meta.label : ""));
        out.textposition = "middle left";
        out.textfont = { color: c[trace.meta.role] };
      }
      return out;
    }));
    const layout = this.layout(this.spec, "export", true);
    if (!this.scene) {
      layout.xaxis.range = [...this.gd._fullLayout.xaxis.range];
      layout.yaxis.range = [...this.gd._fullLayout.yaxis.range];
    }
    return { data: traces, layout: { ...layout, title: { text: this.spec.title, font: { size: 15 } },
      margin: { l: 60, r: 20, t: 44, b: 48 }, paper_bgcolor: c0(this.colours) } };
  }
}

const c0 = (colours) => colours.background;
const plotlySymbol = (role) => ({ star: "star", cross: "x", down: "triangle-down",
  triangle: "triangle-up" })[SYMBOL[role]] ?? SYMBOL[role];

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

function position(v, levels) {
  const n = levels.length;
  if (!(v > levels[0])) return 0;
  for (let i = 1; i < n; i++) {
    if (v < levels[i]) return i - 1 + (v - levels[i - 1]) / (levels[i] - levels[i - 1]);
  }
  return n - 1;
}
