// Pointing at the cells of a panel and drawing in it, with the pointer and with the keyboard.
import { element } from "./wire.js";

const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const REACH = 48; // pixels from a place that still mean it
const PRESS = 350, SLIP = 10; // ms and pixels of a finger that means to draw, not to scroll
const short = (v) => String(+v.toFixed(4));

export class Pointing {
  constructor(panel) {
    this.panel = panel;
    this.stage = panel.stage;
    this.cursor = element("div", { class: "sp-cursor", hidden: true });
    this.sign = element("div", { class: "sp-press", hidden: true });
    panel.box.append(this.cursor, this.sign);
    const { plot } = panel;
    plot.addEventListener("pointermove", (event) => this.moved(event));
    plot.addEventListener("pointerleave", () => { this.last = null; this.stage.unpeek(); });
    plot.addEventListener("keydown", (event) => this.pressed(event));
    plot.addEventListener("focus", () => this.place());
    plot.addEventListener("blur", () => { this.cursor.hidden = true; });
    plot.addEventListener("pointerdown", (event) => this.begun(event), true);
    // a finger is held by what it touched first, and lets go of that when the plot takes it over
    plot.addEventListener("lostpointercapture", ({ target }) => { if (target === plot) this.ended(); });
    plot.addEventListener("pointerup", () => this.lifted());
    plot.addEventListener("pointercancel", () => this.slipped());
    // plotly listens to these and would zoom, or keep the page from scrolling
    plot.addEventListener("mousedown", (event) => { if (this.paint) event.stopPropagation(); }, true);
    plot.addEventListener("touchstart", (event) => { if (!panel.scene) event.stopPropagation(); }, true);
    plot.addEventListener("touchmove", (event) => { if (this.stroke) event.preventDefault(); },
      { passive: false });
    plot.addEventListener("contextmenu", (event) => { if (this.stroke) event.preventDefault(); });
  }

  update(spec) {
    this.pick = spec.pick;
    this.paint = spec.paint;
    const { plot } = this.panel, active = Boolean(this.pick || this.paint);
    plot.classList.toggle("sp-picks", Boolean(this.pick));
    plot.classList.toggle("sp-paints", Boolean(this.paint));
    if (active) plot.setAttribute("tabindex", 0); else plot.removeAttribute("tabindex");
    plot.setAttribute("role", active ? "application" : "img");
    // a picture on its way may be of a cell further on
    const newest = this.stage.line.idle;
    if (this.pick?.cell && !this.last && newest) this.at = [...this.pick.cell];
    if (this.at && document.activeElement === plot) this.place();
  }

  words() {
    const { pick, paint } = this;
    if (paint) return `${paint.label}: drawn with the pointer; arrow keys choose and change, space fills`;
    return pick ? `${pick.label}: chosen with the arrow keys` : "";
  }

  // the cell under the pointer, or null
  cell(event) {
    const s = this.panel.scale(), [px, py] = this.panel.point(event);
    if (!s || px < s.box.x0 || px > s.box.x1 || py < s.box.y0 || py > s.box.y1) return null;
    if (this.places) return this.nearest(s, px, py);
    if (this.signal) {
      const { matrix: [[a]], offset: [b] } = this.pick;
      return [0, Math.round(a * s.x(px) + b)];
    }
    return [Math.round(s.y(py)), Math.round(s.x(px))];
  }

  // the samples of a signal are pointed at from any height
  get signal() { return this.pick?.rows === 0; }

  get places() { return this.pick?.places; }

  // the nearest place, if the pointer is not far from it
  nearest(s, px, py) {
    const away = this.places.map(([x, y]) => Math.hypot(s.X(x) - px, s.Y(y) - py));
    const least = Math.min(...away);
    return least < REACH ? [0, away.indexOf(least)] : null;
  }

