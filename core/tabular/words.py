"""What explanations of a table say: numbers that belong together, and how good a model is."""

import math
from collections.abc import Sequence

from core.tabular.data import Data
from core.tabular.models import Model, model


def signed(values: Sequence[float]) -> list[str]:
    """+12.0, -0.3, …: all to as many decimals as give the largest three digits."""
    most = max(map(abs, values), default=0.0)
    if not 1e-4 < most < 1e5:
        return [f"{value:+.2e}" if value else "0" for value in values]
    decimals = max(0, 2 - math.floor(math.log10(most)))
    told = [f"{value:+.{decimals}f}" for value in values]
    return [text if any(c in "123456789" for c in text) else "0" for text in told]


def amount(value: float) -> str:
    """Four significant digits, and all of a large whole part: 1764000039 is a time."""
    return f"{value:.0f}" if 1e4 <= abs(value) < 1e15 else f"{value:.4g}"


def called(feature: str, value: float, unit: str) -> str:
    """A feature with its value; of two words the one that it is, or is not."""
    if " = " in feature and value in (0, 1):
        return feature if value else feature.replace(" = ", " ≠ ")
    return f"{feature} {amount(value)} {unit}".rstrip()


def quality(f: Model, table: Data) -> str:
    """How well the model does on the rows held out, in words."""
    held, rival = f"on {len(table.test)} rows held out", "where one answer for all would get"
    share = f"{100 * f.quality:.0f} % right {held}, {rival} {100 * f.guess:.0f} %"
    return f"R² = {f.quality:.2f} {held}" if table.task == "regression" else share


def weight(table: Data, feature: str) -> str:
    """The slope of one feature in the linear model of a table."""
    beta = model(table, "linear").score.weight[table.features.index(feature)].item()
    return f"{round(beta, 2):.4g}"


def kept(table: Data) -> str:
    """What is predicted of an own table, and what was left out, behind other sentences."""
    return f" {table.kept}" if table.kept else ""
