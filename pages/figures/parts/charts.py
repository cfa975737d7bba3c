"""Linked charts under the stage: point at a bar, see the feature behind it.

A specification is made once and names its data; a chart is the specification with new rows, so
names and numbers that change are marks, not titles. Slow to import: figures do so when they draw.
"""

from functools import cache
from typing import Any

import altair as alt

# the stage's model and force, readable on light and on dark
BLUE, ORANGE, GREY = "#0072b2", "#c97b00", "#8a9099"


@cache
def one_row() -> dict[str, Any]:
    """Bars of φ; a click shows that feature against f over all rows, with this row marked.

    Data: "bars" (rank, feature, row, phi) and "points" (rank, feature, value, f, mine).
    """
    size, chosen = {"width": 330, "height": 250}, _one()
    left = alt.Chart(alt.NamedData("bars"), title="The same φ as bars: click one", **size)
    left = _bars(left, "row", chosen).encode(
        x=alt.X("phi:Q", title="φ"),
        color=alt.condition(alt.datum.phi >= 0, alt.value(BLUE), alt.value(ORANGE)),
        tooltip=[alt.Tooltip("row:N", title="feature"), _tip("phi", "φ", "+.4g")],
    )
    points = alt.Chart(alt.NamedData("points"), title="That feature and f(x), all rows")
    points = points.transform_filter(chosen)
    mine = points.transform_filter("datum.mine")
    places = {
        "x": alt.X("value:Q", title="value").scale(zero=False),
        "y": alt.Y("f:Q", title="f(x)").scale(zero=False),
        "tooltip": ["feature:N", _tip("value"), _tip("f", "f(x)")],
    }
    others = points.transform_filter("!datum.mine").mark_circle(color=GREY, size=22, opacity=0.7)
    diamond = {"shape": "diamond", "size": 190, "filled": True, "opacity": 1}
    mark = mine.mark_point(color=ORANGE, **diamond).encode(**places)
    right = others.encode(**places) + mark + _named(mine)
    return (left | right.properties(**size)).to_dict()


@cache
def many_rows() -> dict[str, Any]:
    """Bars of mean |φ|, one feature's values against φ, and the rows; each answers the others.

    Data: "rows" (rank, feature, number, value, phi, f, truth), one for each row and feature.
    """
    data, size = alt.NamedData("rows"), {"width": 245, "height": 250}
    chosen, brush = _one(), alt.selection_interval(name="frame", encodings=["x", "y"])
    rows = alt.Tooltip("count():Q", title="rows")
    bars = alt.Chart(data, title="Mean |φ| of the rows brushed: click a bar", **size)
    bars = bars.transform_filter(brush).transform_calculate(size="abs(datum.phi)")
    bars = _bars(bars, "feature", chosen).encode(
        x=alt.X("mean(size):Q", title="mean |φ|", stack=None),
        detail="rank:O",
        tooltip=["feature:N", _tip("mean(size)", "mean |φ|"), rows],
    )
    row, f = alt.Tooltip("number:Q", title="row"), _tip("f", "f(x)")
    inside = {
        "color": alt.condition(brush, alt.value(BLUE), alt.value(GREY)),
        "opacity": alt.condition(brush, alt.value(0.9), alt.value(0.25)),
    }
    feature = alt.Chart(data, title="That feature: value and φ").transform_filter(chosen)
    dependence = feature.mark_circle(size=34).encode(
        x=alt.X("value:Q", title="value").scale(zero=False),
        y=alt.Y("phi:Q", title="φ"),
        tooltip=[row, _tip("value"), _tip("phi", "φ", "+.4g"), f, "truth:Q"],
        **inside,
    ) + _named(feature)
    people = (
        alt.Chart(data, title="The rows: drag a frame around some")
        .transform_filter("datum.rank == 0")
        .mark_circle(size=34)
        .encode(
            x=alt.X("f:Q", title="f(x)").scale(zero=False),
            y=alt.Y("truth:Q", title="truth").scale(zero=False),
            tooltip=[row, f, "truth:Q"],
            **inside,
        )
        .add_params(brush)
        .properties(name="rows", **size)
    )
    # drawn as one picture: a frame in SVG has a role and cannot be given a name
    linked = (people | bars | dependence.properties(**size)).properties(
        description="Linked charts: rows by f(x) and truth, mean |φ|, and φ by value.",
        usermeta={"embedOptions": {"renderer": "canvas"}},
    )
    return linked.to_dict()


def _one() -> alt.Parameter:
    """One feature is chosen, the first until a bar is clicked."""
    first = {"fields": ["rank"], "value": [{"rank": 0}]}
    return alt.selection_point(name="chosen", empty=False, toggle=False, **first)


def _bars(base: alt.Chart, names: str, chosen: alt.Parameter) -> alt.Chart:
    """Bars to click, their names in the order of the column rank."""
    order = alt.EncodingSortField("rank", op="min", order="ascending")
    y = alt.Y(f"{names}:N", sort=order, title=None, axis=alt.Axis(labelLimit=150))
    opacity = alt.condition(chosen, alt.value(1), alt.value(0.45))
    bars = base.mark_bar(color=BLUE, cursor="pointer").encode(y=y, opacity=opacity)
    return bars.add_params(chosen).properties(name="bars")


def _tip(field: str, title: str | None = None, format: str = ".4g") -> alt.Tooltip:
    return alt.Tooltip(f"{field}:Q", format=format, title=title or alt.Undefined)


def _named(base: alt.Chart) -> alt.Chart:
    """The name of the feature, written into the chart."""
    look = {"align": "left", "baseline": "top", "fontWeight": "bold", "color": GREY}
    text = base.transform_aggregate(groupby=["feature"]).mark_text(**look)
    return text.encode(x=alt.value(6), y=alt.value(4), text="feature:N")