  patch([i, j]) {
    const { pick } = this, rows = pick?.rows || 1;
    if (!pick || i < 0 || j < 0 || i >= rows || j >= pick.columns) return null;
    if (this.signal) return { ...pick.also, [pick.params[0]]: j };
    const values = pick.params.map((name, n) =>
      [name, Math.round(pick.matrix[n][0] * j + pick.matrix[n][1] * i + pick.offset[n])]);
    return { ...pick.also, ...Object.fromEntries(values) };
  }

  moved(event) {
    if (this.stroke) return this.draw(event);
    if (this.pressing && this.away(event) > SLIP) this.slipped();
    if (!this.pick || event.buttons || event.pointerType === "touch") return;
    const cell = this.cell(event), key = String(cell);
    if (key === this.last) return;
    this.last = key;
    const patch = cell && this.patch(cell);
    if (patch) { this.at = cell; this.stage.peek(patch); } else this.stage.unpeek();
  }

  /** A click keeps the cell; true when it was one. */
  clicked(event) {
    const cell = this.pick && this.cell(event), patch = cell && this.patch(cell);
    if (patch) { this.at = cell; this.stage.keep(patch); }
    return Boolean(patch);
  }

  begun(event) {
    if (!this.paint || event.button) return;
    const cell = this.cell(event);
    if (!cell) return;
    event.stopPropagation();
    if (event.pointerType !== "touch") return this.start(event);
    // a finger that stays draws, one that moves on scrolls the page
    const [x, y] = this.panel.point(event);
    this.sign.style.transform = `translate(${x}px, ${y}px)`;
    this.sign.className = "sp-press";
    this.sign.hidden = false;
    this.pressing = { event, timer: setTimeout(() => {
      this.sign.classList.add("sp-drawing");
      navigator.vibrate?.(12);
      this.begin();
    }, PRESS) };
  }

  away({ clientX, clientY }) {
    const { event } = this.pressing;
    return Math.hypot(clientX - event.clientX, clientY - event.clientY);
  }

  begin() {
    const { event, timer } = this.pressing;
    clearTimeout(timer);
    this.pressing = null;
    this.start(event);
  }

  slipped() {
    clearTimeout(this.pressing?.timer);
    this.pressing = null;
    this.sign.hidden = true;
  }

  // a tap draws one cell
  lifted() {
    if (this.pressing) { this.begin(); this.ended(); }
    this.sign.hidden = true;
  }

  start(event) {
    this.last = null;
    this.stage.unpeek(); // a stroke is kept, the cell passed over is not
    try { this.panel.plot.setPointerCapture(event.pointerId); } catch { /* the finger is up already */ }
    this.stroke = { values: structuredClone(this.paint.values), last: null };
    this.stage.gesture = this;
    this.draw(event);
  }

  get flat() { return !Array.isArray(this.paint.values[0]); }

  draw(event) {
    const { paint, stroke } = this, s = this.panel.scale(), [px, py] = this.panel.point(event);
    const now = this.flat ? [s.y(py), s.x(px) - paint.at] : [s.y(py), s.x(px)];
    const from = stroke.last ?? now;
    const steps = Math.max(1, Math.ceil(2 * Math.max(Math.abs(now[1] - from[1]),
      this.flat ? 0 : Math.abs(now[0] - from[0]))));
    for (let n = 1; n <= steps; n++) {
      this.touch(from.map((v, axis) => v + ((now[axis] - v) * n) / steps));
    }
    stroke.last = now;
    this.tell(stroke.values, false);
  }

  // one point of a stroke, in fractional cells
  touch([y, x]) {
    const { paint, stroke } = this, { values } = stroke, j = Math.round(x);
    if (this.flat) {
      if (j >= 0 && j < values.length) values[j] = this.level(y);
      return;
    }
    const i = Math.round(y), inside = values[i]?.[j] !== undefined;
    if (stroke.ink === undefined && inside) {
      stroke.ink = values[i][j] > (paint.low + paint.high) / 2 ? paint.low : paint.high;
    }
    for (let di = -paint.brush; di <= paint.brush; di++) {
      for (let dj = -paint.brush; dj <= paint.brush; dj++) {
        if (values[i + di]?.[j + dj] !== undefined) values[i + di][j + dj] = stroke.ink;
      }
    }
  }

