// What can be done with a picture: pinned, linked, shown in a lecture hall, exported, run as code.
import { csv } from "./csv.js";
import { exportFigure } from "./export.js";
import { copy, save } from "./text.js";
import { element } from "./wire.js";

export class Actions {
  constructor(stage) {
    this.stage = stage;
    const act = (name, label, title, onclick) => element("button", { type: "button",
      class: "sp-action", title, "data-action": name, onclick }, label);
    this.more = act("more", "", "", () => stage.unfold());
    this.node = element("div", { class: "sp-actions" }, this.more,
      act("pin", "Pin this", "keep this setting as a grey trace to compare with", () =>
        stage.post({ action: "pin" })),
      act("link", "Copy link", "the link reproduces this picture", (event) =>
        this.link(event.currentTarget)),
      act("stage", "Lecture hall", "the figure alone, large, for a projector", () =>
        this.kept(() => open(this.address("stage"), "_blank"))),
      act("frame", "Copy frame", "HTML that shows the figure in another page", (event) =>
        this.frame(event.currentTarget)),
      act("svg", "SVG", "download the figures as SVG", () => exportFigure(stage, "svg")),
      act("png", "PNG", "download the figures as PNG", () => exportFigure(stage, "png")),
      act("csv", "CSV", "download the data of the picture", () =>
        save(`saddlepoint-${stage.head.slug}.csv`,
          new Blob([csv(stage.head, stage.cache)], { type: "text/csv" }))));
    this.along = element("details", { class: "sp-along", hidden: true },
      element("summary", { class: "sp-action" }, "Take this matrix along"),
      this.ways = element("ul", {}));
    this.node.append(this.along);
    this.code = element("code", {});
    const text = () => this.code.textContent;
    this.codebox = element("details", { class: "sp-code" },
      element("summary", {}, "The code of this picture"),
      element("div", { class: "sp-codehead" },
        act("copy-code", "Copy", "copy the code", (event) => copy(text(), event.currentTarget)),
        act("py", "Download .py", "download the code", () =>
          save(`${stage.head.slug}.py`, new Blob([text()], { type: "text/x-python" })))),
      element("pre", { tabindex: 0 }, this.code));
  }

  /** How many panels wait behind the first ones, and whether they are shown. */
  update(others, opened) {
    this.more.hidden = others <= 0;
    this.more.textContent = opened ? "Fewer pictures"
      : `${others} more picture${others > 1 ? "s" : ""}`;
    this.more.setAttribute("aria-expanded", Boolean(opened));
  }

  words({ code, along }) {
    if (this.code.textContent !== code) this.code.textContent = code;
    const key = JSON.stringify(along ?? null);
    if (key === this.known) return;
    this.known = key;
    this.along.hidden = !along;
    const way = ({ title, as, href }) => element("li", {},
      element("a", { href: new URL(href, document.baseURI).href }, title), ` as ${as}`);
    this.ways.replaceChildren(...along ? [
      element("li", { class: "sp-carried" }, `${along.matrix}, here the ${along.name}`),
      ...along.to.map(way)] : []);
  }

  // Once the settings stand in the address.
  kept(act) {
    this.stage.send({ commit: true });
    setTimeout(act, 250);
  }

  address(view) {
    const url = new URL(location.href);
    if (view) url.searchParams.append("view", view);
    return url.href.replace(/#.*$/, "");
  }

  link(button) {
    const { k, frames } = this.stage.player;
    const place = frames > 1 && k > 0 && k < frames - 1 ? `#k=${k}` : "";
    this.kept(() => copy(this.address() + place, button));
  }

  frame(button) {
    this.kept(() => copy(`<iframe src="${this.address("figure").replaceAll("&", "&amp;")}" `
      + "width=\"900\" height=\"600\" title=\"Saddlepoint\" loading=\"lazy\"></iframe>", button));
  }
}
