// The stage: one live component that draws pictures in place and speaks back while a finger drags.
import { Line } from "./line.js";
import { compose, element, resolve, unpack } from "./wire.js";
import { theme } from "./theme.js";
import { Panel } from "./panel.js";
import { Controls } from "./controls.js";
import { Player } from "./player.js";
import { receiveFiles } from "./files.js";
import { About, Presets } from "./about.js";
import { Asking } from "./asking.js";
import { Checks } from "./checks.js";
import { Message } from "./message.js";
import { Actions } from "./actions.js";
import { saw } from "./seen.js";
import { Formula } from "./text.js";

// view=stage for the lecture hall, view=figure for a frame in another page
for (const view of new URLSearchParams(location.search).getAll("view")) {
  if (["stage", "figure"].includes(view)) document.documentElement.classList.add(`sp-view-${view}`);
}

const STAGES = new WeakMap();
const BASE = new URL(".", import.meta.url);
let uids = 0;

function load(tag, attributes) {
  return new Promise((ready, failed) => {
    const node = element(tag, { ...attributes, onload: ready, onerror: failed });
    document.head.append(node);
  });
}

let libraries = null;

/** The libraries of a picture, loaded once; Home asks for them ahead of the first topic. */
export function need(files) {
  const at = (name) => new URL(name, BASE).href;
  libraries ??= Promise.all([
    load("link", { rel: "stylesheet", href: at("stage.css") }),
    load("link", { rel: "stylesheet", href: at("panel.css") }),
    load("link", { rel: "stylesheet", href: at(files.katexCss) }),
    load("script", { src: at(files.katex) }), load("script", { src: at(files.plotly) }),
  ]);
  return libraries;
}

export default function stage(component) {
  const host = component.parentElement.querySelector(".sp-stage");
  let one = STAGES.get(host);
  if (!one) STAGES.set(host, one = new Stage(host));
  one.receive(component);
  return () => { one.destroy(); STAGES.delete(host); };
}

class Stage {
  constructor(host) {
    this.host = host;
    this.uid = uids++;
    this.cache = new Map();
    this.panels = [];
    this.values = {};
    this.line = new Line();
    this.who = crypto.randomUUID?.() ?? String(Math.random());
    this.held = new Map();
    this.inputs = new Map();
    this.counters = window.__stage = { mounts: 0, reacts: 0, pictures: 0, sent: 0, latencies: [],
      autoplay: true, ack: 0 };
    Object.defineProperties(this.counters, { values: { get: () => ({ ...this.values }) },
      slug: { get: () => this.shown?.slug },
      frame: { get: () => this.player?.k },
      busy: { get: () => !this.line.idle || Boolean(this.timer) || Boolean(this.talking) } });
    this.resize = new ResizeObserver(() => {
      this.controls.resized();
      if (this.head) this.controls.update(this.head.params, this.values);
    });
  }

  destroy() {
    this.resize.disconnect();
    this.forget?.();
    this.player?.pause();
    for (const panel of this.panels) panel.destroy();
  }

  build() {
    this.about = new About();
    this.presets = new Presets(this);
    this.asking = new Asking(this);
    this.ask = element("p", { class: "sp-ask" });
    this.controls = new Controls(this);
    this.player = new Player(this);
    this.main = element("div", { class: "sp-main" });
    this.side = element("div", { class: "sp-side" });
    this.message = new Message(this);
    this.figures = element("div", { class: "sp-body" }, this.controls.node, this.main, this.side,
      this.player.node, this.message.node);
    this.forget = receiveFiles(this, this.figures);
    this.says = element("p", { class: "sp-says", role: "status" });
    this.formula = new Formula();
    this.checks = new Checks();
    this.pins = element("div", { class: "sp-pins", role: "group", "aria-label": "Pinned settings" });
    this.actions = new Actions(this);
    this.about.node.prepend(this.asking.chips);
    this.host.replaceChildren(this.about.node, this.presets.node, this.asking.node, this.ask, this.says,
      this.figures, this.actions.node, this.pins, this.formula.node, this.checks.node,
      this.actions.codebox);
    this.resize.observe(this.controls.node);
    const k = Number(new URLSearchParams(location.hash.slice(1)).get("k"));
    if (k > 0) this.player.start(k);
    this.built = true;
  }

  receive(component) {
    this.component = component;
    this.take(component.data);
  }