  level(v) {
    const { low, high, step } = this.paint;
    return Math.max(low, Math.min(high, +(Math.round(v / step) * step).toFixed(6)));
  }

  tell(values, commit) {
    const rows = this.flat ? [values] : values;
    const text = rows.map((row) => row.map(short).join(" ")).join(",");
    this.stage.change({ ...this.paint.also, [this.paint.param]: text }, commit);
  }

  ended() {
    if (!this.stroke) return;
    const { values, last } = this.stroke;
    this.stroke = null;
    this.stage.gesture = null;
    this.sign.hidden = true;
    this.at = this.within(last);
    if (!this.cursor.hidden) this.place();
    this.tell(values, true);
  }

  pressed(event) {
    const by = ARROWS[event.key], { pick, paint } = this;
    if ((!by && event.key !== " ") || !(pick || paint)) return;
    event.preventDefault();
    const values = paint && structuredClone(this.held ?? paint.values);
    const size = pick ? [pick.rows || 1, pick.columns]
      : this.flat ? [1, values.length] : [values.length, values[0].length];
    const at = this.at ?? [0, 0], far = event.shiftKey ? 5 : 1;
    if (paint && this.flat && by?.[0]) {
      const j = at[1];
      values[j] = this.level(values[j] - by[0] * far * paint.step);
      return this.hold(values);
    }
    if (paint && !this.flat && event.key === " ") {
      const [i, j] = at;
      values[i][j] = values[i][j] > (paint.low + paint.high) / 2 ? paint.low : paint.high;
      return this.hold(values);
    }
    if (!by) return;
    if (this.places) { // there is no grid: forward and back
      const j = Math.max(0, Math.min(pick.columns - 1, at[1] + by[1] - by[0]));
      this.at = [0, j];
    } else this.at = at.map((v, axis) => Math.max(0, Math.min(size[axis] - 1, v + far * by[axis])));
    const patch = this.patch(this.at);
    if (patch) this.stage.change(patch, "later");
    this.place();
  }

  // the cell of the sheet at the end of a stroke
  within([y, x]) {
    const { values } = this.paint, rows = this.flat ? [values] : values;
    const hold = (v, count) => Math.max(0, Math.min(count - 1, Math.round(v)));
    return [this.flat ? 0 : hold(y, rows.length), hold(x, rows[0].length)];
  }

  // keys may come faster than pictures
  hold(values) {
    this.held = values;
    clearTimeout(this.holding);
    this.holding = setTimeout(() => { this.held = null; }, 500);
    this.tell(values, "later");
  }

  place() {
    const s = this.panel.scale(), { paint } = this;
    this.cursor.hidden = !s || !(this.pick || paint);
    if (this.cursor.hidden) return;
    if (this.places) return this.around(s);
    const [i, j] = this.at ?? [0, 0], { signal } = this;
    const tall = signal || Boolean(paint && this.flat);
    const wide = signal ? 1 / this.pick.matrix[0][0] : 1;
    const x = signal ? (j - this.pick.offset[0]) * wide : j + (paint && this.flat ? paint.at : 0);
    const left = s.X(x - wide / 2), right = s.X(x + wide / 2);
    const a = tall ? s.box.y0 : s.Y(i - 0.5), b = tall ? s.box.y1 : s.Y(i + 0.5);
    Object.assign(this.cursor.style, { left: `${Math.min(left, right)}px`, top: `${Math.min(a, b)}px`,
      width: `${Math.abs(right - left)}px`, height: `${Math.abs(b - a)}px` });
  }

  around(s) {
    const [x, y] = this.places[this.at?.[1] ?? 0] ?? this.places[0];
    Object.assign(this.cursor.style, { left: `${s.X(x) - 14}px`, top: `${s.Y(y) - 14}px`,
      width: "28px", height: "28px" });
  }
}
