// The line to the server: what is under way, what waits, and what the newest answer is worth.
//
// Every message has a sequence number; one is under way, the newest waits. The server acknowledges
// with `ack`. Its values are adopted when its revision changed (preset, link, back) or when nothing
// newer is on its way. No browser is needed to test this file.

const STUCK = 2000; // ms after which an answer counts as lost
const SPOKEN = 200; // ms between two pictures that come with words

export class Line {
  constructor(now = () => performance.now()) {
    this.now = now;
    this.seq = 0; // of the last message sent
    this.ack = 0; // of the last message answered
    this.rev = -1; // revision of the server's values
    this.waiting = null; // the newest message that could not be sent yet
    this.asked = -Infinity; // when words were asked for last
    this.silent = false; // the picture shown is newer than the words beside it
    this.deaf = false; // the short way does not answer
    this.began = false;
  }

  get busy() { return this.seq > this.ack && this.now() - this.sentAt <= STUCK; }

  get idle() { return this.seq <= this.ack && !this.waiting; }

  // The message to send now, or null when it has to wait.
  offer(message) {
    const full = { ...message, commit: Boolean(message.commit || this.waiting?.commit) };
    if (this.busy) { this.waiting = full; return null; }
    this.waiting = null;
    return this.stamp(full);
  }

  // A message with its number, and whether words are due.
  stamp(message) {
    this.seq++;
    this.sentAt = this.now();
    const words = message.words ?? this.sentAt - this.asked >= SPOKEN;
    if (words) this.asked = this.sentAt;
    return { ...message, seq: this.seq, words };
  }

  // Passing messages take the short way; what is kept goes through the page.
  passing(message) {
    return !this.deaf && !message.commit && !message.action && !message.replay;
  }

  // What an answer is: is it the server's own change, are its values to be adopted?
  answered(head, held) {
    const server = head.rev !== this.rev;
    if (server) { this.rev = head.rev; this.waiting = null; }
    if (!this.began) { this.began = true; this.seq = head.ack; }
    this.ack = Math.max(this.ack, head.ack);
    this.silent = Boolean(head.panels) && !head.words && typeof head.progress !== "number";
    return { server, adopt: server || (head.ack >= this.seq && !this.waiting && !held) };
  }

  // The message that waited, if it can go now.
  next() {
    if (!this.waiting || this.busy) return null;
    const message = this.waiting;
    this.waiting = null;
    return this.stamp(message);
  }

  // A message that another one took the place of is answered by nothing.
  superseded(seq) { this.ack = Math.max(this.ack, seq); }
}
