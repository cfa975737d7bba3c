// A picture as a file: title, panels, settings and address on one sheet, drawn by the same painters.
import { axes, cut, scene } from "./axes.js";
import { mapping } from "./panel.js";
import { Drawing, safe } from "./svg.js";
import { save } from "./text.js";
import { element, fmt } from "./wire.js";

const WIDTH = 900, HEIGHT = 560, EDGE = 24, LINE = 18;

/** The experiment, every parameter that is not at its default, and the address. */
export function caption(head, values, title, address) {
  const usual = head.presets[0].values;
  const told = head.params.filter(({ name }) => values[name] !== usual[name])
    .map(({ name, label, options }) => `${label} = ${options?.[values[name]] ?? fmt(values[name])}`);
  return [`${title}: ${told.join(", ") || "every setting as at the start"}.`, address];
}

function wrapped(text, size, colours, room) {
  const pen = new Drawing(), lines = [""];
  pen.font = `${size}px ${colours.sans}`;
  for (const word of text.split(/(?<=[ ,&?])/)) {
    if (lines.at(-1) && pen.measureText(lines.at(-1) + word).width > room) lines.push("");
    lines[lines.length - 1] += word;
  }
  return lines;
}

// One panel of so many pixels, as SVG.
async function drawing(panel, size) {
  const colours = { ...panel.colours, scale: size[0] > 500 ? 1.2 : 1 }, { spec } = panel;
  const node = element("div", { style: "position:fixed;left:-9999px;top:0" });
  document.body.append(node);
  try {
    const field = panel.moving.some((trace) => trace.type !== "scatter");
    const draw = (more) => window.Plotly.react(node, panel.scene ? panel.gd.data : panel.data,
      panel.scene ? scene(spec, size, colours, panel.gd._fullLayout.scene._scene.getCamera())
        : axes(spec, size, colours, { ranges: panel.ranges(), more, field }), { staticPlot: true });
    await draw({});
    if (!panel.scene) await draw(cut(node._fullLayout, colours));
    const tick = node._fullLayout.xaxis?.tickfont.size ?? 11 * colours.scale;
    const drawn = await window.Plotly.toImage(node, { format: "svg", imageDataOnly: true,
      width: size[0], height: size[1] });
    const frame = drawn.replace(/^<svg[^>]*>/, (tag) => tag.replace(/ (style|class)="[^"]*"/g, ""))
      // plotly writes powers of ten larger than other ticks, and what lies between them smaller
      .replaceAll(`font-size: ${1.25 * tick}px`, `font-size: ${tick}px`)
      .replaceAll(`font-size: ${0.75 * tick}px`, `font-size: ${tick}px`);
    if (panel.scene) return frame;
    const s = mapping(node._fullLayout), under = new Drawing(), over = new Drawing();
    panel.fields(under, s, colours);
    panel.paths(over, s, ...panel.stage.player.now, new Map(), colours);
    for (const { x, y, role } of spec.handles) {
      over.beginPath();
      over.arc(s.X(x) / colours.scale, s.Y(y) / colours.scale, 6);
      Object.assign(over, { fillStyle: colours.background, lineWidth: 3, globalAlpha: 1,
        strokeStyle: colours[role] ?? colours.ink });
      over.fill();
      over.stroke();
    }
    const scaled = (part) => `<g transform="scale(${colours.scale})">${part.text}</g>`;
    return scaled(under) + frame + scaled(over);
  } finally {
    window.Plotly.purge(node);
    node.remove();
  }
}

// Where each panel of a sheet lies: the first large, the others in a row under it.
function places(count) {
  const rest = count - 1, width = (WIDTH - (rest - 1) * EDGE) / Math.max(1, rest);
  const height = Math.min(420, Math.max(240, 0.72 * width));
  return Array.from({ length: count }, (_, i) => (i
    ? [(i - 1) * (width + EDGE), HEIGHT + 40, width, height] : [0, 0, WIDTH, HEIGHT]));
}

/** Several panels with their caption as one SVG. */
export async function sheet(panels, colours, title, told) {
  const out = [], pen = new Drawing(), lines = told.flatMap((text) => wrapped(text, 13, colours, WIDTH));
  const boxes = places(panels.length);
  const write = (text, x, y, size, weight, colour) => {
    Object.assign(pen, { font: `${weight} ${size}px ${colours.sans}`, fillStyle: colour });
    pen.fillText(text, x, y);
  };
  write(title, EDGE, EDGE + 16, 20, 600, colours.text);
  for (const [i, panel] of panels.entries()) {
    const [x, y, w, h] = boxes[i], left = EDGE + x, top = EDGE + 32 + y;
    const [first] = wrapped(panel.spec.title, 14, colours, 4000);
    const fits = Math.min(14, (14 * w) / Math.max(1, pen.measureText(first).width));
    write(first, left, top + 16, Math.max(9, fits), 500, colours.text);
    out.push(`<g transform="translate(${left} ${top + 26})">${await drawing(panel, [w, h])}</g>`);
  }
  const bottom = EDGE + 32 + Math.max(...boxes.map(([, y, , h]) => y + h)) + 52;
  lines.forEach((line, i) => write(line, EDGE, bottom + i * LINE, 13, 400, colours.words.faint));
  const size = [WIDTH + 2 * EDGE, bottom + lines.length * LINE + EDGE - 10];
  return { size, text: `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"`
    + ` width="${size[0]}" height="${size[1]}" viewBox="0 0 ${size.join(" ")}"><title>${safe(title)}</title>`
    + `<desc>${safe(panels.map((panel) => panel.spec.alt).join(" "))}</desc><rect width="100%" height="100%"`
    + ` fill="${colours.background}"/>${out.join("\n")}${pen.text}</svg>` };
}

// The page's own fonts: a picture in an <img> may not ask for them.
async function fonts() {
  const rules = [...document.styleSheets].flatMap((one) => {
    try { return [...one.cssRules]; } catch { return []; }
  }).filter((rule) => rule instanceof CSSFontFaceRule && /Inter/.test(rule.style.fontFamily));
  const faces = await Promise.all(rules.map(async (rule) => {
    const url = rule.cssText.match(/url\("?([^")]+)"?\)/)?.[1];
    const blob = await (await fetch(new URL(url, document.baseURI))).blob();
    const data = await new Promise((ready) => {
      const reader = new FileReader();
      reader.onload = () => ready(reader.result);
      reader.readAsDataURL(blob);
    });
    return rule.cssText.replace(/url\("?[^")]+"?\)/, `url("${data}")`);
  }).map((face) => face.catch(() => "")));
  return faces.join("\n");
}

async function png({ text, size }) {
  const dressed = text.replace("<desc>", `<style>${await fonts()}</style><desc>`);
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([dressed], { type: "image/svg+xml" }));
  await image.decode();
  const canvas = element("canvas", { width: 2 * size[0], height: 2 * size[1] });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  return new Promise((ready) => canvas.toBlob(ready, "image/png"));
}

/** One file with all panels that are not covered, then one for each of them. */
export async function exportFigure(stage, format) {
  const { head, values } = stage, panels = stage.panels.filter((panel) => !panel.covered);
  const title = document.querySelector(".sp-tabs [aria-current]")?.textContent || head.slug;
  const told = caption(head, values, title, location.href);
  const files = [["", panels], ...(panels.length > 1 ? panels.map((panel) => [`-${panel.name}`, [panel]]) : [])];
  for (const [name, chosen] of files) {
    if (!chosen.length) continue;
    const made = await sheet(chosen, chosen[0].colours, title, told);
    const blob = format === "png" ? await png(made) : new Blob([made.text], { type: "image/svg+xml" });
    save(`saddlepoint-${head.slug}${name}.${format}`, blob);
  }
}
