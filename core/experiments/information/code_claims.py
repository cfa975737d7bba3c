"""What the wrong code claims: INFO-02, INFO-03, INFO-04."""

import math
from fractions import Fraction

from core.check import Check, at_least, equal, same
from core.experiments.information.code import NAMES, Code
from core.words import amount, number

NAME = {False: "KL(p‖q)", True: "KL(q‖p)"}


def checks(
    run: Code, *, laws: str, held: str, share: float, unit: str, back: bool
) -> list[Check]:  # fmt: skip
    """The sum, its parts by hand, Gibbs, the order; q as it was set."""
    per, way = math.log(2) if unit == "bits" else 1.0, int(back)
    p, q = _told(laws, held, share)
    rows = (p, q), (q, p)
    turned = _turned(p, q) / per
    H, cross, more = (float(each[way]) for each in (run.entropy, run.cross, run.kl))
    one, two = ("q", "p") if back else ("p", "q")
    return [
        equal("INFO-03", f"H({one}, {two}) = H({one}) + KL({one}‖{two})", cross, H + more),
        at_least("INFO-02", f"no code beats its own: H({one}, {two}) ≥ H({one})", cross, H),
        same(
            "INFO-02",
            f"both cross-entropies in {unit}, symbol by symbol, ∞ where one has no word: "
            "largest difference",
            run.cross,
            [_cost(*row) / per for row in rows],
        ),
        same(
            "INFO-04",
            "KL both ways, symbol by symbol: largest difference",
            run.kl,
            [_more(*row) / per for row in rows],
        ),
        same(
            "INFO-01",
            "both entropies, symbol by symbol: largest difference",
            run.entropy,
            [_cost(row, row) / per for row in (p, q)],
        ),
        same("", "the shares are as they were set: largest difference", [*run.p, *run.q], [*p, *q]),
        equal(
            "INFO-02",
            "as printed (E-38) nothing is said of the order; H(p, q) − H(q, p), symbol by symbol",
            float(run.cross[0] - run.cross[1]) if min(*p, *q) > 0 else 0.0,
            turned,
            needs=(
                (min(*p, *q) > 0, "a word is missing"),
                (abs(turned) > 1e-9, "here both orders cost the same"),
            ),
        ),
        equal(
            "INFO-03",
            "as printed (E-39) the line ends after H(p) +: left out is KL(p‖q), H(p, q) less H(p)",
            float(run.cross[0] - run.entropy[0]),
            _more(*rows[0]) / per,
            needs=((float(run.kl[0]) > 0, "q is p: nothing is left out"),),
        ),
    ]


def _told(laws: str, held: str, share: float) -> tuple[list[float], list[float]]:
    p, q = ([Fraction(float(cell)) for cell in row.split()] for row in laws.split(","))
    first = [float(each / sum(p)) for each in p]
    at = NAMES.find(held) if held in NAMES else -1
    if not 0 <= at < len(q):
        return first, [float(each / sum(q)) for each in q]
    rest, left = sum(q) - q[at], 1 - Fraction(share)
    second = [float(left * (each / rest if rest else Fraction(1, len(q) - 1))) for each in q]
    second[at] = share
    return first, second


def _turned(p: list[float], q: list[float]) -> float:
    """Σ q log p − p log q, or 0 where a word is missing."""
    if not all(a > 0 and b > 0 for a, b in zip(p, q, strict=True)):
        return 0.0
    return math.fsum(b * math.log(a) - a * math.log(b) for a, b in zip(p, q, strict=True))


def _cost(p: list[float], q: list[float]) -> float:
    if any(a > 0 and b == 0 for a, b in zip(p, q, strict=True)):
        return math.inf
    return math.fsum(-a * math.log(b) for a, b in zip(p, q, strict=True) if a > 0)


def _more(p: list[float], q: list[float]) -> float:
    if any(a > 0 and b == 0 for a, b in zip(p, q, strict=True)):
        return math.inf
    return math.fsum(a * (math.log(a) - math.log(b)) for a, b in zip(p, q, strict=True) if a > 0)


def says(run: Code, *, unit: str, back: bool) -> str:
    """What a symbol costs, of what it is made, and the other way round."""
    way = int(back)
    one, two = ("q", "p") if back else ("p", "q")
    coded, words = (run.q, run.p) if back else (run.p, run.q)
    missed = [NAMES[i] for i in range(len(coded)) if coded[i] > 0 and words[i] == 0]
    other = f" The other way round {NAME[not back]} is {number(run.kl[1 - way], zero=1e-12)}."
    if missed:
        these = " and ".join(filter(None, [", ".join(missed[:-1]), missed[-1]]))
        return (
            f"{these} of {one} ha{'ve' if len(missed) > 1 else 's'} no word in the code of {two}: "
            f"the mean length is ∞, and so is {NAME[back]}.{other}"
        )
    return (
        f"A symbol of {one} takes {amount(run.cross[way], unit)} in the code of {two}: "
        f"{number(run.entropy[way])} that its own code takes too, and {NAME[back]} = "
        f"{number(run.kl[way], zero=1e-12)} for the wrong one.{other}"
    )


def _length(run: Code) -> str:
    cross = float(run.cross[0])
    return "infinite" if math.isinf(cross) else "two" if cross < 2.5 else "three"


def _swapped(run: Code) -> tuple[float, dict[str, str]]:
    forth, back = run.kl.tolist()
    return back / forth, {"forth": number(forth), "back": number(back)}


answers = {
    "uniform": lambda run: (float(run.cross[0]), {
        "cross": number(run.cross[0]), "H": number(run.entropy[0]), "kl": number(run.kl[0]),
    }),
    "zero": _length,
    "swapped": _swapped,
}  # fmt: skip
