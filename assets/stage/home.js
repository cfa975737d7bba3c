// The map of the house: links, canvases, one clock. What the canvases show comes from thumbs.js.

import { settle } from "./settle.js";
import { need } from "./stage.js";
import { theme } from "./theme.js";
import { H, STILL, THUMBS, W, pen } from "./thumbs.js";

const FPS = 30;
const AHEAD = 400; // ms after the map is drawn, when the libraries of the first topic are fetched

const element = (tag, name, text) => {
  const e = document.createElement(tag);
  if (name) e.className = name;
  if (text) e.textContent = text;
  return e;
};

function card(topic, open) {
  const box = element("a", "topic"), canvas = element("canvas"), text = element("div", "text");
  box.href = topic.href;
  box.onclick = event => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open(topic.noun);
  };
  const title = element("h2", "", topic.title);
  canvas.setAttribute("aria-hidden", "true");
  if (topic.star) {
    const star = element("span", "star", "★");
    star.setAttribute("aria-hidden", "true");
    title.append("\u00a0", star);
  }
  text.append(element("p", "section", topic.section), title, element("p", "question", topic.question));
  box.append(canvas, text);
  return [box, canvas];
}

function build(root, data, state) {
  const grid = element("div", "grid");
  state.cards = [];
  for (const topic of data.topics) {
    const [box, canvas] = card(topic, noun => state.component.setTriggerValue("open", noun));
    grid.append(box);
    const thumb = { canvas, draw: THUMBS[topic.noun](), still: STILL[topic.noun], seen: false, dirty: true };
    state.cards.push(thumb);
    state.watch.observe(canvas);
  }
  root.replaceChildren(grid);
}

function paint(thumb, t, state) {
  const { canvas } = thumb, scale = canvas.clientWidth * devicePixelRatio / W;
  if (!scale) return;
  const width = Math.round(W * scale), height = Math.round(H * scale);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const ctx = canvas.getContext("2d");
  ctx.setTransform(scale, 0, 0, scale, 0, 0);
  ctx.clearRect(0, 0, W, H);
  ctx.lineJoin = ctx.lineCap = "round";
  thumb.draw(t, pen(ctx, state.colours));
  thumb.dirty = false;
}

function start(root, component) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const state = { component, cards: [], colours: theme(root), last: 0 };
  const refresh = () => { state.colours = theme(root); state.cards.forEach(x => { x.dirty = true; }); };
  state.refresh = refresh;
  state.watch = new IntersectionObserver(entries => entries.forEach(({ target, isIntersecting }) => {
    const thumb = state.cards.find(x => x.canvas === target);
    if (thumb) thumb.seen = isIntersecting;
  }), { rootMargin: "40px" });
  const size = new ResizeObserver(refresh), origin = performance.now();
  size.observe(root);
  calm.addEventListener("change", refresh);
  const tick = now => {
    state.frame = requestAnimationFrame(tick);
    if (now - state.last < 1000 / FPS - 4) return;
    state.last = now;
    for (const thumb of state.cards) {
      if (!thumb.seen) continue;
      if (!calm.matches) paint(thumb, thumb.still + (now - origin) / 1000, state);
      else if (thumb.dirty) paint(thumb, thumb.still, state);
    }
  };
  state.frame = requestAnimationFrame(tick);
  const ahead = setTimeout(() => need(component.data.files), AHEAD);
  state.stop = () => {
    cancelAnimationFrame(state.frame);
    clearTimeout(ahead);
    state.watch.disconnect(); size.disconnect(); calm.removeEventListener("change", refresh);
  };
  return state;
}

const ALIVE = new WeakMap();

/** Called on every change of data or theme, always with the same root. */
export default function home(component) {
  const root = component.parentElement.querySelector(".map");
  let state = ALIVE.get(root);
  if (!state) ALIVE.set(root, (state = start(root, component)));
  state.component = component;
  settle();
  const said = JSON.stringify(component.data);
  if (said !== state.said) { state.said = said; build(root, component.data, state); }
  state.refresh();
}

/** Called when the map leaves the page. */
export function close(parent) {
  const root = parent.querySelector(".map");
  ALIVE.get(root)?.stop();
  ALIVE.delete(root);
}
