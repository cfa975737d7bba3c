// The page on paper: every panel is drawn anew for the width and the colours of the sheet.

const PANELS = new Set();
const root = document.documentElement;

/** Keep a panel drawn for what it is shown on; returns how to stop. */
export function onPage(panel) {
  PANELS.add(panel);
  return () => PANELS.delete(panel);
}

function print(on) {
  if (root.classList.contains("sp-print") === on) return;
  root.classList.toggle("sp-print", on);
  for (const panel of PANELS) panel.paper(on);
}

window.addEventListener("beforeprint", () => print(true));
window.addEventListener("afterprint", () => print(false));
matchMedia("print").addEventListener("change", (event) => print(event.matches));
