// Grids of coloured cells with their numbers, and photographs, on the canvas under the axes.
import { fmt } from "./wire.js";

const SCALES = {
  light: { signed: [[208, 73, 12], [250, 248, 242], [0, 114, 178]], grey: [[0, 0, 0], [255, 255, 255]],
    heat: [[250, 248, 242], [96, 146, 190], [16, 52, 92]] },
  dark: { signed: [[255, 129, 69], [30, 34, 42], [92, 179, 236]], grey: [[0, 0, 0], [255, 255, 255]],
    heat: [[23, 27, 34], [52, 104, 150], [190, 222, 248]] },
};

export function colour(v, trace, colours) {
  const ends = SCALES[colours.dark ? "dark" : "light"][trace.meta.scale];
  const t = Math.max(0, Math.min(1, (v - trace.zmin) / (trace.zmax - trace.zmin))) * (ends.length - 1);
  const i = Math.min(ends.length - 2, Math.floor(t));
  return ends[i].map((low, c) => Math.round(low + (t - i) * (ends[i + 1][c] - low)));
}

/** The same colours for plotly, which draws the exported file. */
export function colorscale(trace, colours) {
  const ends = SCALES[colours.dark ? "dark" : "light"][trace.meta.scale];
  return ends.map((rgb, i) => [i / (ends.length - 1), `rgb(${rgb.join(",")})`]);
}

function numbers(context, trace, px, py, w, h, colours) {
  const digits = trace.meta.numbers;
  if (!digits || w < 15 || h < 11) return;
  context.textAlign = "center";
  context.textBaseline = "middle";
  trace.z.forEach((row, i) => row.forEach((v, j) => {
    if (Number.isNaN(v)) return;
    const text = fmt(+v.toPrecision(digits), digits);
    const size = Math.min(14, 0.55 * h, (1.55 * w) / Math.max(2, text.length));
    if (size < 7) return;
    const [r, g, b] = colour(v, trace, colours);
    context.font = `500 ${size}px ${colours.sans}`;
    context.fillStyle = 0.299 * r + 0.587 * g + 0.114 * b < 140 ? "#fff" : "#16191e";
    context.fillText(text, px[j], py[i]);
  }));
  context.textAlign = "start";
}

export function cells(context, trace, X, Y, colours) {
  const px = Array.from(trace.x, X), py = Array.from(trace.y, Y);
  const w = Math.abs(X(trace.x[0] + 1) - X(trace.x[0])), h = Math.abs(Y(trace.y[0] + 1) - Y(trace.y[0]));
  // a grey picture stays a picture, unless its numbers are to be read
  const apart = trace.meta.scale !== "grey" || trace.meta.numbers;
  const gap = apart && Math.min(w, h) > 9 ? 1 : 0;
  trace.z.forEach((row, i) => row.forEach((v, j) => {
    if (Number.isNaN(v)) return;
    context.fillStyle = `rgb(${colour(v, trace, colours).join(",")})`;
    // cells without a gap overlap a little, or the paper would shine through
    context.fillRect(px[j] - w / 2 + gap / 2, py[i] - h / 2 + gap / 2,
      w - gap + (gap ? 0 : 0.6), h - gap + (gap ? 0 : 0.6));
  }));
  if (gap) {
    context.strokeStyle = colours.grid;
    context.lineWidth = 1;
    context.strokeRect(Math.min(...px) - w / 2, Math.min(...py) - h / 2, w * px.length, h * py.length);
  }
  numbers(context, trace, px, py, w, h, colours);
}

const BITMAPS = new WeakMap();

/** The decoded picture, or null while it is being decoded; then `ready` is called. */
export function bitmap(blob, ready) {
  const made = BITMAPS.get(blob);
  if (made instanceof ImageBitmap) return made;
  if (!made) {
    BITMAPS.set(blob, createImageBitmap(blob).then((image) => {
      BITMAPS.set(blob, image);
      ready(image);
    }));
  }
  return null;
}

export function photo(context, image, X, Y) {
  const x0 = X(-0.5), x1 = X(image.width - 0.5), y0 = Y(-0.5), y1 = Y(image.height - 0.5);
  context.imageSmoothingEnabled = Math.abs(x1 - x0) < 1.5 * image.width;
  context.imageSmoothingQuality = "high";
  context.drawImage(image, Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0));
}

/** The picture as an address, for an exported file. */
export function address(blob) {
  return new Promise((ready) => {
    const reader = new FileReader();
    reader.onload = () => ready(reader.result);
    reader.readAsDataURL(blob);
  });
}
