// The experiments of a page as links, and the question of the one on stage.
import { settle } from "./settle.js";
import { element } from "./wire.js";

export default function tabs(component) {
  settle();
  const { topic, current, question, experiments } = component.data;
  const root = component.parentElement.querySelector(".sp-tabs");
  const key = JSON.stringify(component.data);
  root.open = (slug) => component.setTriggerValue("open", slug);
  if (root.dataset.key === key) return;
  root.dataset.key = key;
  const links = experiments.map(({ slug, title }) => element("a", {
    href: new URL(`${topic}?exp=${slug}`, document.baseURI).href,
    "aria-current": slug === current ? "page" : null,
    onclick: (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
      event.preventDefault();
      if (slug !== current) root.open(slug);
    },
  }, title));
  const had = root.contains(document.activeElement); // the chosen tab keeps the focus
  const list = element("nav", { "aria-label": "Experiments" }, ...links);
  root.replaceChildren(list, element("h1", {}, question));
  const chosen = list.querySelector("[aria-current]");
  chosen?.scrollIntoView({ block: "nearest", inline: "center" });
  if (had) chosen?.focus({ preventScroll: true });
}
