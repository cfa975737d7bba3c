"""Numbers as sentences write them, and texts as they leave for the browser."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # every page needs words before it needs torch
    from torch import Tensor


def number(value: "float | Tensor", digits: int = 3, zero: float = 0.0) -> str:
    """0.333, −0.25, ∞ to so many significant digits; what is smaller than `zero` is 0."""
    value = float(value)
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return typeset(f"{0.0 if abs(value) < zero else value + 0.0:.{digits}g}")


def amount(value: "float | Tensor", unit: str, digits: int = 3, zero: float = 0.0) -> str:
    """0.5 bits, 1 bit: a number with its unit, which is given in the plural."""
    text = number(value, digits, zero)
    return f"{text} {unit[:-1] if text == '1' else unit}"


def spaced(count: int) -> str:
    """14455392 as 14 455 392."""
    return f"{count:,}".replace(",", " ")


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_POWER = r"(?<![\w.])([-−]?)(\d+(?:\.\d+)?)e([-+−]?)(\d+)(?!\w|\.\d)"
_PLAIN = 5  # a power of ten below this is written out: 1e+02 is 100


def typeset(text: str) -> str:
    """Numbers of a sentence set as in print: −0.98, 9.77·10⁻⁷, 100, 0, ∞.

    Python's own notation goes in ("-0.98", "9.77e-07", "1e+02", "-0", "inf"), so that sentences are
    written with plain format strings and set once, where they leave for the browser. A hyphen
    between two words or numbers stays one.
    """
    text = re.sub(_POWER, lambda m: _power(m, "·10", str.translate), text)
    text = re.sub(r"(?<![\w.)\]}⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉])-(?=\d|inf\b)", "−", text)
    text = re.sub(r"−0(?:\.0+)?(?!\w|[.·]\d)", "0", text)
    return re.sub(r"(?<![\w])inf(?!\w)", "∞", text)


def typeset_tex(text: str) -> str:
    r"""The same for a line of LaTeX: 9.77\cdot 10^{-7}, \infty; minus signs are right."""
    text = re.sub(_POWER, lambda m: _power(m, r"\cdot 10", lambda power, _: f"^{{{power}}}"), text)
    text = re.sub(r"-0(?:\.0+)?(?!\w|\.\d|\\)", "0", text)
    return re.sub(r"(?<![\w\\])inf(?!\w)", r"\\infty", text)


def _power(found: re.Match, ten: str, raised) -> str:
    minus, mantissa, sign, digits = found.groups()
    power = int(digits) * (-1 if sign in ("-", "−") else 1)
    if float(mantissa) == 0:
        return "0"
    if 0 <= power < _PLAIN:
        return f"{minus}{float(mantissa) * 10**power:.12g}"
    if mantissa == "1":
        ten, mantissa = ten.replace("·", "").replace(r"\cdot ", ""), ""
    return f"{minus}{mantissa}{ten}{raised(str(power), _RAISED)}"


def tex(value: float, digits: int = 4, zero: float = 1e-12) -> str:
    """So many significant digits as LaTeX: 0.6667, -2, 1.5\\cdot10^{6}; below `zero` 0."""
    value = float(value)
    if math.isinf(value):
        return r"\infty" if value > 0 else r"-\infty"
    value = 0.0 if abs(value) < zero else value + 0.0
    mantissa, _, power = f"{value:.{digits}g}".partition("e")
    return rf"{mantissa}\cdot10^{{{int(power)}}}" if power else mantissa


def bracket(value: float) -> str:
    """The same behind an operator: a negative number in brackets."""
    text = tex(value)
    return f"({text})" if text.startswith("-") else text


def tex_complex(value: complex, zero: float = 1e-12) -> str:
    """A complex number in the same way: 0.5 - 0.2i; a part below `zero` is 0."""
    real, imag = (tex(part, zero=zero) for part in (value.real, abs(value.imag)))
    return f"{real} {'-' if value.imag < -zero else '+'} {imag}i"


def pmatrix(rows: Iterable[Iterable[str]]) -> str:
    """A matrix in LaTeX, of entries that are written already."""
    inside = r" \\ ".join(" & ".join(row) for row in rows)
    return rf"\begin{{pmatrix}} {inside} \end{{pmatrix}}"


def filled(text: str, numbers: Mapping[str, Callable[[], object]]) -> str:
    """The text with every @name@ replaced by what that function computes, as written by `str`."""
    return re.sub(r"@(\w+)@", lambda found: str(_computed(numbers[found[1]])), text)


@cache
def _computed(function: Callable[[], object]) -> object:
    return function()
