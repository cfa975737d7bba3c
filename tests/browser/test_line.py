"""The line to the server, without a server: who waits, what is adopted, when words are due."""

from playwright.sync_api import Page

from pages.ui import serve

SCRIPT = """async (address) => {
  const { Line } = await import(new URL(address, document.baseURI).href);
  let clock = 0;
  const line = new Line(() => clock), heard = [];
  const answer = (ack, more = {}) => line.answered({ ack, rev: 0, panels: [], ...more }, false);

  answer(0, { rev: 5, words: {} });
  heard.push(["first answer", line.seq, line.rev, line.idle]);

  const one = line.offer({ p: { kappa: 1 } });
  heard.push(["sent at once, with words", one.seq, one.words, line.busy]);
  const two = line.offer({ p: { kappa: 2 } }), three = line.offer({ p: { kappa: 3 } });
  heard.push(["the newest waits", two, three, line.waiting.p.kappa]);

  clock = 20;
  const late = answer(1, { rev: 5 });
  heard.push(["not adopted while one waits", late.adopt, line.silent]);
  const next = line.next();
  heard.push(["then the newest goes, without words", next.seq, next.p.kappa, next.words]);
  clock = 250;
  const newest = answer(2, { rev: 5 });
  heard.push(["adopted", newest.adopt, newest.server, line.idle]);
  heard.push(["words are due again", line.offer({}).words]);

  line.offer({ commit: true });
  line.offer({ commit: false });
  heard.push(["a commit that waits is not forgotten", line.waiting.commit]);
  const preset = answer(3, { rev: 6 });
  heard.push(["the server's own change wins", preset.server, preset.adopt, line.waiting]);

  line.offer({});
  clock += 2001;
  heard.push(["a lost answer does not block", line.busy, line.offer({}) !== null]);
  line.superseded(5);
  heard.push(["superseded counts as answered", line.idle]);
  heard.push(["passing", line.passing({}), line.passing({ commit: true }),
    line.passing({ action: "pin" }), line.passing({ replay: true })]);
  line.deaf = true;
  heard.push(["deaf", line.passing({})]);
  return heard;
}"""


def test_the_line_sends_one_keeps_the_newest_and_adopts_what_is_new(page: Page):
    page.goto("/")
    assert page.evaluate(SCRIPT, serve.url("line.js")) == [
        ["first answer", 0, 5, True],
        ["sent at once, with words", 1, True, True],
        ["the newest waits", None, None, 3],
        ["not adopted while one waits", False, True],
        ["then the newest goes, without words", 2, 3, False],
        ["adopted", True, False, True],
        ["words are due again", True],
        ["a commit that waits is not forgotten", True],
        ["the server's own change wins", True, True, None],
        ["a lost answer does not block", False, True],
        ["superseded counts as answered", True],
        ["passing", True, False, False, False],
        ["deaf", False],
    ]
