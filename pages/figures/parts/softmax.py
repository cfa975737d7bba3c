"""Softmax pooling of one window over its sharpness β, with its bound and log-sum-exp."""

import numpy as np
import torch
from torch import Tensor

from core.cnn.pools import over_beta
from pages.figures.marks import dots, line, rule
from pages.figures.plot import Handle, Panel, axis, coarse, panel


def curve(
    window: Tensor, beta: float, reach: float, among: tuple[float, float], kind: str
) -> Panel:
    """The curve over [-reach, reach]; the point on it sets `beta`.

    Args:
        among: least and largest value of the whole input, so that the frame stays for all windows.
        kind: of the pooling on the page; moving the point makes it softmax pooling.
    """
    betas = torch.linspace(-reach, reach, 161, dtype=window.dtype)
    soft, lse = (values.numpy() for values in over_beta(window, betas))
    here = float(over_beta(window, torch.tensor([beta], dtype=window.dtype))[0])
    x, betas, span = window.numpy(), betas.numpy(), (-reach, reach)
    low, high, wide = float(x.min()), float(x.max()), max(among[1] - among[0], 0.4)
    step = coarse(wide) / 5
    bottom = float(step * np.floor((among[0] - 0.35 * wide) / step))
    top = float(step * np.ceil((among[1] + 0.35 * wide) / step))
    with np.errstate(divide="ignore", invalid="ignore"):
        bound = np.where(betas > 0, high, low) - np.log(len(x)) / betas
    bound[(bound > high) | (bound < low)] = np.nan
    lse[(lse > top) | (lse < bottom)] = np.nan
    known = {"max": high, "mean": float(x.mean()), "min": low}
    soften = {} if kind in ("softmax", "lse") else {"kind": "softmax"}
    sharp = Handle(beta, here, ("beta",), "β", ((1.0, 0.0),), also=soften, frees="x", role="model")
    return panel(
        "curve",
        "Softmax pooling over its sharpness β",
        [rule("faint", name, y=at, span=span, label=name) for name, at in known.items()],
        line(betas, bound, "theory", "max − ln n / β", label="bound"),
        line(
            betas, lse, "wrong", "log-sum-exp / β", width=3 if kind == "lse" else 1.5, label="lse"
        ),
        line(betas, soft, "model", "softmax pooling", width=3, label="softmax"),
        dots([beta], [here], "model", f"β = {beta:g}", 10),
        x=axis("β", *span),
        y=axis("pooled value", bottom, top, nticks=5),
        alt=f"At β = {beta:g} softmax pooling is {here:.5g}, between {low:.4g} and {high:.4g}.",
        handles=(sharp,),
    )