  take(data) {
    const { head: parts, missing } = unpack(data, this.cache);
    if (missing.length) return this.post({ action: "need", have: [] });
    const { server, adopt } = this.line.answered(parts, this.gesture || this.timer);
    if (server) this.gesture = this.kept = null;
    if (adopt) {
      this.values = { ...parts.values };
      this.held.clear();
    }
    const head = compose(parts, this.cache, this.head);
    head.finished = typeof this.head?.progress === "number" && head.progress === null && !head.error;
    head.drawn = Boolean(head.panels); // of a long run: whether any of it is on the stage
    if (head.panels) this.good = head; else if (this.good) this.borrow(head);
    this.head = head;
    this.counters.ack = this.line.ack;
    const next = this.line.next();
    if (next) this.dispatch(next);
    if (head.progress !== null && this.line.idle) this.post({ action: "run" });
    this.fresh ||= server;
    need(head.files).then(() => this.newest(head));
  }

  // While the libraries load newer pictures may come, and take the arrays of older ones with them.
  newest(head) {
    if (head !== this.head) return;
    const { fresh } = this;
    this.fresh = false;
    this.show(head, fresh);
  }

  // An error or a long computation keeps the last good picture under its message.
  borrow(head) {
    if (this.good.slug !== head.slug) return;
    for (const name of ["panels", "frames", "track", "formula", "phases", "drive", "wide"]) {
      head[name] = this.good[name];
    }
    head.drawn = Boolean(head.run) && head.run === this.good.run;
  }

  show(head, server) {
    if (!this.built) this.build();
    // asked for again only when no new picture came: that is how a change of theme arrives
    if (!this.colours || head.ack === this.shownAck) this.colours = theme(this.host);
    this.shownAck = head.ack;
    const { colours } = this;
    this.host.classList.toggle("sp-dark", colours.dark);
    this.about.update(head);
    this.presets.update(head);
    this.asking.update(head);
    this.controls.update(head.params, this.values, `${head.slug} ${head.misprints}`);
    this.message.update(head);
    this.showPins(head);
    this.actions.node.hidden = !head.panels;
    const { open } = this.asking, ask = open || this.asking.verdict ? "" : this.presets.on?.ask ?? "";
    this.host.classList.toggle("sp-covering", Boolean(open));
    if (this.ask.textContent !== ask) this.ask.textContent = ask;
    if (!head.panels) { this.clearPanels(); this.words(); return; }
    this.arrange(head);
    this.track = resolve(head.track, this.cache);
    const seen = this.seen(head);
    const pending = this.panels.map((panel, i) =>
      panel.update(seen[i], this.cache, colours)).filter(Boolean);
    this.player.update(head, this.track);
    this.player.hold(Boolean(open));
    if (head.progress !== null && head.drawn) this.player.follow();
    for (const panel of this.panels) panel.cover(Boolean(open) && !open.shows.includes(panel.name));
    this.words();
    if (!open && !head.run) saw(this.asking.place);
    if (pending.length) Promise.all(pending).then(() => this.schedule());
    this.schedule();
    if (server) for (const panel of this.panels) panel.home();
    const fresh = server || (head.finished && head.drive);
    if (fresh && !open && this.counters.autoplay && head.frames > 1 && !head.phases.length && !head.error) {
      Promise.all(pending).then(() => this.player.open());
    }
    this.shown = head;
    const since = this.inputs.get(head.ack);
    for (const seq of [...this.inputs.keys()]) if (seq <= head.ack) this.inputs.delete(seq);
    if (since) {
      requestAnimationFrame(() => {
        const { latencies } = this.counters;
        latencies.push(performance.now() - since);
        if (latencies.length > 1000) latencies.splice(0, 500);
      });
    }
  }

  // Words come five times a second while a finger drags, pictures as fast as they can; a picture
  // that stays without words asks for them.
  words() {
    clearTimeout(this.talking);
    this.talking = null;
    if (this.line.silent) {
      this.talking = setTimeout(() => {
        this.talking = null;
        if (this.line.idle && this.line.silent) this.post({ p: { ...this.values }, words: true });
      }, 200);
      return;
    }
    const { head } = this;
    if (this.says.textContent !== head.says) this.says.textContent = head.says ?? "";
    this.checks.update(head);
    for (const panel of this.panels) panel.describe();
    this.actions.words(head);
    this.wordy = true;
    this.schedule();
  }

  clearPanels() {
    for (const panel of this.panels) panel.destroy();
    this.panels = [];
    this.arranged = null;
    this.player.node.hidden = true;
    this.formula.update([], {}, 0);
  }

  // The panels on show: the first ones, and the others on request or as part of a question.
  seen(head) {
    const { open } = this.asking;
    return head.panels.filter((panel, i) => i < head.first || this.opened
      || open?.shows.includes(panel.name));
  }

  unfold() {
    this.opened = !this.opened;
    this.show(this.head, false);
  }

