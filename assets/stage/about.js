// What one sees, drags and watches here, what the symbols mean, and the path of presets.
import { element } from "./wire.js";

export class About {
  constructor() {
    this.look = element("p", { class: "sp-look" });
    this.list = element("div", { class: "sp-legend", id: `sp-legend-${Math.random()}` });
    this.more = element("button", { type: "button", class: "sp-optimum", "aria-controls": this.list.id,
      onclick: () => this.fold(!this.node.classList.contains("sp-unfolded")) });
    this.node = element("div", { class: "sp-about" }, this.look, this.list, this.more);
    new ResizeObserver(() => this.fit()).observe(this.list);
  }

  update(head) {
    if (this.slug === head.slug) return;
    this.slug = head.slug;
    this.look.textContent = head.look;
    this.look.hidden = !head.look;
    const formula = head.function ? [element("span", { class: "sp-function" })] : [];
    for (const node of formula) window.katex.render(head.function, node, { throwOnError: false });
    const symbols = Object.entries(head.symbols).map(([symbol, meaning]) =>
      element("span", { class: "sp-symbol" }, element("b", {}, symbol), ` ${meaning}`));
    const spaced = [...formula, ...symbols].flatMap((node) => [node, " "]);
    this.list.replaceChildren(...spaced);
    this.list.hidden = !spaced.length;
    this.fold(false);
  }

  // Two lines of symbols stand open; a button leads to the others.
  fold(open) {
    this.node.classList.toggle("sp-unfolded", open);
    this.more.textContent = open ? "fewer symbols" : "all symbols";
    this.more.setAttribute("aria-expanded", open);
    this.fit();
  }

  fit() {
    const open = this.node.classList.contains("sp-unfolded");
    this.more.hidden = !open && this.list.scrollHeight <= this.list.clientHeight + 4;
  }
}

/** Whether the settings on stage are these, wherever one looks and however far a run was played. */
export function same(head, values, wanted) {
  return head.params.every(({ name, view }) =>
    (view && !(name in head.posed)) || name === head.drive || values[name] === wanted[name]);
}

export class Presets {
  constructor(stage) {
    this.stage = stage;
    this.node = element("div", { class: "sp-presets", role: "group", "aria-label": "Presets" });
  }

  update(head) {
    const { node, stage } = this;
    const shown = head.presets.filter((one) => head.misprints || !one.misprint);
    const key = head.slug + shown.map((one) => one.name).join();
    if (node.dataset.key !== key) {
      node.dataset.key = key;
      node.dataset.on = "";
      node.replaceChildren(...shown.map(({ name, values }, i) => element("button",
        { type: "button", class: "sp-preset", title: i ? null : name, "aria-label": i ? null : name,
          onclick: () => stage.change(values, true, true) },
        ...(i ? [element("b", {}, String(i)), ` ${name}`] : ["⟲"]))));
    }
    // "Start over" is an action, no state
    const on = shown.map((one, i) => i > 0 && same(head, stage.values, one.values));
    this.on = shown.find((one, i) => i && on[i]) ?? null;
    if (node.dataset.on === on.join()) return;
    node.dataset.on = on.join();
    [...node.children].slice(1).forEach((button, i) => button.setAttribute("aria-pressed", on[i + 1]));
  }
}
