"""Convolution by way of spectra: the outputs, the spectra, one frequency wound up, the cost."""

import numpy as np
import torch

from core.experiments.convolution.frequency import (
    Frequency,
    cost_direct,
    cost_fft,
    crossing,
    next_power,
    short,
)
from pages.figures.marks import arrows, bars, dots, line
from pages.figures.plot import Handle, Paint, Panel, Picture, axis, coarse

LENGTHS = 2 ** np.arange(2, 15)  # of the signals on the axis of the costs
WIDTHS = (20, 32, 50, 80)  # of a frame for samples
FINE = 256  # frequencies at which the gain of the filter is drawn


def figure(run: Frequency, *, signal: str, **_) -> Picture:
    """The outputs; |F|, |H| and |FH|; the winding of one frequency; the cost, or a painted h."""
    return Picture(
        panels=(
            _outputs(run, signal),
            _spectra(run),
            _winding(run),
            _kernel(run) if len(run.gain) else _cost(run),
        ),
        frames=run.N // 2 + 1,
        drive="k",
        formula=_formula(run),
    )


def _folded(k: int, N: int) -> int:
    """The frequency in 0 … N/2 that has the same size as k."""
    return min(k, N - k)


# --- outputs -------------------------------------------------------------------------------------


def _outputs(run: Frequency, signal: str) -> Panel:
    f, N, first = run.f.numpy(), run.N, run.first
    wrong, open_ = run.wrong.numpy(), run.truth.isnan().numpy()
    product, direct = run.product.numpy(), run.direct.numpy()
    u, at = np.arange(N) + first, np.arange(len(direct)) + first
    right = ~wrong & ~open_
    top = coarse(max(abs(product).max(), abs(direct).max(), abs(f).max(), 1))
    end = first + N - 0.5
    name = "f ∗ h" if run.pair == "conv" else "f ⋆ h"
    spectra = "F conj H" if run.pair == "conj" else "F H"
    traces = [
        line([end, end], [-1.15 * top, 1.05 * top], "faint", "end of the DFT", label=f"N = {N}"),
        dots(np.arange(len(f)), f, "data", "f", 5, label="f"),
        bars(u[open_], product[open_], "faint", "not compared"),
        bars(u[right], product[right], "ink", f"DFT⁻¹({spectra})"),
        bars(u[wrong], product[wrong], "wrong", "wrong"),
        line(at, direct, "theory", name, label=name),
    ]
    if run.cut:
        lost = np.arange(min(N, len(f)), len(f))
        traces.append(dots(lost, f[lost], "wrong", "cut off", 8))
    elif run.matched and run.boundary == "zero" and len(direct) > N:
        tails = np.stack([at[N:], direct[N:]], -1)
        landed = np.stack([at[N:] - N, product[: len(direct) - N]], -1)
        traces.append(arrows(tails, landed, "wrong", "comes round"))
    right_end = next(w for w in WIDTHS if w >= max(end, at[-1]))
    count = int(wrong.sum())
    verdict = f"{count} samples wrong" if count else "every compared sample right"
    return Panel(
        "outputs",
        f"DFT⁻¹({spectra}) against {name}: {verdict}",
        tuple(traces),
        {
            "xaxis": axis("sample u", -0.7 - coarse(-first), right_end + 0.2, tickformat="d"),
            "yaxis": axis(f"f[u], ({name})[u]", -1.15 * top, 1.15 * top),
        },
        f"{N} samples of the inverse transform of {spectra}, of which {count} differ from {name}, "
        f"by up to {short(run.error)}; {name} itself has {len(direct)} samples.",
        handles=(
            Handle(
                end,
                -1.05 * top,
                ("N",),
                "length of the DFT N",
                ((1.0, 0.0),),
                (0.5 - first,),
                click=False,
                frees="x",
            ),
        ),
        paint=Paint("drawn", run.drawn.numpy(), -3.0, 3.0, 0.5, "the signal f")
        if signal == "drawn"
        else None,
    )


# --- spectra -------------------------------------------------------------------------------------


def _spectra(run: Frequency) -> Panel:
    N, painted = run.N, len(run.gain) > 0
    per_cycle = len(run.h) if painted else 1  # the painted gains sit at 0, 1, 2, … on the axis
    half = N // 2 + 1
    at = np.arange(half) / N * per_cycle
    F, H = run.F[:half].abs().numpy(), run.H[:half].abs().numpy()
    loudest = F.max() or 1.0
    fine = torch.fft.rfft(run.h, FINE).abs().numpy()
    gain = coarse(max(fine.max(), 1.0))
    k = _folded(run.k, N)
    traces = [
        line(np.arange(len(fine)) / FINE * per_cycle, fine, "model", "|H|", label="|H|"),
        bars(at - 0.004 * per_cycle, F / loudest, "data", "|F|"),
        bars(at + 0.004 * per_cycle, F * H / loudest, "ink", "|F H|"),
        *(
            line(at[[top]], size[[top]] / loudest, role, name, label=name)
            for size, role, name in ((F, "data", "|F|"), (F * H, "ink", "|F H|"))
            for top in (int(size.argmax()),)
        ),
        line([at[k], at[k]], [0, 1.1 * gain], "force", "k"),
    ]
    if painted:
        traces.append(dots(np.arange(len(run.gain)), run.gain.abs().numpy(), "model", "painted", 9))
    marks = np.arange(6) / 10
    return Panel(
        "spectra",
        "|F| times |H| is |F H|" + (": paint |H|" if painted else ""),
        tuple(traces),
        {
            "xaxis": axis(
                "frequency ν (cycles per sample)",
                -0.02 * per_cycle,
                0.52 * per_cycle,
                tickvals=(marks * per_cycle).tolist(),
                ticktext=[f"{v:g}" for v in marks],
            ),
            "yaxis": axis("|H|, |F|/max", 0, 1.1 * gain),
        },
        f"At k = {run.k}, {run.k / N:.3g} cycles per sample, |F| = {F[k]:.3g}, |H| = {H[k]:.3g} "
        f"and |F H| = {F[k] * H[k]:.3g}.",
        handles=(
            Handle(
                float(at[k]),
                1.05 * gain,
                ("k",),
                "frequency looked at",
                ((N / per_cycle, 0.0),),
                click=not painted,
                frees="x",
                role="force",
            ),
        ),
        paint=Paint("gain", run.gain.numpy(), 0.0, 2.0, 0.1, "the gain |H|") if painted else None,
    )


