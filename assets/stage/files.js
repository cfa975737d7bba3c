// Files of the student's own: chosen, dropped on the figure, or a table pasted.
import { element } from "./wire.js";

const FILES = {
  picture: { accept: "image/png,image/jpeg,image/webp", title: "PNG, JPEG or WEBP up to 4 megapixels; or drop it on the figure" },
  table: { accept: ".csv,.tsv,.txt,text/csv", title: "CSV up to 2 MB; or drop it on the figure, or paste the cells with Ctrl+V" },
};

/** Send a file to the host; its name there, or the sentence that refuses it. */
export async function upload(stage, { name, kind }, file) {
  stage.says.textContent = `Sending your ${kind} …`;
  try {
    const reply = await fetch(new URL(kind, document.baseURI), { method: "POST", body: file });
    const text = await reply.text();
    if (reply.ok) stage.change({ [name]: text }, true, true);
    else stage.refuse(text.length < 300 ? text : `this ${kind} was not accepted by the host`);
  } catch {
    stage.refuse(`the ${kind} did not reach the host; try again`);
  }
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
  control.node = controls.frame(param, element("div", { class: "sp-row" },
    element("label", { for: id }, param.label), button), select, file);
  control.sync = (value) => {
    const options = { ...param.options };
    if (!(value in options)) options[value] = `your ${kind}`;
    const key = Object.keys(options).join();
    if (select.dataset.key !== key) {
      select.dataset.key = key;
      select.replaceChildren(...Object.entries(options).map(([v, label]) =>
        element("option", { value: v }, label)));
    }
    select.value = value;
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
