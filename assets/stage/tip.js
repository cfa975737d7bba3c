// What stands beside the pointer: the value of a cell, a point of a curve, the height of a field.
import { fmt } from "./wire.js";

/** Say what lies under the pointer, or nothing. */
export function hover(panel, event) {
  const { tip } = panel;
  const s = panel.scale();
  if (!s || event.buttons || event.pointerType === "touch") { tip.hidden = true; return; }
  const [px, py] = panel.point(event);
  const outside = px < s.box.x0 || px > s.box.x1 || py < s.box.y0 || py > s.box.y1;
  if (outside || panel.pointing.places) { // places speak through what they set
    tip.hidden = true;
    return;
  }
  let best = { d: 14 };
  for (const trace of panel.moving) {
    if (trace.type !== "scatter" || trace.meta.arrows) continue;
    for (let i = 0; i < trace.x.length; i++) {
      const d = Math.hypot(s.X(trace.x[i]) - px, s.Y(trace.y[i]) - py);
      if (d < best.d) best = { d, trace, i };
    }
  }
  const i = Math.round(s.y(py)), j = Math.round(s.x(px));
  const under = (trace) => trace.z[i - Math.round(trace.y[0])]?.[j - Math.round(trace.x[0])];
  const fields = panel.moving.filter((trace) => trace.type !== "scatter");
  const f = fields.find((trace) => trace.type === "contour");
  const grid = fields.find((trace) => trace.type === "heatmap" && !Number.isNaN(under(trace) ?? NaN));
  const image = fields.find((trace) => trace.type === "image");
  if (grid) tip.textContent = `${grid.name}[${i}, ${j}] = ${fmt(under(grid))}`;
  else if (image) {
    tip.textContent = `${image.name}[${i}, ${j}]`;
  } else if (best.trace) {
    const { trace, i } = best;
    const frame = trace.meta.play ? `, k = ${i}` : "";
    tip.textContent = `${trace.name}${frame}: (${fmt(trace.x[i])}, ${fmt(trace.y[i])})`;
  } else if (!f && (panel.spec.layout.xaxis.ticktext || panel.spec.layout.yaxis.ticktext)) {
    tip.hidden = true; // between named rows a coordinate means nothing
    return;
  } else {
    const x = s.x(px), y = s.y(py), value = f ? interpolate(f, x, y) : null;
    tip.textContent = `(${fmt(x, 3)}, ${fmt(y, 3)})`
      + (value === null ? "" : `  ${f.name} ≈ ${fmt(value, 3)}`);
  }
  tip.hidden = false;
  const left = px + 14 + tip.offsetWidth > panel.box.clientWidth;
  tip.style.transform = `translate(${left ? px - 12 - tip.offsetWidth : px + 12}px, ${
    Math.max(0, py - 30)}px)`;
}

function interpolate(trace, x, y) {
  const find = (grid, v) => {
    let i = 0;
    while (i < grid.length - 2 && grid[i + 1] < v) i++;
    return [i, (v - grid[i]) / (grid[i + 1] - grid[i])];
  };
  const [j, u] = find(trace.x, x), [i, w] = find(trace.y, y);
  if (u < 0 || u > 1 || w < 0 || w > 1) return null;
  const z = trace.z;
  return (1 - w) * ((1 - u) * z[i][j] + u * z[i][j + 1])
    + w * ((1 - u) * z[i + 1][j] + u * z[i + 1][j + 1]);
}
