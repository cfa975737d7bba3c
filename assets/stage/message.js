// A refusal, or a long run with Stop: over the last good picture, under one of the run's own.
import { element } from "./wire.js";

// How far a long run is.
function doing({ ahead, doing: told, left }) {
  if (ahead) return ahead === 1 ? "Waiting: next in line" : `Waiting: ${ahead - 1} ahead of you`;
  const rest = left > 1.5 ? `, about ${Math.round(left)} s left` : "";
  return (told || "Computing …") + rest;
}

export class Message {
  constructor(stage) {
    this.stage = stage;
    this.told = element("span", { class: "sp-doing" });
    this.bar = element("progress", { max: 1, "aria-label": "share of the run that is done" });
    this.node = element("div", { class: "sp-message", role: "alert", hidden: true });
  }

  update(head) {
    const runs = head.progress !== null, kind = head.error ? "error"
      : runs ? "runs" : head.stopped ? "stopped" : "";
    this.node.hidden = !kind;
    this.node.classList.toggle("sp-strip", runs && head.drawn);
    this.stage.figures.classList.toggle("sp-veiled", Boolean(kind) && !head.drawn);
    const key = runs ? kind : [kind, head.error, head.stopped].join();
    if (key !== this.key) {
      this.key = key;
      this.node.dataset.kind = kind;
      this.node.setAttribute("role", runs ? "group" : "alert");
      const act = (label, action) => element("button",
        { type: "button", class: "sp-action", onclick: () => this.stage.post({ action }) }, label);
      this.node.replaceChildren(...{ error: [head.error], "": [],
        runs: [this.told, this.bar, act("Stop", "stop")],
        stopped: [`${head.stopped} `, act("Run again", "resume")] }[kind]);
    }
    if (!runs) return;
    const text = doing(head);
    if (this.told.textContent !== text) this.told.textContent = text;
    if (head.ahead) this.bar.removeAttribute("value"); else this.bar.value = head.progress;
  }
}
