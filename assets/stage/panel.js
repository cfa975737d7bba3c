// One panel: plotly draws axes and what rarely changes, canvases draw what moves, buttons drag.
import { axes, camera, cut, equal, scene, styled, width } from "./axes.js";
import { bitmap, cells, figures, photo } from "./cells.js";
import { Handles } from "./handles.js";
import { CURVE, Ink, PALE } from "./labels.js";
import { Pointing } from "./pointing.js";
import { onPage } from "./print.js";
import { hover } from "./tip.js";
import { element, resolve } from "./wire.js";
import { field, labels, moving } from "./paint.js";
import { onPaper } from "./theme.js";

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
    this.tools = this.toolbar([["Zoom in", "+", () => this.zoom(0.6)],
      ["Zoom out", "−", () => this.zoom(1 / 0.6)], ["Reset view", "⟲", () => this.reset()]]);
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
    this.kept = new Map(); // where labels stood last
    this.more = {}; // pixels that ticks need beyond the figure's margins
    this.listen();
    this.offPage = onPage(this);
  }

  // One stop of the Tab key; arrow keys go from tool to tool.
  toolbar(tools) {
    const nodes = tools.map(([label, glyph, onclick], i) => element("button", { type: "button",
      class: "sp-tool", title: label, "data-tool": label, tabindex: i ? -1 : 0, onclick }, glyph));
    return element("span", { class: "sp-tools-small", role: "toolbar", onkeydown: (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by) return;
      event.preventDefault();
      const next = nodes.at((nodes.indexOf(event.target) + by) % nodes.length);
      for (const node of nodes) node.tabIndex = node === next ? 0 : -1;
      next.focus();
    } }, ...nodes);
  }

  entitle(title) {
    if (this.caption.textContent === title) return;
    this.caption.textContent = title;
    this.tools.setAttribute("aria-label", `View: ${title}`);
    for (const node of this.tools.children) {
      node.setAttribute("aria-label", `${node.dataset.tool}: ${title}`);
    }
  }

  destroy() {
    this.observer.disconnect();
    this.offPage();
    window.removeEventListener("pointerup", this.release, true);
    window.removeEventListener("pointercancel", this.give, true);
    if (this.made) window.Plotly.purge(this.gd);
    this.node.remove();
  }

  update(spec, cache, colours) {
    this.spec = spec;
    this.colours = colours;
    this.entitle(spec.title);
    this.alt = spec.alt;
    this.scene = Boolean(spec.layout.scene);
    this.pointing.update(spec);
    const moves = (trace) => trace.meta?.canvas && !this.scene;
    const live = spec.traces.filter(moves);
    this.moving = live.map((trace) => resolve(trace, cache));
    this.fieldIds = JSON.stringify(live.filter((trace) => trace.type !== "scatter"));
    this.pathIds = JSON.stringify(live.filter((trace) => trace.type === "scatter"));
    const still = spec.traces.filter((trace) => !moves(trace));
    const key = JSON.stringify([spec.layout, spec.equal, still, colours.key]);
    if (key === this.key) return null;
    this.key = key;
    this.data = still.map((trace) => styled(resolve(trace, cache), colours, this.scene));
    return this.react();
  }

  // Axes anew: another layout, another size, other colours. What was zoomed stays zoomed.
  react() {
    const { spec, gd } = this, { xaxis, yaxis } = spec.layout;
    if (!this.size[0]) this.size = [this.box.clientWidth || 300, this.box.clientHeight || 150];
    const view = JSON.stringify([xaxis?.range, yaxis?.range, xaxis?.type, yaxis?.type]);
    const ranges = this.view === view ? this.ranges() : undefined;
    this.view = view;
    const layout = this.layout(view, ranges);
    for (const side of ["x", "y"]) {
      gd.style.setProperty(`--sp-tick-${side}`, `${layout[`${side}axis`]?.tickfont.size}px`);
    }
    this.stage.counters.reacts++;
    const done = window.Plotly[this.made ? "react" : "newPlot"](gd, this.data, layout, CONFIG);
    return done.then(() => {
      if (!this.made) {
        this.made = true;
        const redraw = () => this.stage.schedule();
        for (const event of ["plotly_relayouting", "plotly_afterplot"]) gd.on(event, redraw);
        gd.on("plotly_relayout", () => { this.reshape(); redraw(); });
      }
      return this.roomy();
    });
  }

  // Ticks that were cut get more room, once: the frame of a panel only ever gets narrower.
  roomy() {
    if (this.scene) return null;
    const needs = cut(this.gd._fullLayout, this.colours), sides = Object.keys(needs);
    if (!sides.length || this.fitting > 2) { this.fitting = 0; return null; }
    for (const side of sides) this.more[side] = (this.more[side] ?? 0) + needs[side];
    this.fitting = (this.fitting ?? 0) + 1;
    return this.react();
  }

  ranges() {
    const full = this.gd._fullLayout;
    return full?.xaxis && [[...full.xaxis.range], [...full.yaxis.range]];
  }

  // A zoom changes the shape of what is in view, and so of the box around it.
  reshape() {
    if (!this.spec.equal || this.scene) return;
    const { xaxis, yaxis, _size } = this.gd._fullLayout;
    const domains = equal(this.ranges().map(([a, b]) => Math.abs(b - a)), [_size.w, _size.h]);
    const off = [xaxis, yaxis].some((axis, i) => Math.abs(axis.domain[0] - domains[i][0]) > 0.004);
    if (off) this.react();
  }

  layout(view, ranges) {
    const { spec, size, colours } = this;
    if (this.scene) { // what the student turned stays turned
      const turned = this.gd._fullLayout?.scene?._scene?.getCamera();
      return { ...scene(spec, size, colours, turned ?? camera(spec)), uirevision: view };
    }
    const field = this.moving.some((trace) => trace.type !== "scatter");
    return { ...axes(spec, size, colours, { ranges, more: this.more, field }), uirevision: view,
      dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom" };
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
  still(context, trace, X, Y, colours, told) {
    if (trace.type === "image") {
      const fresh = bitmap(trace.z, () => { this.drawnField = null; this.stage.schedule(); });
      // the last picture stays until the next one is decoded
      if (fresh) this.pictures.set(trace.name, fresh);
      const image = this.pictures.get(trace.name);
      if (image) photo(context, image, X, Y);
    } else if (trace.meta.scale) cells(context, trace, X, Y, colours, told);
    else field(context, trace, X, Y, colours);
  }

  // data -> pixels of the panel, and back
  scale() {
    const full = this.gd._fullLayout;
    return !full?.xaxis || this.scene ? null : mapping(full);
  }

  // the size is remembered: asking the page for it while drawing would force a layout
  resized({ width, height }) {
    if (!width || !height || (width === this.size[0] && height === this.size[1])) return;
    this.size = [width, height];
    if (!this.made) return;
    this.more = {};
    this.react().then(() => this.stage.schedule());
  }

  context(canvas) {
    const ratio = Math.min(3, window.devicePixelRatio || 1), u = ratio * this.colours.scale;
    const [w, h] = this.size.map((v) => Math.round(v * ratio)), context = canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    // a printed canvas shows what was wiped as white
    if (canvas.width !== w || canvas.height !== h || this.colours.paper) Object.assign(canvas, { width: w, height: h });
    else context.clearRect(0, 0, w, h);
    context.setTransform(u, 0, 0, u, 0, 0);
    return context;
  }

  draw(k, phase) {
    if (!this.made || !this.spec) return;
    if (this.scene) return this.drawScene(k);
    const s = this.scale();
    if (!s) return;
    const { xaxis, yaxis } = this.gd._fullLayout;
    const view = JSON.stringify([xaxis.range, yaxis.range, s.box, this.size, this.colours.key]);
    const fieldKey = view + this.fieldIds;
    if (fieldKey !== this.drawnField) {
      this.drawnField = fieldKey;
      this.under.hidden = this.moving.every((trace) => trace.type === "scatter");
      this.fields(this.context(this.under), s);
    }
    const pathKey = view + this.pathIds + [k, phase, this.stage.player.held];
    if (pathKey !== this.drawnPaths) {
      this.drawnPaths = pathKey;
      this.paths(this.context(this.over), s, k, phase, this.kept);
    }
    this.handles.place(s);
  }

  /** Fields, cells and photographs, on a canvas or in a file. */
  fields(context, s, colours = this.colours) {
    const { X, Y, box } = large(s, colours.scale);
    context.save();
    context.beginPath();
    context.rect(box.x0, box.y0, box.x1 - box.x0, box.y1 - box.y0);
    context.clip();
    const still = this.moving.filter((trace) => trace.type !== "scatter");
    const told = figures(context, still.filter((trace) => trace.meta.numbers), X, Y, colours);
    for (const trace of still) this.still(context, trace, X, Y, colours, told.get(trace));
    context.restore();
  }

  /** Everything that moves, and the labels. */
  paths(context, s, k, phase, kept, colours = this.colours) {
    const { X, Y, box } = large(s, colours.scale), wanted = [];
    const named = this.moving.some((trace) => trace.meta.label || trace.meta.arrows);
    const { held } = this.stage.player;
    const ink = named ? this.obstacles(new Ink(box), X, Y) : null;
    for (const trace of this.moving) {
      if (trace.type !== "scatter") continue;
      const { ghost } = trace.meta;
      const label = moving(context, trace, X, Y, colours, { k, phase, ghost, box, ink, held });
      if (label) wanted.push(label);
    }
    if (ink) labels(context, wanted, ink, colours, kept);
  }

  // What labels shall not cover beside curves: handles, notes, and cells if there is room elsewhere.
  obstacles(ink, X, Y) {
    const { handles, layout } = this.spec;
    for (const { x, y } of handles) ink.dot(X(x), Y(y), 11, CURVE);
    for (const { x, y, text, font, xanchor } of layout.annotations ?? []) {
      const size = font?.size ?? 11, wide = width(text, size, this.colours);
      const left = X(x) - ({ left: 0, right: 1 }[xanchor] ?? 0.5) * wide;
      ink.rect(left, Y(y) - size, left + wide, Y(y) + size);
    }
    for (const trace of this.moving) {
      if (!trace.meta.scale) continue;
      const at = [trace.x[0] - 0.5, trace.x.at(-1) + 0.5].map(X);
      const down = [trace.y[0] - 0.5, trace.y.at(-1) + 0.5].map(Y);
      ink.rect(Math.min(...at), Math.min(...down), Math.max(...at), Math.max(...down), PALE);
    }
    return ink;
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
    this.give = () => { down = null; }; // the page scrolls
    window.addEventListener("pointercancel", this.give, true);
    // plotly covers the page while a button is down, so the release arrives at the window
    this.release = (event) => {
      if (!down || event.button) return;
      const at = this.point(event), s = this.scale();
      const reach = event.pointerType === "touch" ? 10 : 5;
      const still = Math.hypot(at[0] - down.at[0], at[1] - down.at[1]) < reach;
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
  home() {
    if (!this.made || !this.spec || this.scene) return;
    const { xaxis, yaxis } = this.spec.layout, now = this.ranges();
    if (JSON.stringify(now) !== JSON.stringify([xaxis.range, yaxis.range])) this.reset();
  }

  /** Drawn for a printed sheet, or again for the screen. */
  paper(on) {
    const { spec, stage } = this, colours = on ? onPaper(this.colours) : this.screen;
    if (!this.made || !spec) return;
    if (on) this.screen = this.colours;
    stage.host.classList.toggle("sp-dark", colours.dark);
    this.size = [this.box.clientWidth, this.box.clientHeight];
    this.more = {};
    this.update(spec, stage.cache, colours);
    this.draw(...stage.player.now);
  }

  reset() {
    if (this.scene) {
      return window.Plotly.relayout(this.gd, { "scene.camera": camera(this.spec) });
    }
    const { xaxis, yaxis } = this.spec.layout;
    return window.Plotly.relayout(this.gd,
      { "xaxis.range": [...xaxis.range], "yaxis.range": [...yaxis.range] });
  }
}

const CONFIG = { displayModeBar: false, responsive: false, doubleClick: "reset", scrollZoom: false,
  showTips: false };

/** data -> pixels of a plot that plotly has drawn, and back. */
export function mapping({ xaxis, yaxis }) {
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

// A mapping in units of `u` pixels: everything that is drawn in it is u times as large.
function large({ X, Y, box }, u) {
  const part = Object.entries(box).map(([side, v]) => [side, v / u]);
  return { X: (v) => X(v) / u, Y: (v) => Y(v) / u, box: Object.fromEntries(part) };
}
