// Draggable points of a panel: buttons over the plot that set parameters, by pointer and by keys.
import { element, fmt } from "./wire.js";

const SLIP = 4; // pixels that a finger may slip in a tap

const round = (v, span) => {
  const digits = Math.max(0, Math.min(12, 3 - Math.floor(Math.log10(span))));
  return +v.toFixed(digits);
};

export class Handles {
  constructor(panel) {
    this.panel = panel;
    this.stage = panel.stage;
    this.node = element("div", { class: "sp-handles" });
  }

  // the one that a click anywhere in the panel moves
  get clicked() { return [...this.node.children].find((one) => one.spec?.click); }

  place(s) {
    const specs = this.panel.spec.handles;
    while (this.node.children.length > specs.length) this.node.lastChild.remove();
    while (this.node.children.length < specs.length) this.node.append(this.handle());
    specs.forEach((spec, i) => {
      const node = this.node.children[i];
      node.spec = spec;
      const [x, y] = node.drag ?? [spec.x, spec.y];
      const px = s.X(x), py = s.Y(y), { box } = s;
      const seen = px >= box.x0 - 1 && px <= box.x1 + 1 && py >= box.y0 - 1 && py <= box.y1 + 1;
      const key = JSON.stringify([px, py, x, y, spec.label, spec.role, this.panel.colours.key]);
      if (node.hidden !== !seen) node.hidden = !seen;
      if (node.key === key) return;
      node.key = key;
      node.style.transform = `translate(${px}px, ${py}px) translate(-50%, -50%)`;
      node.style.setProperty("--c", this.panel.colours[spec.role] ?? this.panel.colours.ink);
      node.setAttribute("aria-label",
        `${spec.label}: ${fmt(x)}, ${fmt(y)}. Drag, or move with the arrow keys.`);
      node.title = `${spec.label} (${fmt(x)}, ${fmt(y)})`;
    });
  }

  handle() {
    const node = element("button", { type: "button", class: "sp-handle" });
    let grip = [0, 0];
    node.onpointerdown = (event) => {
      const s = this.panel.scale(), at = this.panel.point(event), spec = node.spec;
      grip = [at[0] - s.X(spec.x), at[1] - s.Y(spec.y)];
      node.setPointerCapture(event.pointerId);
      node.drag = [spec.x, spec.y];
      node.began = at;
      node.moved = false;
      this.stage.gesture = node;
      event.preventDefault();
      node.focus({ preventScroll: true });
    };
    node.onpointermove = (event) => {
      if (!node.drag) return;
      const s = this.panel.scale(), at = this.panel.point(event);
      const way = Math.hypot(at[0] - node.began[0], at[1] - node.began[1]);
      node.moved ||= way > (event.pointerType === "touch" ? SLIP : 0);
      if (!node.moved) return;
      this.send(node, s.x(at[0] - grip[0]), s.y(at[1] - grip[1]), s, false);
    };
    node.onlostpointercapture = () => {
      if (!node.drag) return;
      const [x, y] = node.drag;
      this.stage.gesture = null;
      if (node.moved) this.send(node, x, y, this.panel.scale(), true); // a tap sets nothing
      node.drag = null;
    };
    node.onkeydown = (event) => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
      const by = step[event.key];
      if (!by) return;
      event.preventDefault();
      const s = this.panel.scale(), size = (event.shiftKey ? 10 : 1) / 100;
      const move = (v, d, span, log) => (log ? v * 10 ** (d * size * span) : v + d * size * span);
      const held = this.stage.pendingHandle(node) ?? [node.spec.x, node.spec.y];
      node.drag = held;
      this.send(node, move(held[0], by[0], s.spanX, s.logX),
        move(held[1], by[1], s.spanY, s.logY), s, "later");
      this.stage.holdHandle(node, node.drag);
      node.drag = null;
    };
    return node;
  }

  send(node, x, y, s, commit) {
    const { spec } = node;
    const X = this.panel.gd._fullLayout.xaxis, Y = this.panel.gd._fullLayout.yaxis;
    const inside = (v, given, log, axis) => {
      const range = (given ?? axis.range).map((r) => (log ? 10 ** r : r));
      return Math.max(Math.min(...range), Math.min(Math.max(...range), v));
    };
    x = spec.frees === "y" ? spec.x : inside(x, this.panel.spec.layout.xaxis.range, s.logX, X);
    y = spec.frees === "x" ? spec.y : inside(y, this.panel.spec.layout.yaxis.range, s.logY, Y);
    const patch = { ...spec.also };
    const [p, q] = spec.polar ? [Math.hypot(x, y), Math.abs(Math.atan2(y, x))] : [x, y];
    spec.params.forEach((name, i) => {
      const [a, b] = spec.matrix[i];
      const param = this.stage.param(name);
      const held = (u) => (param.low === null ? u : Math.max(param.low, Math.min(param.high, u)));
      const v = held(a * p + b * q + (spec.offset[i] ?? 0));
      const span = param.log ? Math.abs(v) || 1 : s.logX || s.logY ? Math.abs(v) || 1
        : Math.max(s.spanX, s.spanY);
      patch[name] = held(param.integer ? Math.round(v) : round(v, span)); // rounding may leave it
    });
    node.drag = [x, y];
    this.stage.change(patch, commit);
    this.stage.schedule();
  }
}
