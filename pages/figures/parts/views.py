"""Linked charts under the stage: point at a bar, see the feature behind it.

The specification is the same for every result, so that only the data are sent anew: names and
numbers that change are marks, not titles.
"""

from typing import TYPE_CHECKING

import numpy as np

from core.experiments.shapley.everyone import Everyone
from core.experiments.shapley.explain import Explained

if TYPE_CHECKING:
    import altair as alt

# Okabe and Ito's colours, readable on light and on dark
BLUE, ORANGE, GREY = "#0072b2", "#e69f00", "#8a9099"
SEEN = 500  # rows drawn at most
SIZE = {"width": 330, "height": 250}
THREE = {"width": 245, "height": 250}  # side by side


def explain(run: Explained, **_) -> "alt.HConcatChart":
    """Bars of φ; a click shows that feature against f over all rows, with this row marked."""
    import altair as alt  # slow to import
    import pandas as pd

    names, order = run.table.features, run.order.tolist()
    rank = {j: place for place, j in enumerate(order)}
    bars = pd.DataFrame(
        [
            {"rank": rank[j], "feature": names[j], "row": run.named[j], "phi": run.values[j].item()}
            for j in order
        ]
    )
    step = -(-len(run.table.X) // SEEN)
    X, f = run.table.X[::step].numpy(), run.model.outputs[::step].numpy()
    points = pd.concat(
        [_points(rank[j], names[j], X[:, j], f, mine=False) for j in order]
        + [_points(rank[j], names[j], run.x[[j]].numpy(), [run.f], mine=True) for j in order]
    )
    chosen = _one()
    up = alt.condition(alt.datum.phi >= 0, alt.value(BLUE), alt.value(ORANGE))
    left = (
        alt.Chart(bars, title="φ of this row: click a bar")
        .mark_bar(cursor="pointer")
        .encode(
            x=alt.X("phi:Q", title="φ"),
            y=_ranked("row"),
            color=up,
            opacity=alt.condition(chosen, alt.value(1), alt.value(0.45)),
            tooltip=[
                alt.Tooltip("row:N", title="feature"),
                alt.Tooltip("phi:Q", title="φ", format="+.4g"),
            ],
        )
        .add_params(chosen)
        .properties(name="bars", **SIZE)
    )
    base = alt.Chart(points, title="That feature and f(x), all rows").transform_filter(chosen)
    x = alt.X("value:Q", title="value", scale=alt.Scale(zero=False))
    y = alt.Y("f:Q", title="f(x)", scale=alt.Scale(zero=False))
    tips = [
        "feature:N",
        alt.Tooltip("value:Q", format=".4g"),
        alt.Tooltip("f:Q", title="f(x)", format=".4g"),
    ]
    others = base.transform_filter("!datum.mine").mark_circle(color=GREY, size=22, opacity=0.7)
    mine = base.transform_filter("datum.mine").mark_point(
        color=ORANGE, shape="diamond", size=190, filled=True, opacity=1
    )
    right = (
        others.encode(x=x, y=y, tooltip=tips)
        + mine.encode(x=x, y=y, tooltip=tips)
        + _named(base.transform_filter("datum.mine"))
    )
    return left | right.properties(**SIZE)


def everyone(run: Everyone, **_) -> "alt.HConcatChart":
    """Bars of mean |φ|, one feature's values against φ, and the rows; each answers the others."""
    import altair as alt  # slow to import
    import pandas as pd

    names, order = run.table.features, run.order.tolist()
    y = run.table.y[run.rows].numpy()
    data = pd.concat(
        [
            pd.DataFrame(
                {
                    "rank": place,
                    "feature": names[j],
                    "number": run.rows.numpy(),
                    "value": run.x[:, j].numpy(),
                    "phi": run.phi[:, j].numpy(),
                    "f": run.f.numpy(),
                    "truth": y,
                }
            )
            for place, j in enumerate(order)
        ]
    )
    chosen = _one()
    brush = alt.selection_interval(name="frame", encodings=["x", "y"])
    bars = (
        alt.Chart(data, title="Mean |φ| of the rows brushed: click a bar")
        .transform_filter(brush)
        .transform_calculate(size="abs(datum.phi)")
        .mark_bar(color=BLUE, cursor="pointer")
        .encode(
            x=alt.X("mean(size):Q", title="mean |φ|", stack=None),
            y=_ranked("feature"),
            opacity=alt.condition(chosen, alt.value(1), alt.value(0.45)),
            detail="rank:O",
            tooltip=[
                "feature:N",
                alt.Tooltip("mean(size):Q", title="mean |φ|", format=".4g"),
                alt.Tooltip("count():Q", title="rows"),
            ],
        )
        .add_params(chosen)
        .properties(name="bars", **THREE)
    )
    tips = [
        alt.Tooltip("number:Q", title="row"),
        alt.Tooltip("value:Q", format=".4g"),
        alt.Tooltip("phi:Q", title="φ", format="+.4g"),
        alt.Tooltip("f:Q", title="f(x)", format=".4g"),
        "truth:Q",
    ]
    inside = {
        "color": alt.condition(brush, alt.value(BLUE), alt.value(GREY)),
        "opacity": alt.condition(brush, alt.value(0.9), alt.value(0.25)),
    }
    base = alt.Chart(data, title="That feature: value and φ").transform_filter(chosen)
    dependence = base.mark_circle(size=34).encode(
        x=alt.X("value:Q", title="value", scale=alt.Scale(zero=False)),
        y=alt.Y("phi:Q", title="φ"),
        tooltip=tips,
        **inside,
    ) + _named(base)
    people = (
        alt.Chart(data, title="The rows: drag a frame around some")
        .transform_filter("datum.rank == 0")
        .mark_circle(size=34)
        .encode(
            x=alt.X("f:Q", title="f(x)", scale=alt.Scale(zero=False)),
            y=alt.Y("truth:Q", title="truth", scale=alt.Scale(zero=False)),
            tooltip=tips[:1] + tips[3:],
            **inside,
        )
        .add_params(brush)
        .properties(name="rows", **THREE)
    )
    # drawn as one picture: a frame in SVG has a role and cannot be given a name
    return (people | bars | dependence.properties(**THREE)).properties(
        description="Linked charts: rows by f(x) and truth, mean |φ|, and φ by value.",
        usermeta={"embedOptions": {"renderer": "canvas"}},
    )


def _points(rank: int, feature: str, value: np.ndarray, f: np.ndarray, mine: bool):
    import pandas as pd

    return pd.DataFrame({"rank": rank, "feature": feature, "value": value, "f": f, "mine": mine})


def _one():
    """One feature is chosen, the first until a bar is clicked; names keep the data out of them."""
    import altair as alt

    return alt.selection_point(
        name="chosen", fields=["rank"], value=[{"rank": 0}], empty=False, toggle=False
    )


def _ranked(field: str):
    """A vertical axis of names in the order of the column rank."""
    import altair as alt

    order = alt.EncodingSortField(field="rank", op="min", order="ascending")
    return alt.Y(f"{field}:N", sort=order, title=None, axis=alt.Axis(labelLimit=150))


def _named(base):
    """The name of the feature, written into the chart."""
    import altair as alt

    return (
        base.transform_aggregate(groupby=["feature"])
        .mark_text(align="left", baseline="top", fontWeight="bold", color=GREY)
        .encode(x=alt.value(6), y=alt.value(4), text="feature:N")
    )
