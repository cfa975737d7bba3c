// The controls: native inputs that fire while dragged, with the theory's marks beside them.
import { own } from "./files.js";
import { grid } from "./tables.js";
import { element, fmt } from "./wire.js";

const STOPS = 1000;

function toPosition(param, v) {
  const t = param.log ? Math.log(v / param.low) / Math.log(param.high / param.low)
    : (v - param.low) / (param.high - param.low);
  return Number.isFinite(t) ? Math.max(0, Math.min(1, t)) : 0;
}

function toValue(param, t) {
  if (param.log) {
    const v = param.low * (param.high / param.low) ** t;
    return held(param, param.integer ? Math.round(v) : +v.toPrecision(3));
  }
  const step = param.step ?? (param.integer ? 1 : (param.high - param.low) / 200);
  const v = param.low + Math.round((t * (param.high - param.low)) / step) * step;
  return held(param, +v.toPrecision(10));
}

const held = (param, v) => Math.max(param.low, Math.min(param.high, v)); // rounding may leave it

export class Controls {
  constructor(stage) {
    this.stage = stage;
    this.node = element("div", { class: "sp-controls", role: "group", "aria-label": "Settings" });
    this.made = new Map();
    this.width = 0;
  }

  // the width of a slider, remembered for the same reason as a panel's size
  resized() {
    const track = this.node.querySelector(".sp-ticks");
    this.width = track?.clientWidth ?? 0;
  }

  // another experiment is another set of controls, whatever the parameters are called
  update(params, values, slug = this.slug) {
    if (slug !== this.slug) {
      this.slug = slug;
      this.made.clear();
      this.node.replaceChildren();
    }
    const wanted = params.filter((param) => param.shown).map((param) => param.name);
    for (const [name, control] of this.made) {
      if (!wanted.includes(name)) { control.node.remove(); this.made.delete(name); }
    }
    let last = null;
    for (const param of params) {
      if (!param.shown) continue;
      let control = this.made.get(param.name);
      if (!control || control.kind !== param.kind) {
        control?.node.remove();
        control = this[param.kind](param);
        control.kind = param.kind;
        this.made.set(param.name, control);
      }
      const place = last ? last.nextSibling : this.node.firstChild;
      if (control.node !== place) this.node.insertBefore(control.node, place);
      last = control.node;
      control.param = param;
      control.sync(values[param.name]);
    }
  }

  // the value under the finger, before the server has answered
  sync(patch) {
    for (const [name, value] of Object.entries(patch)) this.made.get(name)?.sync(value);
  }

  id(param) { return `sp-${this.stage.uid}-${param.name}`; }

  frame(param, ...inside) {
    const node = element("div", { class: `sp-control sp-${param.kind}`, "data-param": param.name },
      ...inside);
    if (param.help) this.explain(node, param);
    return node;
  }

  // What a control means, under a question mark that opens by a tap, a key or the pointer.
  explain(node, param) {
    const id = `${this.id(param)}-help`;
    const told = element("p", { class: "sp-told", id, hidden: true }, param.help);
    const mark = element("button", { type: "button", class: "sp-help", "aria-expanded": false,
      "aria-controls": id, "aria-label": `What is ${param.label}?`, title: param.help,
      onclick: () => {
        told.hidden = !told.hidden;
        mark.setAttribute("aria-expanded", !told.hidden);
      } }, "?");
    node.querySelector("label, legend, .sp-row > span")?.after(mark);
    node.append(told);
  }

  number(param) {
    const id = this.id(param), stage = this.stage, control = {};
    const field = element("input", { type: "number", class: "sp-field", step: "any", id });
    const optimum = element("button", { type: "button", class: "sp-optimum",
      title: "set to the theory's best value" }, "optimum");
    const again = element("button", { type: "button", class: "sp-optimum" }, "re-roll");
    const range = element("input", { type: "range", min: 0, "aria-label": `${param.label}, slider` });
    const ticks = element("div", { class: "sp-ticks" });
    const isSeed = param.name === "seed" || param.name.endsWith("_seed");
    control.node = this.frame(param,
      element("div", { class: "sp-row" }, element("label", { for: id }, param.label),
        isSeed ? again : optimum, field),
      isSeed ? null : range, isSeed ? null : ticks);
    let pointer = false;
    range.onpointerdown = () => { pointer = true; stage.gesture = range; };
    range.onpointerup = range.onpointercancel = () => { pointer = false; };
    range.oninput = () => {
      const p = control.param;
      let t = range.value / range.max, v = toValue(p, t);
      if (pointer) {
        const near = p.ticks.find((tick) => Math.abs(toPosition(p, tick.value) - t) < 0.009);
        if (near) v = held(p, p.integer ? Math.round(near.value) : near.value);
      }
      stage.change({ [p.name]: v }, p.live ? false : "quiet");
    };
    range.onchange = () => {
      if (stage.gesture === range) stage.gesture = null;
      stage.commit(pointer ? 0 : 400);
      pointer = false;
    };
    field.onchange = () => {
      const { name } = control.param;
      if (field.value.trim() === "") field.value = shown(stage.values[name]);
      else stage.change({ [name]: Number(field.value) }, true);
    };
    optimum.onclick = () =>
      stage.change({ [control.param.name]: control.param.optimum }, true, true);
    again.onclick = () => {
      const p = control.param, next = (Number(stage.values[p.name]) || 0) + 1;
      stage.change({ [p.name]: next > p.high ? p.low : next }, true, true);
    };
    control.sync = (v) => {
      const p = control.param;
      const stops = p.integer && !p.log && p.high - p.low <= 2000 ? p.high - p.low
        : !p.log && !p.integer && p.step ? Math.round((p.high - p.low) / p.step) : STOPS;
      if (+range.max !== stops) range.max = stops;
      const key = JSON.stringify([v, p.low, p.high, p.optimum, p.ticks, this.width]);
      if (key === control.key && document.activeElement !== field) return;
      control.key = key;
      range.value = Math.round(toPosition(p, v) * range.max);
      range.setAttribute("aria-valuetext", fmt(v));
      if (document.activeElement !== field || Number(field.value) !== v) field.value = shown(v);
      const bad = v < p.low || v > p.high || (p.integer && !Number.isInteger(v));
      field.setAttribute("aria-invalid", bad);
      optimum.hidden = p.optimum === null;
      optimum.disabled = p.optimum === v;
      optimum.setAttribute("aria-label", `set ${p.label} to its optimum ${fmt(p.optimum ?? 0)}`);
      this.ticks(ticks, p);
    };
    return control;
  }

