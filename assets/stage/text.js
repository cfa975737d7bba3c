// Words under the figure: the formula with numbers, and downloads.
import { element, texNumber } from "./wire.js";

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
      const tex = line.replace(/@([\p{L}\p{N}_]+)(\+1)?@/gu, (_, name, next) => {
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

export function save(name, blob) {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
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