# --- one frequency -------------------------------------------------------------------------------


def _winding(run: Frequency) -> Panel:
    z = run.wound.numpy()
    curve = run.curve.numpy() if len(run.curve) else z
    mean = z.mean()
    reach = 1.1 * coarse(max(float(run.f.abs().max()), 0.1))
    return Panel(
        "winding",
        f"f wound {run.k} times round: the mean is F[{run.k}]/{len(z)}",
        (
            line([-reach, reach], [0, 0], "faint", "real axis"),
            line([0, 0], [-reach, reach], "faint", "imaginary axis"),
            line(curve.real, curve.imag, "data", "f wound up", width=1),
            dots(z.real, z.imag, "data", "samples", 6),
            arrows(
                [[0, 0]], [[mean.real, mean.imag]], "force", "mean", label=f"F[{run.k}]/{len(z)}"
            ),
        ),
        {"xaxis": axis("Re", -reach, reach), "yaxis": axis("Im", -reach, reach)},
        f"The {len(z)} samples of f turn by {360 * run.k / run.N:.4g}° from one to the next; "
        f"their mean is {short(mean.real)} + {short(mean.imag)}i.",
        equal=True,
    )


# --- cost, kernel --------------------------------------------------------------------------------


def _cost(run: Frequency) -> Panel:
    n, m = len(run.f), len(run.h)
    sums = np.array([cost_direct(int(each), int(each)) for each in LENGTHS])
    spectra = np.array([cost_fft(int(each), int(each)) for each in LENGTHS])
    cross = crossing()
    return Panel(
        "cost",
        f"Spectra pay from n = {cross} on, if m = n",
        (
            line(LENGTHS, m * LENGTHS, "faint", f"{m} n", label=f"sum, m = {m}"),
            line(LENGTHS, sums, "model", "n²", label="sum, m = n"),
            line(LENGTHS, spectra, "second", "3 FFTs", label="spectra, m = n"),
            dots([cross], [cost_fft(cross, cross)], "good", "crossing", 10),
            dots([n], [cost_direct(n, m)], "model", "here, by the sum", 9),
            dots([n], [cost_fft(n, m)], "second", "here, by spectra", 9),
        ),
        {
            "xaxis": axis("length n", 4, 65536, log=True, dtick=1),
            "yaxis": axis("multiplications", 10, 1e9, log=True, dtick=2),
        },
        f"Here the sum takes {cost_direct(n, m)} multiplications and three FFTs of "
        f"{next_power(n + m - 1)} points take {cost_fft(n, m)}. With a kernel as long as the "
        f"signal the spectra are cheaper from n = {cross} on.",
    )


def _kernel(run: Frequency) -> Panel:
    h = run.h.numpy()
    top = coarse(max(abs(h).max(), 0.1))
    return Panel(
        "kernel",
        f"Its inverse DFT, the kernel: {len(h)} taps",
        (bars(np.arange(len(h)), h, "model", "h", label="h"),),
        {
            "xaxis": axis("tap t", -0.7, 11.3, tickformat="d"),
            "yaxis": axis("h[t]", -1.1 * top, 1.1 * top),
        },
        f"{len(h)} taps, symmetric about t = {len(h) // 2}, the largest {short(abs(h).max())}.",
    )


# --- formula -------------------------------------------------------------------------------------


def _formula(run: Frequency) -> tuple[str, ...]:
    k, N = run.k, run.N
    bar = rf"\overline{{H[{k}]}}" if run.pair == "conj" else f"H[{k}]"
    H = run.H[k].conj() if run.pair == "conj" else run.H[k]
    lines = [
        rf"F[{k}] = \sum_t f[t]\,e^{{-2\pi i\,{k}t/{N}}} = {_complex(run.F[k])},\qquad "
        rf"F[{k}]\,\role{{model}}{{{bar}}} = ({_complex(run.F[k])})\,"
        rf"\role{{model}}{{({_complex(H)})}} = {_complex(run.F[k] * H)}"
    ]
    if len(run.direct) > N and run.boundary == "zero" and run.matched and not run.cut:
        u, sign = run.first, r"\ast" if run.pair == "conv" else r"\star"
        own, round_ = float(run.direct[0]), float(run.direct[N])
        lines.append(
            rf"p[{u}] = (f {sign} h)[{u}] + \role{{wrong}}{{(f {sign} h)[{u} + {N}]}} = "
            rf"{short(own)} + \role{{wrong}}{{({short(round_)})}} = {short(float(run.product[0]))}"
        )
    return tuple(lines)


def _complex(z: torch.Tensor) -> str:
    """a + bi with three decimals."""
    real, imag = (round(float(part), 3) + 0.0 for part in (z.real, z.imag))
    return f"{real:g} {'-' if imag < 0 else '+'} {abs(imag):g}i"