  arrange(head) {
    const seen = this.seen(head), others = head.panels.length - head.first;
    const key = head.slug + seen.map((p) => p.name + Boolean(p.layout.scene)).join();
    this.figures.classList.toggle("sp-wide", head.wide);
    this.figures.dataset.panels = seen.length;
    this.actions.update(others, this.opened);
    if (key === this.arranged) return;
    this.clearPanels();
    this.arranged = key;
    this.panels = seen.map((spec) => new Panel(this, spec.name));
    this.panels.forEach((panel, i) => (i ? this.side : this.main).append(panel.node));
  }

  showPins(head) {
    const key = JSON.stringify(head.pins);
    if (this.pins.dataset.key === key) return;
    this.pins.dataset.key = key;
    this.pins.hidden = !head.pins.length;
    this.pins.replaceChildren(...head.pins.map((pin, i) => element("div", { class: "sp-pin" },
      element("button", { type: "button", title: "go back to this setting",
        onclick: () => this.change(pin.values, true, true) },
      element("b", {}, `pin ${i + 1}`), ` ${pin.label}`),
      element("span", {}, pin.says),
      element("button", { type: "button", "aria-label": `remove pin ${i + 1}`, title: "remove",
        onclick: () => this.post({ action: "unpin", index: i }) }, "×"))));
  }

  param(name) { return this.head.params.find((param) => param.name === name); }

  // commit: true now, false not yet (a drag), "later" debounced (keys), "quiet" do not even send.
  change(patch, commit, replay = false) {
    Object.assign(this.values, patch);
    if (!this.kept) this.head.asking = 0; // who moves something has left the question
    this.controls.sync(patch);
    this.inputAt = performance.now();
    if (replay) this.replay = true;
    if (commit === "quiet") return;
    if (commit === "later") this.commit(400);
    this.send({ commit: commit === true });
  }

  // What the pointer passes over is shown, not kept.
  peek(patch) {
    if (!this.head.live || this.asking.open) return;
    this.player.pause();
    this.kept ??= { ...this.values };
    this.change(patch, false);
  }

  unpeek() {
    if (!this.kept) return;
    const back = this.kept;
    this.kept = null;
    this.change(back, false);
  }

  keep(patch) {
    this.player.pause();
    this.kept = null;
    this.change(patch, true);
  }

  commit(delay) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = null;
      this.inputAt = performance.now();
      this.send({ commit: true });
    }, delay);
  }

  send(message) {
    const full = { ...message, p: { ...this.values }, replay: this.replay, at: this.inputAt };
    this.replay = false;
    if (full.commit) { clearTimeout(this.timer); this.timer = null; }
    const now = this.line.offer(full);
    if (now) this.dispatch(now);
  }

  // What cannot wait for the answer before it.
  post(message) { this.dispatch(this.line.stamp(message)); }

  dispatch(message) {
    this.counters.sent++;
    this.inputs.set(message.seq, message.at ?? performance.now());
    const full = { slug: this.head?.slug, have: [...this.cache.keys()], ...message };
    if (this.head?.live && this.line.passing(full)) this.hurry(full);
    else this.component.setTriggerValue("set", full);
  }

  // While a finger drags, the picture alone is asked for; what is committed goes through the page.
  async hurry(message) {
    const { line } = this, { rev } = line;
    const page = () => this.component.setTriggerValue("set", message);
    try {
      const reply = await fetch(new URL(this.head.live, document.baseURI), { method: "POST",
        body: JSON.stringify({ ...message, who: this.who, rev, misprints: this.head.misprints,
          pins: this.head.pins.map((pin) => pin.values) }) });
      // another tab or preset came meanwhile: what was asked for is of no interest any more
      if (reply.status === 204 || line.rev !== rev) {
        line.superseded(message.seq);
        const next = line.next();
        return next && this.dispatch(next);
      }
      if (reply.status === 409) return page(); // a long computation
      if (reply.status === 503) return setTimeout(page, 500);
      if (!reply.ok) throw new Error(reply.status);
      const data = new Uint8Array(await reply.arrayBuffer());
      if (message.seq > line.ack) this.take(data);
    } catch {
      line.deaf = true; // a server or a proxy without the short way
      page();
    }
  }

  refuse(sentence) {
    this.message.update({ ...this.head, error: sentence });
  }

  pendingHandle(node) { return this.held.get(node); }

  holdHandle(node, at) { this.held.set(node, at); }

  schedule() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = null;
      if (!this.head?.panels) return;
      this.counters.pictures++;
      const { k, phase } = this.player;
      const shown = this.player.phases.length ? phase : Infinity;
      for (const panel of this.panels) panel.draw(k, shown);
      if (this.gesture && !this.wordy) return;
      this.wordy = false;
      // the last iterate has no next one: the formula stays at the last step
      const step = this.head.drive ? 0 : Math.max(0, Math.min(k, this.head.frames - 2));
      this.formula.update(this.head.formula, this.track ?? {}, step);
    });
  }
}
