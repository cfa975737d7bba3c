// As much of a canvas's context as the painters use, writing SVG instead.

const STATE = { globalAlpha: 1, lineWidth: 1, lineJoin: "miter", lineCap: "butt", strokeStyle: "#000",
  fillStyle: "#000", font: "12px sans-serif", textAlign: "start", textBaseline: "alphabetic", dash: [] };
const short = (v) => +v.toFixed(2);
let clips = 0;
let pen = null;

export const safe = (text) => String(text).replace(/[&<>"]/g, (c) =>
  ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);

/** An image, a canvas or a decoded picture as an address that a file can hold. */
function address(image) {
  const canvas = document.createElement("canvas");
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL(...(image instanceof ImageBitmap ? ["image/jpeg", 0.92] : []));
}

export class Drawing {
  constructor() {
    Object.assign(this, STATE);
    this.out = [];
    this.saved = [];
    this.d = "";
  }

  get text() { return this.out.join("\n"); }

  save() { this.saved.push({ clipped: 0, ...this.now() }); }

  restore() {
    const { clipped, ...state } = this.saved.pop();
    this.out.push("</g>".repeat(clipped));
    Object.assign(this, state);
  }

  now() { return Object.fromEntries(Object.keys(STATE).map((name) => [name, this[name]])); }

  clip() {
    const id = `sp-clip-${clips++}`;
    this.out.push(`<clipPath id="${id}"><path d="${this.d}"/></clipPath><g clip-path="url(#${id})">`);
    if (this.saved.length) this.saved.at(-1).clipped++;
  }

  beginPath() { this.d = ""; }

  closePath() { this.d += "Z"; }

  moveTo(x, y) { this.d += `M${short(x)} ${short(y)}`; }

  lineTo(x, y) { this.d += `L${short(x)} ${short(y)}`; }

  rect(x, y, w, h) { this.d += `M${short(x)} ${short(y)}h${short(w)}v${short(h)}h${short(-w)}Z`; }

  // the painters draw whole circles only
  arc(x, y, r) {
    const half = `a${short(r)} ${short(r)} 0 1 0 `;
    this.d += `M${short(x - r)} ${short(y)}${half}${short(2 * r)} 0${half}${short(-2 * r)} 0Z`;
  }

  setLineDash(dash) { this.dash = dash; }

  get ink() {
    const dash = this.dash.length ? ` stroke-dasharray="${this.dash.join(" ")}"` : "";
    return `stroke="${this.strokeStyle}" stroke-width="${this.lineWidth}" stroke-linejoin="${
      this.lineJoin}" stroke-linecap="${this.lineCap}" opacity="${this.globalAlpha}"${dash}`;
  }

  stroke() { if (this.d) this.out.push(`<path d="${this.d}" fill="none" ${this.ink}/>`); }

  fill() {
    if (!this.d) return;
    this.out.push(`<path d="${this.d}" fill="${this.fillStyle}" opacity="${this.globalAlpha}"/>`);
  }

  fillRect(x, y, w, h) { this.boxed(x, y, w, h, () => this.fill()); }

  strokeRect(x, y, w, h) { this.boxed(x, y, w, h, () => this.stroke()); }

  boxed(x, y, w, h, draw) {
    const { d } = this;
    this.beginPath();
    this.rect(x, y, w, h);
    draw();
    this.d = d;
  }

  words(text, x, y, paint) {
    const [, weight, size, family] = this.font.match(/^(?:(\d+) )?([\d.]+)px (.*)$/);
    const at = { center: "middle", end: "end", right: "end" }[this.textAlign] ?? "start";
    const down = this.textBaseline === "middle" ? 0.35 * size : 0;
    this.out.push(`<text x="${short(x)}" y="${short(y + down)}" font-family="${safe(family)}" font-size="${
      short(+size)}" font-weight="${weight ?? 400}" text-anchor="${at}" ${paint}>${safe(text)}</text>`);
  }

  fillText(text, x, y) { this.words(text, x, y, `fill="${this.fillStyle}"`); }

  strokeText(text, x, y) { this.words(text, x, y, `fill="none" ${this.ink}`); }

  measureText(text) {
    pen ??= document.createElement("canvas").getContext("2d");
    pen.font = this.font;
    return pen.measureText(text);
  }

  drawImage(image, x, y, w, h) {
    const soft = this.imageSmoothingEnabled === false ? ' style="image-rendering:pixelated"' : "";
    this.out.push(`<image x="${short(Math.min(x, x + w))}" y="${short(Math.min(y, y + h))}" width="${
      short(Math.abs(w))}" height="${short(Math.abs(h))}" preserveAspectRatio="none"${soft} href="${
      address(image)}"/>`);
  }
}
