// Words under the figure: formula with numbers, theorem checks, code, downloads.
import { element, fmt, texNumber } from "./wire.js";

export class Formula {
  constructor() {
    this.node = element("div", { class: "sp-formula", hidden: true, tabindex: 0, role: "region",
      "aria-label": "The formula with your numbers" });
  }

  update(lines, track, k) {
    this.node.hidden = !lines.length;
    while (this.node.children.length > lines.length) this.node.lastChild.remove();
    while (this.node.children.length < lines.length) this.node.append(element("div", {}));
    lines.forEach((line, i) => {
      const tex = line.replace(/@(\w+?)(\+1)?@/g, (_, name, next) => {
        const column = track[name];
        return column ? texNumber(column[k + (next ? 1 : 0)]) : "\\text{–}";
      });
      const node = this.node.children[i];
      if (node.dataset.tex === tex) return;
      node.dataset.tex = tex;
      window.katex.render(tex, node, { throwOnError: false, trust: true, strict: false,
        displayMode: false, macros: { "\\role": "\\htmlClass{sp-is-#1}{#2}" } });
    });
  }
}

export class Checks {
  constructor() {
    this.body = element("tbody", {});
    this.node = element("section", { class: "sp-checks", "aria-label": "Theorem checks" },
      element("h3", {}, "Theorem checks, with your numbers"),
      element("div", { class: "sp-scroll", tabindex: 0, role: "region",
        "aria-label": "Theorem checks table" },
      element("table", {}, element("thead", {}, element("tr", {},
        ...["", "statement", "claim", "left", "", "right", "margin"].map((name) =>
          name ? element("th", { scope: "col" }, name) : element("td", {})))), this.body)));
  }

  update(checks) {
    this.node.hidden = !checks.length;
    const key = JSON.stringify(checks);
    if (key === this.key) return;
    this.key = key;
    while (this.body.children.length > checks.length) this.body.lastChild.remove();
    while (this.body.children.length < checks.length) {
      this.body.append(element("tr", {}, ...Array.from({ length: 7 }, () => element("td", {}))));
    }
    checks.forEach((check, i) => {
      const row = this.body.children[i], cells = row.children;
      const state = !check.applies ? "silent" : check.holds ? "holds" : "fails";
      row.className = `sp-${state}`;
      const mark = { holds: "✓", fails: "✗", silent: "–" }[state];
      const word = { holds: "holds", fails: "fails", silent: "does not apply" }[state];
      cells[0].replaceChildren(element("span", { class: "sp-mark", role: "img",
        "aria-label": word, title: word }, mark));
      cells[1].textContent = check.id;
      cells[2].replaceChildren(check.claim,
        ...(check.why ? [element("small", {}, check.applies ? check.why
          : `hypothesis fails: ${check.why}`)] : []));
      cells[3].textContent = fmt(check.lhs, 5);
      cells[4].textContent = check.relation;
      cells[5].textContent = fmt(check.rhs, 5);
      cells[6].textContent = check.applies ? fmt(check.margin, 2) : "";
    });
  }
}

export function save(name, blob) {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

export { csv } from "./csv.js";

export async function exportFigure(stage, format) {
  for (const panel of stage.panels) {
    const { data, layout } = await panel.figure(stage.cache);
    const url = await window.Plotly.toImage({ data, layout },
      { format, width: 900, height: 600, scale: format === "png" ? 2 : 1 });
    const blob = await (await fetch(url)).blob();
    save(`saddlepoint-${stage.head.slug}-${panel.name}.${format}`, blob);
  }
}

/** Copy a text, and say so on the button. */
export async function copy(text, button) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    const area = element("textarea", {});
    area.value = text;
    document.body.append(area);
    area.select();
    button.textContent = document.execCommand("copy") ? "Copied" : "Press Ctrl+C";
    area.remove();
  }
  setTimeout(() => { button.textContent = label; }, 1500);
}