  ticks(box, param) {
    const width = this.width || 200;
    const key = JSON.stringify([param.ticks, width]);
    if (box.dataset.key === key) return;
    box.dataset.key = key;
    const rows = [];
    const inside = param.ticks.filter((tick) => tick.value >= param.low && tick.value <= param.high)
      .sort((a, b) => a.value - b.value);
    // the same marks only move: a slider may shift another one's marks with every picture
    const names = inside.map((tick) => tick.label).join("|");
    if (box.dataset.names !== names) {
      box.dataset.names = names;
      box.replaceChildren(...inside.flatMap((tick) => [element("i", {}),
        element("button", { type: "button", class: "sp-tick", tabindex: -1,
          onclick: (event) => this.stage.change({ [param.name]: event.target.tickValue }, true) },
        tick.label)]));
    }
    inside.forEach((tick, i) => {
      const t = toPosition(param, tick.value), x = t * (width - 16) + 8;
      const size = tick.label.length * 6.4 + 10;
      const left = Math.max(0, Math.min(x - size / 2, width - size));
      let row = rows.findIndex((end) => end < left);
      if (row < 0) row = rows.push(0) - 1;
      rows[row] = left + size;
      const [mark, button] = [box.children[2 * i], box.children[2 * i + 1]];
      mark.style.cssText = `left:${x}px;height:${6 + 15 * row}px`;
      button.style.cssText = `left:${left}px;top:${5 + 15 * row}px`;
      button.tickValue = tick.value;
      button.title = `set to ${fmt(tick.value)}`;
      button.setAttribute("aria-label", `${param.label}: set to ${tick.label} = ${fmt(tick.value)}`);
    });
    box.style.height = `${inside.length ? 6 + 15 * rows.length : 4}px`;
  }

  choice(param) {
    const id = this.id(param), control = {}, stage = this.stage;
    const entries = param.options;
    const letters = entries.reduce((sum, [, label]) => sum + label.length + 3, 0);
    const send = (v) => stage.change({ [param.name]: v }, true, true);
    if (entries.length <= 4 && letters <= 34) {
      const radios = entries.map(([value, label]) => {
        const input = element("input", { type: "radio", name: id, value, id: `${id}-${value}`,
          onchange: () => send(value) });
        return [input, element("label", { for: `${id}-${value}` }, label)];
      });
      control.node = this.frame(param, element("fieldset", {},
        element("legend", {}, param.label),
        element("div", { class: "sp-segments" }, ...radios.flat())));
      control.sync = (v) => radios.forEach(([input]) => { input.checked = input.value === v; });
    } else {
      const select = element("select", { id, onchange: () => send(select.value) },
        ...entries.map(([value, label]) => element("option", { value }, label)));
      control.node = this.frame(param, element("label", { for: id }, param.label), select);
      control.sync = (v) => { select.value = v; };
    }
    return control;
  }

  toggle(param) {
    const id = this.id(param), control = {};
    const input = element("input", { type: "checkbox", role: "switch", id,
      onchange: () => this.stage.change({ [param.name]: input.checked }, true, true) });
    control.node = this.frame(param, input, element("label", { for: id }, param.label));
    control.sync = (v) => { input.checked = v; };
    return control;
  }

  grid(param) { return grid(this, param); }

  picture(param) { return own(this, param); }

  table(param) { return own(this, param); }

  text(param) {
    const id = this.id(param), control = {};
    const input = element("input", { type: "text", id, spellcheck: "false", maxlength: 1200,
      autocomplete: "off",
      onchange: () => this.stage.change({ [param.name]: input.value }, true, true) });
    control.node = this.frame(param, element("label", { for: id }, param.label), input);
    control.sync = (v) => { if (document.activeElement !== input) input.value = v; };
    return control;
  }
}

const shown = (v) => (typeof v === "number" && Number.isFinite(v) ? String(+v.toPrecision(7)) : "");
