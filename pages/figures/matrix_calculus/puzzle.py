"""The products as rectangles, the places with their cards, what is laid, and the derivative."""

from functools import lru_cache

from core.experiments.matrix_calculus.puzzle import TARGETS
from core.matrix_calculus import IDENTITIES, Comparison, Factor, factors, numbers, state, tex
from core.matrix_calculus.products import find, shape
from core.words import number
from pages.figures.marks import dots, line, segments
from pages.figures.parts.products import matrix, rectangles, rows_told, told
from pages.figures.plot import PLAIN, Handle, Panel, Picture, axis, panel

PLACES = ("first", "second", "third")
SMALL, LARGE = 4, 6


def figure(
    run: Comparison, *, target: str, layout: str, first: int, second: int, third: int,
    n: int, m: int,
) -> Picture:  # fmt: skip
    """Four panels; a handle for each place moves its card."""
    goal, found = tuple(run.autograd.shape), state(run)
    most = SMALL if max(n, m) <= SMALL else LARGE
    row = (Factor("∂f/∂x", most, most),) * 3
    given = TARGETS[target].given[0]
    result = tuple(run.formula.shape) if run.formula.numel() else None
    titles = {
        "right": "What is laid gives the derivative",
        "value": f"What is laid gives numbers off by {number(run.difference or 0.0)}",
        "shape": "What is laid gives another shape",
    }
    sides = ("n", "m") if layout == "denominator" else ("m", "n")
    scalar = 1 if layout == "denominator" else 0
    if target in ("inner", "bilinear", "norm"):
        sides = tuple("" if i == scalar else each for i, each in enumerate(sides))
    name = IDENTITIES[TARGETS[target].id].function
    panels = (
        rectangles(
            "product", f"∂({name})/∂x as it is laid", run.terms, result, goal,
            (row, row) if given else (row,), told(run),
        ),
        _cards(target, layout, (first, second, third), n, m),
        matrix(
            "laid", titles.get(found, "What is laid gives nothing"), run.formula,
            f"It gives {rows_told(run.formula)}." if result else f"Nothing: {run.error}.",
            goal=goal,
        ),
        matrix(
            "derivative", "The derivative by autograd", run.autograd,
            f"The derivative has the rows {rows_told(run.autograd)}.", sides,
        ),
    )  # fmt: skip
    laid = " + ".join(" ".join(f.name for f in term) for term in run.terms)
    sign = "=" if found == "right" else r"\ne"
    left = tex(name) if len(name) > 1 else name
    formula = rf"\frac{{\partial}}{{\partial x}}\,({left}) {sign} {tex(laid) or '?'}"
    return Picture(panels, formula=(formula,))


def _cards(target: str, layout: str, places: tuple[int, ...], n: int, m: int) -> Panel:
    """Three columns of cards, one of which lies in each place."""
    cards = TARGETS[target].cards
    known = _sizes(target, layout, n, m)
    names = ["no card", *(f"{card}, {known[card]}" for card in cards)]
    at = list(range(len(names)))
    spots = [(j, k) for j in range(3) for k in at]
    chosen = [names[k].partition(",")[0] for k in places]
    return panel(
        "cards",
        "Drag each place to a card",
        segments([(j, 0) for j in range(3)], [(j, at[-1]) for j in range(3)], "faint", "place"),
        dots(*zip(*spots), "faint", "cards", 6),
        line(range(3), places, "model", "laid", width=1.5),
        x=axis("place, from left to right", -0.5, 2.5, tickvals=[0, 1, 2], ticktext=["1", "2", "3"],
               **PLAIN),
        y=axis("card", at[-1] + 0.6, -0.6, tickvals=at, ticktext=names, **PLAIN),
        margin={"l": 112, "r": 8, "t": 6, "b": 36},
        alt=f"Laid: {', '.join(chosen)}.",
        handles=tuple(
            Handle(float(j), float(k), (param,), f"card in place {j + 1}", ((0.0, 1.0),), (0.0,),
                   click=False, frees="y", role="model")
            for j, (param, k) in enumerate(zip(PLACES, places))
        ),
    )  # fmt: skip


@lru_cache(maxsize=512)
def _sizes(target: str, layout: str, n: int, m: int) -> dict[str, str]:
    """Rows and columns of every card."""
    known = factors(numbers(TARGETS[target].id, n, m, 1), layout, m)
    return {card: shape(find(card, known)) for card in TARGETS[target].cards}
