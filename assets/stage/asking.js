// Predict, commit, reveal, explain: the question above the figure, and the answers one has given.
import { same } from "./about.js";
import { copy } from "./text.js";
import { element } from "./wire.js";

const KEPT = "sp-answers"; // "topic/slug" -> number of the question -> answer

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
}

export class Asking {
  constructor(stage) {
    this.stage = stage;
    this.answers = read();
    this.chips = element("div", { class: "sp-chips", role: "group", "aria-label": "Questions" });
    this.node = element("section", { class: "sp-question", tabindex: -1, hidden: true });
  }

  get place() { return this.stage.head.live.replace(/^live\//, "") + "/" + this.stage.head.slug; }

  get given() { return this.answers[this.place] ?? {}; }

  /** The question that is open and not yet answered, or null. */
  get open() {
    const { asking, questions } = this.stage.head;
    return asking && !this.given[asking] ? questions[asking - 1] : null;
  }

  /** The answer that speaks of the settings on stage, or null. */
  get verdict() {
    const { head, values } = this.stage;
    return Object.values(this.given).filter((one) => one.values && (same(head, values, one.values)
      || (one.belief && same(head, values, one.belief)))).sort((a, b) => b.at - a.at)[0] ?? null;
  }

  // The server's verdict is kept with its words: it is read again after a reload.
  take(head) {
    const { verdict } = head;
    if (!verdict || this.taken === JSON.stringify(verdict)) return;
    this.taken = JSON.stringify(verdict);
    const { text, options } = head.questions[verdict.number - 1];
    this.keep({ ...this.given, [verdict.number]: { ...verdict, at: Date.now(), question: text,
      said: options[verdict.chosen], is: options[verdict.right] } });
  }

  keep(given) {
    this.answers = { ...read(), [this.place]: given };
    try {
      localStorage.setItem(KEPT, JSON.stringify(this.answers));
    } catch { /* private windows keep nothing: the answers last as long as the page */ }
  }

  update(head) {
    this.take(head);
    const { open } = this, verdict = open ? null : this.verdict;
    const key = JSON.stringify([head.slug, head.asking, open, verdict, Object.keys(this.given),
      head.misprints, Boolean(head.posing)]);
    if (key === this.key) return;
    const had = this.node.contains(document.activeElement);
    this.key = key;
    this.showChips(head, open, verdict);
    this.node.hidden = !open && !verdict;
    if (open) this.pose(head, open); else if (verdict) this.reveal(verdict);
    const place = this.node.hidden ? this.chips.querySelector("button") : this.node;
    if (had || (this.wanted && !this.node.hidden)) place?.focus({ preventScroll: true });
    this.wanted = false;
  }

  showChips(head, open, verdict) {
    const numbers = head.questions.map((_, i) => i + 1)
      .filter((n) => head.misprints || !head.questions[n - 1].misprint);
    this.numbers = numbers;
    const chip = (number, i) => {
      const answer = this.given[number], right = answer && answer.chosen === answer.right;
      const mark = answer ? (right ? "✓" : "✗") : "?";
      const now = (open && head.asking === number) || verdict?.number === number;
      return element("button", { type: "button", class: "sp-chip", "aria-pressed": now,
        "aria-label": `Question ${i + 1}${answer ? `, answered ${right ? "right" : "wrong"}` : ""}`,
        onclick: () => this.ask(number) }, `${i + 1} ${mark}`);
    };
    this.chips.hidden = !numbers.length;
    this.chips.replaceChildren(element("span", {}, "Questions"), ...numbers.map(chip));
  }

  pose(head, question) {
    const number = head.asking, place = this.numbers.indexOf(number) + 1;
    const name = `sp-option-${this.stage.uid}`;
    const commit = element("button", { type: "button", class: "sp-commit", disabled: true,
      onclick: () => this.commit(number, Number(picked())) }, "Commit and watch");
    const options = question.options.map((option, i) => element("label", { class: "sp-option" },
      element("input", { type: "radio", name, value: i, onchange: () => { commit.disabled = false; } }),
      option));
    const picked = () => this.node.querySelector("input:checked").value;
    this.node.setAttribute("aria-label", `Question ${place}`);
    this.node.className = "sp-question";
    this.node.replaceChildren(
      element("fieldset", {}, element("legend", {}, question.text),
        element("div", { class: "sp-options" }, ...options)),
      element("div", { class: "sp-answering" }, commit,
        element("button", { type: "button", class: "sp-action", onclick: () => this.leave() },
          "Just show me")));
  }

  reveal(answer) {
    const { stage } = this, right = answer.chosen === answer.right;
    const act = (label, onclick) => element("button", { type: "button", class: "sp-action", onclick },
      label);
    const next = this.numbers.find((n) => n > answer.number && !this.given[n])
      ?? this.numbers.find((n) => !this.given[n]);
    const told = right ? `Yes: ${answer.is}.` : `You said “${answer.said}”; the answer is “${answer.is}”.`;
    this.node.setAttribute("aria-label", "The answer to your prediction");
    this.node.className = `sp-question ${right ? "sp-right" : "sp-wrong"}`;
    this.node.replaceChildren(
      element("p", { class: "sp-asked" }, answer.question),
      element("p", { role: "status" }, element("b", {}, told), ` ${answer.because}`),
      element("div", { class: "sp-answering" },
        ...(answer.belief && !right
          ? [act("Run what you believed", () => stage.change(answer.belief, true, true))] : []),
        act("Watch it again", () => stage.change(answer.values, true, true)),
        ...(next ? [act("Next question", () => this.ask(next))] : []),
        act("Ask me again", () => this.ask(answer.number, true)),
        act("Copy all my answers", (event) => copy(this.report(), event.currentTarget))));
  }

  // Go to a question; one that is answered shows its answer, unless it is to be asked again.
  ask(number, again = false) {
    this.wanted = true;
    const answer = this.given[number];
    if (answer && !again) return this.stage.change(answer.values, true, true);
    if (again) this.forget(number);
    this.stage.post({ action: "ask", index: number });
  }

  forget(number) {
    const { [number]: gone, ...rest } = this.given;
    this.keep(rest);
  }

  commit(number, option) {
    this.wanted = true;
    this.taken = null;
    this.stage.post({ action: "answer", index: number, option });
  }

  leave() { this.stage.post({ action: "show" }); }

  report() {
    const blocks = Object.entries(this.answers).flatMap(([place, given]) =>
      Object.values(given).map((one) => `${place}, question ${one.number}: ${one.question}\n`
        + `  my answer: ${one.said}\n  the answer: ${one.is}\n  ${one.because}`));
    return blocks.join("\n\n");
  }
}
