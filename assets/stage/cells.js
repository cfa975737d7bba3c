// Grids of coloured cells with their numbers, and photographs, on the canvas under the axes.
import { contrast } from "./theme.js";
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

const WHITE = [255, 255, 255], BLACK = [22, 25, 30];
const SMALLEST = 7; // pixels of a digit that can still be read

// What is written into cells of one width, and how large: fewer digits, then no leading zero, before
// anything is cut. Null where not even that can be read.
export function written(values, digits, w, h, wide, least = SMALLEST) {
  for (let d = digits; d > 0; d--) {
    for (const short of [false, true]) {
      const texts = values.map((v) => {
        const text = fmt(+v.toPrecision(d), d);
        if (!short) return text;
        return text.includes("·") && Math.abs(v) < 1 ? "≈0" : text.replace(/^(−?)0\./, "$1.");
      });
      const most = Math.max(...texts.map(wide)); // at 1 px
      const size = Math.min(14, 0.55 * h, (0.9 * w - 2) / most);
      if (size >= least) return { texts, size };
    }
  }
  return null;
}

// Width and height of a cell in pixels: as far as its neighbour, one unit where it has none.
function sides(trace, X, Y) {
  const [w, h] = [[trace.x, X], [trace.y, Y]].map(([at, scale]) =>
    Math.abs(scale(at.length > 1 ? at[1] : at[0] + 1) - scale(at[0])));
  return { w, h };
}

/** What is written into the cells of each trace of a panel, in one size; a map from trace to texts. */
export function figures(context, traces, X, Y, colours) {
  context.font = `500 100px ${colours.sans}`;
  const found = new Map();
  for (const trace of traces) {
    const { w, h } = sides(trace, X, Y), digits = trace.meta.numbers;
    const values = trace.z.flatMap((row) => [...row]).filter((v) => !Number.isNaN(v));
    const told = digits && values.length && w >= 9 && h >= 11
      && written(values, digits, w, h, (text) => context.measureText(text).width / 100,
        SMALLEST / colours.scale);
    if (told) found.set(trace, told);
  }
  const size = Math.min(...[...found.values()].map((told) => told.size));
  return new Map([...found].map(([trace, { texts }]) => [trace, { texts, size }]));
}

function numbers(context, trace, px, py, colours, { texts, size }) {
  let n = 0;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = `500 ${size}px ${colours.sans}`;
  trace.z.forEach((row, i) => row.forEach((v, j) => {
    if (Number.isNaN(v)) return;
    const under = colour(v, trace, colours);
    context.fillStyle = contrast(WHITE, under) > contrast(BLACK, under) ? "#fff" : "#16191e";
    context.fillText(texts[n++], px[j], py[i]);
  }));
  context.textAlign = "start";
}

export function cells(context, trace, X, Y, colours, told) {
  const px = Array.from(trace.x, X), py = Array.from(trace.y, Y), { w, h } = sides(trace, X, Y);
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
  if (told) numbers(context, trace, px, py, colours, told);
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
