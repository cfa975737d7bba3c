// Files of the student's own: chosen, dropped on the figure, or a table pasted.
import { element } from "./wire.js";

// most: bytes that the host takes, as in core/pictures.py and core/sheets.py
const FILES = {
  picture: { accept: "image/png,image/jpeg,image/webp", most: 10_000_000, what: "picture file",
    title: "PNG, JPEG or WEBP; or drop it on the figure" },
  table: { accept: ".csv,.tsv,.txt,text/csv", most: 2_000_000, what: "CSV file",
    title: "CSV up to 2 MB; or drop it on the figure, or paste the cells with Ctrl+V" },
};
const LARGE = 300_000; // bytes of a picture that is made smaller before it is sent
const SIDE = 1024; // pixels of its longer side then; the host keeps half of that
const LONG = 120_000; // ms

// A photograph from a phone need not travel whole. What the browser cannot read goes as it is.
async function smaller(file) {
  if (file.size <= LARGE) return file;
  try {
    const image = await createImageBitmap(file), share = SIDE / Math.max(image.width, image.height);
    if (share >= 1) return file;
    const [width, height] = [image.width, image.height].map((n) => Math.max(1, Math.round(n * share)));
    const canvas = element("canvas", { width, height }), pen = canvas.getContext("2d");
    pen.imageSmoothingQuality = "high";
    pen.drawImage(image, 0, 0, width, height);
    image.close();
    const type = file.type === "image/jpeg" ? "image/jpeg" : "image/png";
    return await new Promise((done) => canvas.toBlob(done, type, 0.95)) ?? file;
  } catch {
    return file;
  }
}

// The name under which the host keeps a file; throws the sentence that refuses it.
async function sent(kind, file) {
  const { most, what } = FILES[kind], body = kind === "picture" ? await smaller(file) : file;
  if (body.size > most) {
    throw `expected a ${what} of at most ${most / 1e6} MB, got ${(file.size / 1e6).toFixed(1)} MB`;
  }
  let reply, text;
  try {
    reply = await fetch(new URL(kind, document.baseURI),
      { method: "POST", body, signal: AbortSignal.timeout(LONG) });
    text = await reply.text();
  } catch {
    throw `the ${kind} did not reach the host; try again`;
  }
  if (!reply.ok) throw text.startsWith("expected ") ? text : `this ${kind} was not accepted by the host`;
  return text;
}

/** Send a file to the host; its name there becomes a parameter, or a sentence says why not. */
export async function upload(stage, { name, kind }, file) {
  const { says } = stage, { slug } = stage.head, mine = stage.sending = {};
  const status = says.textContent = `Sending your ${kind} …`;
  let kept = "", refusal = "";
  try { kept = await sent(kind, file); } catch (sentence) { refusal = String(sentence); }
  // another file, or another experiment, came meanwhile
  if (stage.sending !== mine || stage.head.slug !== slug) return;
  if (says.textContent === status) says.textContent = stage.head.says ?? "";
  if (kept) stage.change({ [name]: kept }, true, true);
  else stage.refuse(refusal);
}

/** A choice with a button for a file of the student's own. */
export function own(controls, param) {
  const { stage } = controls, id = controls.id(param), control = {}, { kind } = param;
  const file = element("input", { type: "file", accept: FILES[kind].accept,
    class: "sp-file", tabindex: -1, "aria-hidden": "true" });
  file.onchange = () => {
    if (file.files[0]) upload(stage, control.param, file.files[0]);
    file.value = "";
  };
  const select = element("select", { id,
    onchange: () => stage.change({ [param.name]: select.value }, true, true) });
  const button = element("button", { type: "button", class: "sp-optimum",
    title: FILES[kind].title,
    onclick: () => file.click() }, "your own …");
  const note = element("p", { class: "sp-told" },
    `Whoever has the link sees your ${kind}, until newer ones need its room on the host.`);
  control.node = controls.frame(param, element("div", { class: "sp-row" },
    element("label", { for: id }, param.label), button), select, file, note);
  control.sync = (value) => {
    const options = Object.fromEntries(param.options);
    if (!(value in options)) options[value] = `your ${kind}`;
    const key = Object.keys(options).join();
    if (select.dataset.key !== key) {
      select.dataset.key = key;
      select.replaceChildren(...Object.entries(options).map(([v, label]) =>
        element("option", { value: v }, label)));
    }
    select.value = value;
    note.hidden = !value.startsWith("own-");
  };
  return control;
}

/** A file dropped on the figure, or a table pasted anywhere but into a field; returns the undoing. */
export function receiveFiles(stage, node) {
  const wants = (kinds = ["picture", "table"]) =>
    stage.head?.params.find((param) => kinds.includes(param.kind) && param.shown);
  const pasted = (event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "", param = wants(["table"]);
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (!param || typing || !text.includes("\n")) return;
    event.preventDefault();
    upload(stage, param, new Blob([text], { type: "text/csv" }));
  };
  document.addEventListener("paste", pasted);
  const over = (event) => {
    const file = wants() && [...event.dataTransfer.items].some((one) => one.kind === "file");
    if (file) event.preventDefault();
    node.classList.toggle("sp-drop", Boolean(file) && event.type === "dragover");
  };
  node.addEventListener("dragover", over);
  node.addEventListener("dragleave", over);
  node.addEventListener("drop", (event) => {
    over(event);
    const file = event.dataTransfer.files[0];
    if (wants() && file) upload(stage, wants(), file);
  });
  return () => document.removeEventListener("paste", pasted);
}
