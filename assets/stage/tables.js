// The larger controls: a table of numbers, and a choice that also takes a file of the student's own.
import { element } from "./wire.js";

const parse = (text) => String(text).split(",").map((row) => row.trim().split(/\s+/));
const write = (table) => table.map((row) => row.join(" ")).join(",");
const short = (v) => String(+v.toFixed(4));

// the old table in the middle of the new one, zeros around it; named cells keep their names
function resized(table, rows, columns, named) {
  const top = named ? 0 : Math.floor((rows - table.length) / 2);
  const left = named ? 0 : Math.floor((columns - table[0].length) / 2);
  return Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_, j) => table[i - top]?.[j - left] ?? "0"));
}

export function grid(controls, param) {
  const { stage } = controls, control = {};
  const title = element("span", { id: controls.id(param) }, param.label);
  const sizes = element("select", { class: "sp-size", "aria-label": `size of ${param.label}` },
    ...param.grid.sizes.map(([r, c]) => element("option", { value: `${r},${c}` }, `${r} × ${c}`)));
  sizes.onchange = () => {
    const [rows, columns] = sizes.value.split(",").map(Number);
    stage.change({ [param.name]: write(
      resized(parse(control.value), rows, columns, control.param.grid.names.length)) }, true, true);
  };
  const table = element("div", { class: "sp-numbers", role: "group",
    "aria-labelledby": controls.id(param) });
  control.node = controls.frame(param, element("div", { class: "sp-row" }, title,
    param.grid.sizes.length > 1 ? sizes : null), table);

  const tell = (commit) => stage.change({ [control.param.name]: write(
    control.cells.map((row) => row.map((cell) => cell.value.trim().replace(",", ".") || "?"))) }, commit);
  const step = (input, by) => {
    const { low, high, step: size } = control.param.grid, v = (Number(input.value) || 0) + by * size;
    input.value = short(Math.max(low, Math.min(high, Math.round(v / size) * size)));
  };
  const cell = (i, j) => {
    const input = element("input", { type: "text", inputmode: "decimal", class: "sp-cell",
      "aria-label": `row ${i + 1}, column ${j + 1} of ${param.label}`, autocomplete: "off" });
    let from = null;
    input.onchange = () => tell(true);
    input.onkeydown = (event) => {
      const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      step(input, by * (event.shiftKey ? 5 : 1));
      tell("later");
    };
    input.onpointerdown = (event) => {
      if (document.activeElement === input) return;
      from = { y: event.clientY, x: event.clientX, v: Number(input.value) || 0, moved: false };
      input.setPointerCapture(event.pointerId);
    };
    input.onpointermove = (event) => {
      if (!from) return;
      const by = Math.round((event.clientX - from.x - event.clientY + from.y) / 6);
      if (!by && !from.moved) return;
      from.moved = true;
      stage.gesture = input;
      const before = input.value;
      input.value = String(from.v);
      step(input, by);
      if (input.value !== before) tell(false);
      event.preventDefault();
    };
    input.onlostpointercapture = () => {
      const moved = from?.moved;
      from = null;
      if (!moved) return;
      stage.gesture = null;
      input.blur();
      tell(true);
    };
    return input;
  };

  control.sync = (value) => {
    const key = JSON.stringify([value, control.param?.grid]);
    if (control.key === key) return;
    control.key = key;
    control.value = value;
    const rows = parse(value);
    const { names } = control.param.grid, named = names.length > 0;
    const same = control.cells?.length === rows.length && control.named === named
      && rows.every((row, i) => control.cells[i].length === row.length);
    if (!same) {
      control.named = named;
      control.cells = rows.map((row, i) => row.map((_, j) => cell(i, j)));
      const boxed = (input) => (named ? element("label", { class: "sp-named" }, element("span", {}), input) : input);
      table.replaceChildren(...control.cells.map((row) =>
        element("div", { class: "sp-tablerow" }, ...row.map(boxed))));
      table.classList.toggle("sp-wraps", named && rows.length === 1);
    }
    if (named) {
      control.cells.flat().forEach((input, n) => {
        const name = names[n] ?? `${n + 1}`;
        input.previousSibling.textContent = input.previousSibling.title = name;
        input.setAttribute("aria-label", `${name} of ${control.param.label}`);
      });
    }
    table.dataset.columns = rows[0].length;
    sizes.value = `${rows.length},${rows[0].length}`;
    rows.forEach((row, i) => row.forEach((text, j) => {
      const input = control.cells[i][j];
      if (input.value !== text && (document.activeElement !== input || stage.gesture)) input.value = text;
      const v = Number(text), top = Math.max(...rows.flat().map((t) => Math.abs(Number(t)) || 0), 1e-9);
      input.style.setProperty("--share", Number.isFinite(v) ? `${Math.round((45 * Math.abs(v)) / top)}%` : "0%");
      input.dataset.sign = Number.isFinite(v) ? Math.sign(v) : "bad";
    }));
  };
  return control;
}
