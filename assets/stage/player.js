// The player: trajectories are here already, so play, step, step back and scrub cost no message.
// Where a parameter is played instead (`drive`), each frame is a picture of the host.
import { element, fmt } from "./wire.js";

const ICON = {
  start: "M4 3h2v10H4zM13 3v10L7 8z", back: "M11 3v10L4 8zM12 3h2v10h-2z",
  play: "M4 2.5v11l9-5.5z", pause: "M4 3h3v10H4zM9 3h3v10H9z",
  step: "M5 3v10l7-5zM2 3h2v10H2z", end: "M10 3h2v10h-2zM3 3v10l6-5z",
};

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICON[name]);
  svg.append(path);
  return svg;
}

export class Player {
  constructor(stage) {
    this.stage = stage;
    this.k = 0;
    this.phase = 0;
    this.frames = 0;
    this.phases = [];
    this.playing = false;
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    const button = (name, label, onclick) =>
      element("button", { type: "button", class: "sp-play", title: label, "aria-label": label,
        "data-play": name, onclick }, icon(name));
    this.scrub = element("input", { type: "range", min: 0, class: "sp-scrub",
      "aria-label": "iteration k", oninput: () => { this.pause(); this.to(+this.scrub.value); },
      onchange: () => this.keep() });
    this.toggle = button("play", "play", () => {
      if (this.playing) this.pause(); else this.play();
      this.own = true;
    });
    this.speed = element("select", { class: "sp-speed", "aria-label": "speed" },
      ...[["0.1", "0.1×"], ["0.25", "¼×"], ["1", "1×"], ["4", "4×"]].map(([value, label]) =>
        element("option", { value, selected: value === "1" }, label)));
    this.readout = element("output", { class: "sp-readout" });
    this.parts = element("div", { class: "sp-phases", role: "group",
      "aria-label": "inside one step" });
    this.node = element("div", { class: "sp-player", role: "group", "aria-label": "Player" },
      button("start", "to the start", () => { this.pause(); this.to(0); this.keep(); }),
      button("back", "step back", () => this.step(-1)), this.toggle,
      button("step", "step", () => this.step(1)),
      button("end", "to the end", () => { this.pause(); this.to(this.frames - 1); this.keep(); }),
      this.scrub, this.readout, this.speed, this.parts);
  }

  update(head, track) {
    const atEnd = this.frames > 1 && this.k >= this.frames - 1; // a run begins at its first step
    this.track = track;
    this.drive = head.drive;
    if (head.frames !== this.frames) {
      this.frames = head.frames;
      this.scrub.max = Math.max(0, this.frames - 1);
      if (atEnd || this.k > this.frames - 1) this.k = Math.max(0, this.frames - 1);
      if (this.held) this.k = 0;
    }
    if (this.drive) this.k = Math.max(0, Math.min(this.frames - 1, this.stage.values[this.drive]));
    this.node.hidden = this.frames < 2;
    if (JSON.stringify(head.phases) !== JSON.stringify(this.phases)) {
      this.phases = head.phases;
      this.phase = Math.max(0, this.phases.length - 1);
      this.parts.replaceChildren(...this.phases.map((name, i) =>
        element("button", { type: "button", onclick: () => { this.pause(); this.phase = i; this.show(); } },
          name)));
    }
    if (this.phases.length && this.fresh !== head.slug) this.k = Math.min(this.k, 0);
    this.fresh = head.slug;
    this.show();
  }

  /** Frame and phase that panels draw. */
  get now() { return [this.k, this.phases.length ? this.phase : Infinity]; }

  /** A new setting is on stage: its run plays once, unless a link is somewhere inside. */
  open() {
    if (this.drive && this.k > 0) return;
    if (this.from !== undefined) return this.start(this.from);
    this.to(0);
    if (!this.held) this.play();
  }

  /** While a run is computed its newest frame is seen. */
  follow() {
    if (this.held || this.drive) return;
    this.pause();
    this.to(this.frames - 1);
  }

  /** Stand at frame k, now or as soon as the run is here. */
  start(k) {
    this.pause();
    this.from = this.frames ? undefined : k;
    if (this.frames && !this.held) this.to(k);
  }

  /** While a question is open the run stands at its first step. */
  hold(on) {
    if (Boolean(this.held) === on) return;
    this.held = this.node.inert = on;
    this.pause();
    if (!this.drive) this.to(0);
    if (!on && this.stage.counters.autoplay && !this.drive && !this.phases.length) this.play();
  }

  play() {
    if (this.frames < 2) return;
    if (this.calm.matches) return this.to(this.frames - 1);
    if (this.k >= this.frames - 1) this.k = 0;
    this.playing = true;
    this.face();
    let last = performance.now(), exact = this.k;
    const run = this.run = {};
    const tick = (now) => {
      if (!this.playing || this.run !== run || !this.node.isConnected) return;
      const natural = this.phases.length ? 1.2 : this.drive ? Math.max(4, this.frames / 12) : Math.max(5, Math.min(120, this.frames / 5));
      exact += ((now - last) / 1000) * natural * +this.speed.value;
      last = now;
      if (this.phases.length) {
        this.phase = Math.min(this.phases.length - 1,
          Math.floor((exact - Math.floor(exact)) * this.phases.length));
      }
      this.to(Math.min(this.frames - 1, Math.floor(exact)));
      if (exact >= this.frames - 1) return this.pause();
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  pause() {
    if (this.playing && this.phases.length) this.phase = this.phases.length - 1;
    // a run that started by itself leaves no trace in the address
    if (this.playing && this.own) this.keep();
    this.playing = this.own = false;
    this.face();
  }

  face() {
    const name = this.playing ? "pause" : "play";
    this.toggle.replaceChildren(icon(name));
    this.toggle.setAttribute("aria-label", name);
    this.toggle.title = name;
  }

  step(by) {
    this.pause();
    const n = this.phases.length;
    if (!n) { this.to(this.k + by); return this.keep(); }
    const next = this.phase + by;
    if (next >= 0 && next < n) { this.phase = next; return this.show(); }
    const k = this.k + by;
    if (k < 0 || k > this.frames - 1) return;
    this.phase = by > 0 ? 0 : n - 1;
    this.to(k);
  }

  to(k) {
    const before = this.k;
    this.k = Math.max(0, Math.min(this.frames - 1, k));
    if (this.drive && this.k !== before) this.stage.change({ [this.drive]: this.k }, false);
    this.show();
  }

  keep() { if (this.drive) this.stage.commit(300); }

  show() {
    const [name, column] = this.drive ? Object.entries(this.track ?? {})[0] ?? [] : [];
    const at = column?.[this.k] ?? this.k;
    const parts = [`${name || this.drive || "k"} = ${fmt(at, 4)}`];
    const f = this.track?.f;
    if (f && !this.drive && this.k < f.length) parts.push(`f = ${fmt(f[this.k], 3)}`);
    const text = parts.join("   ");
    if (+this.scrub.value !== this.k) this.scrub.value = this.k;
    if (this.readout.textContent !== text) {
      this.readout.textContent = text;
      this.scrub.setAttribute("aria-valuetext", parts.join(", "));
    }
    [...this.parts.children].forEach((node, i) =>
      node.setAttribute("aria-pressed", i === this.phase));
    this.stage.schedule();
  }
}
