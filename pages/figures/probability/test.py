"""A thousand people, P(ill) test after test, and P(ill | positive) over the prevalence."""

from functools import lru_cache

import numpy as np

from core.experiments.probability.test import MOST, PEOPLE, Tested, laws
from core.experiments.probability.test_claims import TIMES, percent
from core.probability import printed_bayes
from core.words import tex
from pages.figures.marks import dots, line, lying, note, rule
from pages.figures.plot import PLAIN, Handle, Panel, Picture, axis, panel, rows

HIGH = 40  # people in a column
LEAST, LARGEST = 1e-4, 0.5  # prevalences drawn
P = np.geomspace(LEAST, LARGEST, 49)
KINDS = (("force", "ill, positive"), ("model", "well, positive"), ("third", "ill, missed"),
         ("faint", "well, negative"))  # fmt: skip
BARE = {"showticklabels": False, "ticks": "", **PLAIN}
TICKS = {
    "tickvals": [1e-4, 1e-3, 1e-2, 1e-1, 0.5],
    "ticktext": ["0.01 %", "0.1 %", "1 %", "10 %", "50 %"],
}


def figure(
    run: Tested,
    *,
    prevalence: float,
    sensitivity: float,
    false_alarm: float,
    positives: int,
    printed: bool = False,
) -> Picture:
    """Three panels."""
    rates = prevalence, sensitivity, false_alarm
    wrong = printed_bayes(*laws(*rates, positives))[0].item() if printed and run.defined else None
    panels = (
        _people(run, positives),
        _curve(run, prevalence, sensitivity, false_alarm, positives, wrong),
        _steps(run, positives, wrong),
    )
    return Picture(panels, formula=_formula(run, *rates, positives))


def _people(run: Tested, positives: int) -> Panel:
    a, b, c, d = run.people
    counts, start, traces = (a, c, b, d), 0, []
    for (role, name), count in zip(KINDS, counts, strict=True):
        at = np.arange(start, start + count)
        if count:
            traces.append(dots(at // HIGH, at % HIGH, role, name, 5, symbol="circle", unit=0.72))
        start += count
    room = PEOPLE // HIGH + 1
    names = [f"{count} {name}" for (_, name), count in zip(KINDS, counts, strict=True)]
    legend = [
        (dots([room], [y], role, name, 9, symbol="circle"), note(room + 0.6, y, name))
        for (role, _), name, y in zip(KINDS, names, (4, 10, 16, 22), strict=True)
    ]
    told = f"of {a + c} {TIMES[positives]}, {a or 'none'} {'is' if a < 2 else 'are'} ill"
    if not a + c:
        told = f"so few are {TIMES[positives]} that none is to be expected here"
    return panel(
        "people",
        f"{PEOPLE} people: {told}",
        traces,
        legend,
        x=axis(
            f"{HIGH} people in a column", -1, room + 14, showticklabels=False, ticks="", **PLAIN
        ),
        y=axis("people", HIGH, -1, **BARE),
        margin={"l": 30, "r": 6, "t": 6, "b": 34},
        alt=f"{', '.join(names)}.",
    )


@lru_cache(maxsize=64)
def _curves(hit: float, alarm: float, positives: int) -> list[dict]:
    """P(ill | positive) over the prevalence for 1 to MOST tests, that of `positives` bold."""
    out = [line(P, P, "theory", "no test", label="no test")]
    for k in (*(k for k in range(1, MOST + 1) if k != positives), positives):
        ill, well = P * hit**k, (1 - P) * alarm**k
        with np.errstate(invalid="ignore"):
            y = ill / (ill + well)
        name = TIMES[k]
        now = k == positives
        more = {"width": 3.2, "label": name} if now else {"width": 1}
        out.append(line(P, y, "force" if now else "faint", name, dash="solid", **more))
    return out


def _curve(
    run: Tested, p: float, hit: float, alarm: float, positives: int, wrong: float | None
) -> Panel:
    here, at = min(max(p, LEAST), LARGEST), run.ill if run.defined else 0.0
    likelihoods = hit**positives, alarm**positives
    handle = Handle(here, at, ("prevalence",), "share of the ill", ((1.0, 0.0),), frees="x",
                    role="force")  # fmt: skip
    return panel(
        "curve",
        f"P(ill | {TIMES[positives]}): {percent(at) if run.defined else 'undefined'}",
        _curves(hit, alarm, positives),
        rule("faint", "one half", y=0.5, span=(LEAST, LARGEST)),
        wrong is not None
        and (
            line(P, (P * likelihoods[0] + (1 - P) * likelihoods[1]) / sum(likelihoods), "wrong",
                 "as printed", label="as printed", dash="solid"),
            dots([here], [wrong], "wrong", "as printed", 8),
        ),
        x=axis("prevalence: P(ill) before the test", LEAST, LARGEST, log=True, **TICKS),
        y=axis("P(ill | positive)", 0, 1.05),
        alt=f"At a prevalence of {percent(p)} the curve stands at "
        + (f"{percent(at)}." if run.defined else "nothing: undefined."),
        handles=(handle,),
    )  # fmt: skip


def _steps(run: Tested, positives: int, wrong: float | None) -> Panel:
    after = np.nan_to_num(run.after.numpy()[: positives + 1])
    at = np.arange(positives + 1)
    names = ["no test", "1 positive", *(f"{k} positive" for k in range(2, MOST + 1))]
    told = [percent(v) if v == v else "undefined" for v in run.after.tolist()[: positives + 1]]
    return panel(
        "steps",
        "P(ill) test after test; the rest is well",
        rule("theory", "one half", x=0.5, span=(-0.6, MOST + 0.6)),
        lying(after, np.ones(len(at)), at, "model", "well", width=16),
        lying(np.zeros(len(at)), after, at, "force", "ill", width=16),
        [note(1.01, k, text) for k, text in enumerate(told)],
        wrong is not None
        and (
            lying([0.0], [wrong], [positives + 0.36], "wrong", "as printed", width=5),
            note(wrong + 0.01, positives + 0.42, f"as printed: {percent(wrong)}", "wrong"),
        ),
        x=axis("ill (orange) and well (blue)", 0, 1.25, tickvals=[0, 0.5, 1], **PLAIN),
        y=rows(names, "tests so far"),
        margin={"l": 84, "r": 6, "t": 6, "b": 40},
        alt="; ".join(f"{names[k]}: {text}" for k, text in enumerate(told)) + ".",
    )


def _formula(run: Tested, p: float, hit: float, alarm: float, positives: int) -> tuple[str, ...]:
    power = f"^{{{positives}}}" if positives > 1 else ""
    ill = rf"{tex(hit)}{power}\cdot {tex(p)}"
    well = rf"{tex(alarm)}{power}\cdot {tex(1 - p)}"
    value = tex(run.ill) if run.defined else r"\text{undefined}"
    return (
        rf"P(\text{{ill}}\mid\text{{positive}}) = \frac{{\role{{force}}{{{ill}}}}}"
        rf"{{\role{{force}}{{{ill}}} + \role{{model}}{{{well}}}}} = \role{{force}}{{{value}}}",
    )
