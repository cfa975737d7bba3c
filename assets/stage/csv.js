// The data of a picture as a file that a spreadsheet opens: a game as the table it is, anything else
// with one row for each point.
import { resolve } from "./wire.js";

const MARK = "\ufeff"; // without it Excel reads UTF-8 as Windows-1252

/** Whether spreadsheets here write 1,5; they then separate cells by semicolons. */
export const comma = () =>
  new Intl.NumberFormat(navigator.language).formatToParts(1.5).some((part) => part.value === ",");

// The shortest number that is this one in the precision it was sent with.
function short(v, single) {
  for (let digits = 6; single && digits < 10; digits++) {
    const near = Number(v.toPrecision(digits));
    if (Math.fround(near) === v) return near;
  }
  return v;
}

// {1, 3} is "1 3", whatever the axis calls it where a name is cut.
const members = (index) => [...index.toString(2)].reverse()
  .flatMap((bit, i) => (bit === "1" ? [i + 1] : [])).join(" ");

// A game: bars over coalitions, in the order of their table.
function game(head) {
  for (const { paint, layout } of head.panels) {
    const names = layout.xaxis?.ticktext, count = paint?.values.length;
    if (!names?.includes("∅") || names.length !== count || count & (count - 1)) continue;
    const cut = names.some((name) => name.includes("…"));
    return [["coalition", "value"],
      ...names.map((name, S) => [cut && S ? members(S) : name, paint.values[S]])];
  }
  return null;
}

// What moves first, grids last.
function points(head, cache) {
  const rows = [];
  head.panels.forEach((panel) => panel.traces.forEach((raw) => {
    const trace = resolve(raw, cache), { x, y, z } = trace, lines = [];
    const gridded = Array.isArray(z) && z[0]?.length !== undefined;
    const at = (values, i) => (values?.[i] === undefined ? ""
      : typeof values[i] === "number" ? short(values[i], values instanceof Float32Array) : values[i]);
    const line = (i, ...values) => lines.push([panel.name, trace.name ?? "", i, ...values]);
    if (gridded) {
      z.forEach((row, i) => Array.from(row).forEach((_, j) =>
        line(i * row.length + j, at(x, j), at(y, i), at(row, j))));
    } else if (x) {
      for (let i = 0; i < x.length; i++) line(i, at(x, i), at(y, i), at(z, i));
    }
    rows.push({ lines, order: gridded ? 2 : trace.meta?.play ? 0 : 1 });
  }));
  return [["panel", "series", "index", "x", "y", "z"],
    ...rows.sort((a, b) => a.order - b.order).flatMap((one) => one.lines)];
}

export function csv(head, cache, commas = comma()) {
  const apart = commas ? ";" : ",";
  const cell = (v) => {
    if (typeof v === "number") return Number.isNaN(v) ? "" : commas ? String(v).replace(".", ",") : String(v);
    return /^[\w ]*$/.test(v) ? v : `"${String(v).replaceAll('"', '""')}"`;
  };
  return MARK + (game(head) ?? points(head, cache))
    .map((row) => row.map(cell).join(apart)).join("\r\n") + "\r\n";
}
