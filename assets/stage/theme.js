// The one colour language: roles to colours, per theme. Each role also has a dash and a symbol.

const LIGHT = {
  data: "#4a4f57", model: "#0072b2", force: "#c97b00", theory: "#23272e", wrong: "#d0490c",
  good: "#00805c", second: "#3390c4", third: "#b0558c", fourth: "#857200", ink: "#23272e",
  faint: "#a9adb3", low: [250, 248, 242], high: [176, 194, 214], iso: "rgba(52,76,110,.34)",
  grid: "#e9e6df", halo: "rgba(253,252,249,.92)",
};
const DARK = {
  data: "#c3c8d0", model: "#5cb3ec", force: "#f2ad3a", theory: "#e8e6e1", wrong: "#ff8145",
  good: "#35cfa0", second: "#a3d8f7", third: "#e79fc8", fourth: "#e3d65a", ink: "#e8e6e1",
  faint: "#6a717c", low: [23, 27, 34], high: [62, 84, 112], iso: "rgba(172,196,226,.30)",
  grid: "#2a2f38", halo: "rgba(20,23,29,.9)",
};
export const DASH = {
  data: [], model: [], force: [], theory: [7, 5], wrong: [10, 3, 2, 3], good: [], second: [9, 4],
  third: [3, 3], fourth: [14, 4, 3, 4], ink: [], faint: [],
};
export const SYMBOL = {
  data: "circle", model: "circle", force: "triangle", theory: "circle", wrong: "cross",
  good: "star", second: "square", third: "diamond", fourth: "down", ink: "circle", faint: "circle",
};
export const PLOTLY_DASH = {
  theory: "7px,5px", wrong: "10px,3px,2px,3px", second: "9px,4px", third: "3px,3px",
  fourth: "14px,4px,3px,4px",
};

const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

function luminance(colour) {
  const [r, g, b] = colour.map((v) => (v <= 10 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** WCAG's contrast of two colours [r, g, b], 1 to 21. */
export function contrast(a, b) {
  const [low, high] = [luminance(a), luminance(b)].sort((p, q) => p - q);
  return (high + 0.05) / (low + 0.05);
}

// A colour for text: moved towards ink until it can be read on paper.
function readable(colour, paper, ink) {
  for (let t = 0; t < 1; t += 0.04) {
    const mixed = colour.map((v, i) => Math.round(v + t * (ink[i] - v)));
    if (contrast(mixed, paper) >= 4.6) return `rgb(${mixed.join(",")})`;
  }
  return `rgb(${ink.join(",")})`;
}

/** The palette on a paper [r, g, b]; `words` are the colours of its labels. */
export function palette(dark, paper) {
  const roles = dark ? DARK : LIGHT, ink = rgb(roles.ink);
  const words = Object.fromEntries(Object.keys(DASH).map((role) =>
    [role, readable(rgb(roles[role]), paper, ink)]));
  return { ...roles, dark, words };
}

/** The colours of print: light, on white. */
export const onPaper = (colours) => ({ ...palette(false, [255, 255, 255]), background: "#ffffff",
  text: LIGHT.ink, halo: "rgba(255,255,255,.92)", sans: colours.sans, scale: 1, paper: true, key: "paper" });

export function theme(node) {
  const style = getComputedStyle(node);
  const read = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
  const background = read("--st-background-color", "#fdfcf9");
  const text = read("--st-text-color", "#23272e");
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = background;
  probe.fillRect(0, 0, 1, 1);
  const paper = [...probe.getImageData(0, 0, 1, 1).data].slice(0, 3);
  const dark = 0.299 * paper[0] + 0.587 * paper[1] + 0.114 * paper[2] < 128;
  const scale = +read("--sp-scale", "1") || 1; // the lecture hall reads from the last row
  return { ...palette(dark, paper), background, text, scale, sans: read("--st-font", "Inter, sans-serif"),
    key: background + text + scale };
}
