"""What the patches of a digit claim: XAI-18, XAI-20, XAI-21 and XAI-22, in checks and in words."""

from functools import partial

from core import words
from core.check import Check, equal, same
from core.experiments.shapley.patches import Patches
from core.shapley.digits import labels, load
from core.shapley.patchwork import tiles

number = partial(words.number, zero=1e-9)
ABSENT = {
    "paper": "empty paper",
    "grey": "plain grey",
    "mean": "the mean of all digits",
    "blur": "its own blur",
    "digit": "another digit",
}


def checks(run: Patches, *, view: str, removed: int) -> list[Check]:
    """The network is asked anew, not the table of coalitions."""
    start, end, total = run.lead(run.absent), run.lead(run.x), run.phi.sum()
    steps, size = run.steps(view), 1e-9 * max(1.0, float(run.v.abs().max()))
    step, ends = min(removed, run.players), run.v[[0, -1]]
    scores = run.scores(steps.pictures[step])
    reader, linear = load(run.model), run.model == "linear"
    row = (reader.second[run.target] - reader.second[run.rival]) if linear else 0 * run.x
    products = tiles(row.view(8, 8) * (run.x - run.absent), run.side).sum(-1)
    alike, interact = run.unchanged, f"{float(run.last.sum()):.4g} in place of {float(total):.4g}"
    lead, v = scores[run.target] - scores[run.rival], run.v[steps.coalitions[step]]
    sums = ends[1] - ends[0]
    asked = "v(S) in the table = f of the picture that shows S, after the steps taken now"
    weights = "linear f: φ of a patch = Σ w (x − baseline) over its pixels, largest difference"
    chain = "f(baseline) and then one φ after the other ends at f(x)"
    every = "every order of the patches leads from v(∅) to v(N): largest gap of means and band"
    last = "the last-in values v(N) − v(N ∖ j) add up too: true for a linear f"
    idle = "a patch that already shows its baseline is a dummy: largest |φ| of those"
    hidden = ((linear, "the network has a hidden layer with ReLU"),)
    apart = ((linear, f"patches interact: {interact}"),)
    dummy = ((bool(alike.any()), "absent, every patch looks different from what it shows"),)
    why, stepped = f"{int(alike.sum())} of {run.players} patches", run.phi[run.order].cumsum(0)[-1]
    return [
        equal("XAI-18", "Σφ = f(x) − f(baseline), two answers of the network", total, end - start),
        equal("XAI-18", asked, v, lead),
        same("XAI-18", weights, run.phi, products, needs=hidden),
        equal("XAI-20", chain, start + stepped, end),
        equal("XAI-21", "Σφ = v(N) − v(∅)", total, sums, tol=size),
        same("XAI-21", every, run.band[:, [0, -1]], ends.expand(3, 2), tol=size),
        equal("XAI-21", last, run.last.sum(), sums, needs=apart),
        same("XAI-22", idle, run.phi[alike], 0.0, tol=size, needs=dummy, why=why),
    ]


def says(run: Patches, *, source: str, digit: int, baseline: str, view: str) -> str:
    """What is read, which patch counts most, and what the steps do."""
    scores, best, lead = run.scores(run.x), int(run.order[0]), run.lead(run.x)
    read = int(scores.argmax())
    wrong = source == "digit" and labels()[digit] != read
    by_phi, at_random, _ = map(number, run.steps(view).areas)
    done = "laid down" if view == "insertion" else "removed"
    verdict = ", which is wrong" if wrong else ""
    stands = "leads" if lead >= 0 else "trails"
    bare = ", though there is no ink in it" if run.inkless[best] else ""
    return (
        f"The network reads a {read} ({float(scores.softmax(0)[read]):.1%}){verdict}; "
        f"{run.target} {stands} {run.rival} by {number(abs(lead))}; for {ABSENT[baseline]} alone "
        f"its lead is {number(run.lead(run.absent))}. Patch {best + 1} speaks for it most, "
        f"{number(run.phi[best])}{bare}. With patches {done} in order of φ the mean "
        f"score is {by_phi}, at random {at_random}."
    )


# --- answers of predictions ----------------------------------------------------------------------


def _empty(run: Patches, patch: int) -> tuple[str, dict[str, int]]:
    """Whether the patch looked at is a dummy, or even counts most."""
    phi, most = abs(float(run.phi[patch])), patch == int(run.order[0])
    facts = {"count": len(run.v) // 2, "dummies": int(run.unchanged.sum()) - 1}
    if phi < 1e-9:
        return "zero", facts
    return ("most" if most else "little"), facts


def _left_out(run: Patches, patch: int) -> tuple[str, dict[str, str]]:
    """What leaving out the patch looked at says of its φ."""
    phi, last = float(run.phi[patch]), float(run.last[patch])
    facts = {"phi": number(phi), "last": number(last, 2), "count": str(len(run.v) // 2)}
    if abs(last - phi) <= 1e-9 * max(1.0, abs(phi)):
        return "same", facts
    if abs(last) < 0.1 * abs(phi):
        return "nothing", facts
    return ("more" if abs(last) > abs(phi) else "less"), facts


def _falls(run: Patches) -> tuple[str, dict[str, str]]:
    """After how many steps in order of φ the target is no longer read."""
    steps, first = run.steps("deletion"), int(run.order[0])
    lost = (steps.scores.argmax(-1) != run.target).nonzero().flatten().tolist()
    kept = int((steps.mean > 0).long().cumprod(0).sum()) - 1
    facts = {"lead": number(run.lead(run.x)), "first": str(first + 1), "steps": str(kept)}
    facts["last"] = number(run.last[first])
    if not lost:
        return "never", facts
    if lost[0] <= 2:
        return "two", facts
    return ("five" if lost[0] <= 5 else "six"), facts


answers = {"empty": _empty, "left_out": _left_out, "falls": _falls}
