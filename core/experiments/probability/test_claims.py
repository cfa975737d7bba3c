"""What a positive test claims: PROB-05 with erratum E-02."""

from core.check import Check, at_most, equal, same
from core.experiments.probability.test import MOST, PEOPLE, Tested, laws
from core.probability import printed_bayes
from core.words import number


def checks(
    run: Tested,
    *,
    prevalence: float,
    sensitivity: float,
    false_alarm: float,
    positives: int,
    printed: bool,
) -> list[Check]:
    """Bayes' rule by hand, test after test, in odds and in people."""
    p, hit, alarm = prevalence, sensitivity**positives, false_alarm**positives
    ill, well = p * hit, (1 - p) * alarm
    happens = (ill + well > 0, "so many positive tests have probability 0")
    sure = ill > 0 and well > 0, "one of the two states is ruled out"
    # 1 − P(ill) has lost its digits where hardly anybody is well: P(well) has not
    before, after = (p / (1 - p), run.both[0] / run.both[1]) if sure[0] else (0.0, 0.0)
    walk = _one_by_one(prevalence, sensitivity, false_alarm)
    told = [k for k, share in enumerate(walk) if share is not None]
    exact = [PEOPLE * share for share in (ill, p - ill, well, 1 - p - well)]
    off = max(abs(count - share) for count, share in zip(run.people, exact, strict=True))
    out = [
        equal("PROB-05", "P(ill | positive) = P(positive | ill) P(ill) / P(positive)",
              _seen(run.ill), ill / (ill + well) if ill + well else 0.0, needs=(happens,)),
        same("PROB-05", f"0 to {MOST} positive tests, each posterior the prior of the next test: "
             "largest difference from all at once", run.after[told], [walk[k] for k in told]),
        equal("PROB-05", "odds after = odds before × (sensitivity / false alarm) for each test",
              after, before * hit / alarm if sure[0] else 0.0, needs=(sure,)),
        equal("PROB-05", "P(ill | positive) + P(well | positive) = 1",
              _seen(float(run.both.sum())), 1.0, needs=(happens,)),
        equal("PROB-05", "a test that rings as often for the ill as for the well: P(ill) stays",
              _seen(run.ill), p,
              needs=(happens, (hit == alarm, "the test tells the two states apart"))),
        same("", f"the people add up to {PEOPLE}, the ill to the nearest whole number: difference",
             [sum(run.people), sum(run.people[:2])], [PEOPLE, int(PEOPLE * p + 0.5 + 1e-9)], tol=0),
        at_most("", "each count of people is less than 1 from its expectation", off, 1.0),
    ]  # fmt: skip
    if printed:
        total = float(printed_bayes(*laws(prevalence, sensitivity, false_alarm, positives)).sum())
        fits = (abs(total - 1) < 1e-9, f"that number for both is together {number(total)}")
        claim = "as printed (E-02) Σ P(X | Yᵢ) P(Yᵢ) / Σ P(X | Yᵢ) for ill and well add up to 1"
        out.insert(0, equal("PROB-05", claim, _seen(total), 1.0, needs=(happens, fits)))
    return out


def _seen(value: float) -> float:
    """0 for what is undefined: the check is silent then."""
    return value if value == value else 0.0


def _one_by_one(p: float, hit: float, alarm: float) -> list[float | None]:
    """P(ill) after 0, 1, … tests, each with the one before as its prior; None if undefined."""
    out: list[float | None] = [p]
    for _ in range(MOST):
        last = out[-1]
        ring = None if last is None else last * hit + (1 - last) * alarm
        out.append(last * hit / ring if ring else None)
    return out


# --- words ---------------------------------------------------------------------------------------

TIMES = (
    "",
    "positive",
    "positive twice",
    "positive 3 times",
    "positive 4 times",
    "positive 5 times",
)


def percent(share: float) -> str:
    """15.4 %; what is nearly all is not called all."""
    return "over 99.9 %" if 0.9995 <= share < 1 else f"{number(100 * share)} %"


def says(
    run: Tested,
    *,
    prevalence: float,
    sensitivity: float,
    false_alarm: float,
    positives: int,
    printed: bool = False,
) -> str:
    """The people, the share among them, and the exact probability."""
    if not run.defined:
        return (
            "Nobody can be positive: the probability of ill, given a positive test, is undefined."
        )
    a, b, c, _ = run.people
    times = TIMES[positives]
    start = f"Of {PEOPLE} people {_are(a + b)} ill. "
    if a + c:
        start += (
            f"Of the ill {a or 'none'}, of the well {c or 'none'} are {times}: of {a + c} such "
        )
        start += f"{'people' if a + c > 1 else 'person'} {_are(a)} ill. "
    else:
        start += f"So few are {times} that none of these is to be expected. "
    exact = f"Exactly, P(ill) rises from {percent(prevalence)} to {percent(run.ill)}"
    if abs(run.ill - prevalence) < 1e-12:
        exact = f"Exactly, P(ill) stays {percent(prevalence)}"
    elif run.ill < prevalence:
        exact = exact.replace("rises", "falls")
    given = ", if the tests err independently given the state" if positives > 1 else ""
    told = f"{start}{exact}{given}."
    if printed:
        wrong = printed_bayes(*laws(prevalence, sensitivity, false_alarm, positives))[0]
        told += f" As printed it would be {percent(float(wrong))}, for ill and for well."
    return told


def _are(count: int) -> str:
    """none is, 1 is, 2 are."""
    return f"{count or 'none'} {'is' if count < 2 else 'are'}"


def _facts(run: Tested) -> dict[str, str]:
    a, _, c, _ = run.people
    return {"share": percent(run.ill), "ill": str(a), "all": str(a + c)}


def _often(run: Tested) -> tuple[str, dict[str, str]]:
    """How many positive tests it takes."""
    keys = {0: "never", 1: "one", 2: "two", 3: "three"}
    row = ", ".join(percent(v) for v in run.after[1:].tolist())
    return keys.get(run.needed, "more"), {"row": row, "needed": str(run.needed)}


answers = {
    "positive": lambda run: (run.ill, _facts(run)),
    "often": _often,
    "sure": lambda run: (run.ill, _facts(run)),
}
