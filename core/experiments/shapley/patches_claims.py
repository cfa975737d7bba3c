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
    count, stepped = int(alike.sum()), run.phi[run.order].cumsum(0)[-1]
    why = f"{count} patch{'es' * (count != 1)} of {run.players}"
    return [
        equal("XAI-21", "Σφ = v(N) − v(∅)", total, sums, tol=size),
        equal("XAI-18", asked, v, lead),
        equal("XAI-20", chain, start + stepped, end),
        equal("XAI-18", "Σφ = f(x) − f(baseline), two answers of the network", total, end - start),
        same("XAI-21", every, run.band[:, [0, -1]], ends.expand(3, 2), tol=size),
        same("XAI-22", idle, run.phi[alike], 0.0, tol=size, needs=dummy, why=why),
        same("XAI-18", weights, run.phi, products, needs=hidden),
        equal("XAI-21", last, run.last.sum(), sums, needs=apart),
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
        f"The network reads a {read} ({100 * float(scores.softmax(0)[read]):.1f} %){verdict}; "
        f"{run.target} {stands} {run.rival} by {number(abs(lead))}; for {ABSENT[baseline]} alone "
        f"its lead is {number(run.lead(run.absent))}. Patch {best + 1} speaks for it most, "
        f"{number(run.phi[best])}{bare}. With patches {done} in order of φ the mean "
        f"lead is {by_phi}, at random {at_random}."
    )


# --- answers of predictions ----------------------------------------------------------------------


def _most(run: Patches) -> tuple[str, dict[str, object]]:
    """What lies in the patch that counts most."""
    best, ink = int(run.order[0]), int(tiles(run.x, run.side).sum(-1).argmax())
    facts = {"best": best + 1, "phi": number(run.phi[best]), "rival": run.rival}
    facts |= {"ink": ink + 1, "ink_phi": number(run.phi[ink])}
    return "none" if run.inkless[best] else "ink" if best == ink else "some", facts


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


answers = {"most": _most, "empty": _empty, "left_out": _left_out}
