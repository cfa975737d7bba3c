// The wire: one binary message = header length, JSON header, blocks named by their hash: float32
// numbers, a compressed picture, or JSON that rarely changes.

export function unpack(bytes, cache) {
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const size = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, size)));
  const body = 4 + size;
  for (const [id, offset, length, type] of head.blocks) {
    const raw = new Uint8Array(buffer, body + offset, length);
    cache.set(id, type === "float32" ? new Float32Array(buffer, body + offset, length / 4)
      : type === "json" ? JSON.parse(new TextDecoder().decode(raw)) : new Blob([raw], { type }));
  }
  const missing = head.uses.filter((id) => !cache.has(id));
  if (head.panels && !missing.length) { // a message without a picture leaves the last good one
    const used = new Set(head.uses);
    for (const id of [...cache.keys()]) if (!used.has(id)) cache.delete(id);
  }
  return { head, missing };
}

const SILENT = { says: "", checks: [], code: "", along: null, pins: [] };

// The parts of a message made one: the card it names, the controls as they are now, and the words,
// which stay those of `last` where a picture comes without them. What the printed sheet says wrongly
// is left out unless it is asked for or chosen already.
export function compose(head, cache, last) {
  const card = cache.get(head.card.$), { misprints, values } = head;
  const params = card.params.map((param) => {
    const control = head.controls[param.name] ?? {}, value = values[param.name];
    const grid = control.names ? { ...param.grid, names: control.names } : param.grid;
    const printed = (key) => !misprints && key !== value && param.misprints.includes(key);
    const options = param.options?.filter(([key]) => !printed(key)); // pairs: digits keep their order
    const usual = card.presets[0].values[param.name];
    const shown = (control.shown ?? param.shown) && (!param.misprint || misprints || value !== usual);
    return { ...param, ...control, grid, options, shown };
  });
  const spoken = last?.slug === head.slug && !head.error && head.progress === null;
  const kept = spoken ? last : { pins: last?.pins ?? [] };
  const { says, checks, code, along, pins } = { ...SILENT, ...kept, ...head.words };
  const same = last?.slug === head.slug ? last : {};
  return { frames: 0, track: {}, formula: [], phases: [], drive: "", wide: false, ...card, ...head,
    params, names: cache.get(head.names.$), says, checks, code, along, pins,
    asking: head.asking ?? same.asking ?? 0, posed: posed(card.presets) };
}

// Which parameters the presets speak of.
function posed(presets) {
  const usual = presets[0].values;
  return Object.fromEntries(presets.flatMap(({ values }) =>
    Object.entries(values).filter(([name, value]) => value !== usual[name])));
}

// Replace every {"$": id, shape} by its typed array; matrices become rows, as plotly wants them.
export function resolve(value, cache) {
  if (Array.isArray(value)) return value.map((v) => resolve(v, cache));
  if (value && typeof value === "object") {
    if ("$" in value) {
      const flat = cache.get(value.$);
      if (value.shape.length < 2 || flat instanceof Blob) return flat;
      const [rows, columns] = value.shape;
      return Array.from({ length: rows }, (_, i) => flat.subarray(i * columns, (i + 1) * columns));
    }
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, resolve(v, cache)]));
  }
  return value;
}

const SUPERSCRIPT = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷",
  8: "⁸", 9: "⁹" };

// Four significant digits, true minus sign, powers of ten where they read better.
export function fmt(v, digits = 4) {
  if (typeof v === "boolean") return v ? "yes" : "no";
  if (typeof v !== "number") return String(v);
  if (Number.isNaN(v)) return "undefined";
  if (!Number.isFinite(v)) return v > 0 ? "∞" : "−∞";
  if (v === 0) return "0";
  const size = Math.abs(v);
  if (Number.isInteger(v) && size < 1e6) return String(v).replace("-", "−");
  if (size >= 1e5 || size < 1e-3) {
    const [m, e] = v.toExponential(Math.max(0, digits - 2)).split("e");
    const power = [...String(+e)].map((c) => SUPERSCRIPT[c]).join("");
    return `${+m}·10${power}`.replace("-", "−");
  }
  return String(+v.toPrecision(digits)).replace("-", "−");
}

export function texNumber(v, digits = 4) {
  if (typeof v !== "number" || Number.isNaN(v)) return "\\text{–}";
  if (!Number.isFinite(v)) return v > 0 ? "\\infty" : "-\\infty";
  const size = Math.abs(v);
  if (size !== 0 && (size >= 1e5 || size < 1e-3)) {
    const [m, e] = v.toExponential(Math.max(0, digits - 2)).split("e");
    return `${+m}\\cdot 10^{${+e}}`;
  }
  return String(+v.toPrecision(digits));
}

export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node[name] = value;
    else if (value !== undefined && value !== null && value !== false) {
      node.setAttribute(name, value === true ? "" : value);
    }
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}
