// Theorem checks: the two or three that matter, the others on request; both sides, with the mark.
import { element, fmt } from "./wire.js";

const FIRST = 3;
const MARKS = { holds: ["✓", "holds"], fails: ["✗", "fails"], silent: ["–", "does not apply"] };

const state = (check) => (!check.applies ? "silent" : check.holds ? "holds" : "fails");

/** The checks that stand open: what fails, and the first few that apply. */
export function leading(checks) {
  const shown = checks.filter((check) => state(check) === "fails");
  for (const one of checks.filter((check) => state(check) === "holds")) {
    if (shown.length < FIRST) shown.push(one);
  }
  return checks.filter((check) => shown.includes(check));
}

/** Both sides as text: what differs by rounding alone says so. */
export function sides({ lhs, relation, rhs, holds, applies }) {
  if (!applies) return "";
  const residue = relation === "=" && holds && rhs === 0 && lhs !== 0 && Math.abs(lhs) < 1e-6;
  if (residue) return "equal, to rounding";
  const [left, right] = [fmt(lhs, 5), fmt(rhs, 5)];
  if (relation === "=" && holds && lhs !== rhs && left === right) return `${left} = ${right}, to rounding`;
  return `${left} ${relation} ${right}`;
}

export class Checks {
  constructor() {
    this.list = element("ul", { class: "sp-checklist" });
    this.rest = element("ul", { class: "sp-checklist" });
    this.summary = element("summary", {});
    this.fold = element("details", {}, this.summary, this.rest);
    this.node = element("section", { class: "sp-checks", "aria-label": "Theorem checks" },
      element("h3", {}, "Theorems, checked with your numbers"), this.list, this.fold);
  }

  update(head) {
    const checks = head.checks.filter((check) => head.misprints || !check.misprint);
    this.node.hidden = !checks.length;
    const key = JSON.stringify(checks);
    if (key === this.key) return;
    this.key = key;
    const first = leading(checks), others = checks.filter((check) => !first.includes(check));
    this.list.replaceChildren(...first.map((check) => this.item(check, head.names)));
    this.rest.replaceChildren(...others.map((check) => this.item(check, head.names)));
    this.fold.hidden = !others.length;
    this.summary.textContent = `${others.length} more`;
  }

  item(check, names) {
    const kind = state(check), [mark, word] = MARKS[kind];
    const { id, claim, why, applies } = check;
    const told = why ? (applies ? why : `does not apply here: ${why}`) : "";
    const link = id && element("a", { class: "sp-statement", title: id,
      href: new URL(`sheet?q=${encodeURIComponent(id)}`, document.baseURI).href }, names[id] ?? id);
    return element("li", { class: `sp-${kind}`, "data-id": id },
      element("span", { class: "sp-mark", role: "img", "aria-label": word, title: word }, mark),
      element("span", { class: "sp-claim" }, claim, ...(told ? [element("small", {}, told)] : []),
        ...(link ? [link] : [])),
      element("output", { class: "sp-sides" }, sides(check)));
  }
}
