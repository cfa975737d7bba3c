"""Convolution by way of spectra: the outputs, the spectra, one frequency wound up, the cost."""

from functools import partial
from typing import Annotated

import numpy as np
import torch

from core import table
from core.convolution.signals import counted, short
from core.convolution.spectra import cost_direct, cost_fft, crossing, filled, next_power
from core.experiments.convolution.frequency import FINE, LONGEST, Frequency, wave, wind
from core.signature import between
from core.words import tex, tex_complex
from pages.figures.marks import arrows, bars, dots, line, note, rule
from pages.figures.plot import Handle, Paint, Panel, Picture, axis, coarse, panel

LENGTHS = 2 ** np.arange(2, 15)  # of the signals on the axis of the costs
WIDTHS = (20, 32, 50, 80)  # of a frame for samples


def figure(
    run: Frequency, *, signal: str, waves: str, drawn: str, k: Annotated[int, between(0, 32)] = 3
) -> Picture:
    """The outputs; |F|, |H| and |FH|; the winding of frequency k; the cost, or a painted h."""
    k %= run.N
    paint, sines = None, table.read(waves, "waves") if signal == "waves" else None
    if sines is None:
        samples = filled(table.signal(drawn, "drawn", LONGEST), LONGEST).numpy()
        paint = Paint("drawn", samples, -3.0, 3.0, 0.5, "the signal f")
    last = _kernel(run) if len(run.gain) else _cost(len(run.f), len(run.h))
    return Picture(
        (_outputs(run, paint), _spectra(run, k), _winding(run, k, sines), last),
        frames=run.N // 2 + 1,
        drive="k",
        formula=_formula(run, k),
    )


def _outputs(run: Frequency, paint: Paint | None) -> Panel:
    f, N, first, truth = run.f.numpy(), run.N, run.first, run.truth.numpy()
    product, direct, wrong = run.product.numpy(), run.direct.numpy(), run.wrong.numpy()
    u, at, known = np.arange(N) + first, np.arange(len(direct)) + first, ~np.isnan(truth)
    right, (spectra, name) = known & ~wrong, run.names
    least = paint.high if paint else 0.0
    top = coarse(max(abs(product).max(), abs(direct).max(), abs(f).max(), least)) or 1.0
    end, count, lost = first + N - 0.5, int(wrong.sum()), []
    off = f"{count} of them wrong, by up to {short(run.error, zero=1e-12 * run.size)}"
    if run.cut:
        lost = dots(np.arange(N, max(N, len(f))), f[N:], "wrong", "cut off", 8)
    elif run.wraps:
        tails = np.stack([at[N:], direct[N:]], -1)
        landed = np.stack([at[N:] - N, product[: len(direct) - N]], -1)
        lost = arrows(tails, landed, "wrong", "comes round")
    wide = next(w for w in WIDTHS if w >= max(end, at[-1]))
    verdict = f"{counted(count, 'sample')} wrong" if count else "no sample wrong"
    back = {"matrix": ((1.0, 0.0),), "offset": (0.5 - first,), "click": False, "frees": "x"}
    frame = {
        "x": axis("sample u", -0.7 - coarse(-first), wide + 0.2, tickformat="d"),
        "y": axis(f"f[u], ({name})[u]", -1.15 * top, 1.15 * top),
        "handles": (Handle(end, -1.05 * top, ("N",), "length of the DFT N", **back),),
    }
    return panel(
        "outputs",
        f"DFT⁻¹({spectra}) against {name}: {verdict}",
        rule("faint", "end of the DFT", x=end, span=(-1.15 * top, 1.05 * top), label=f"N = {N}"),
        dots(np.arange(len(f)), f, "data", "f", 5, label="f"),
        bars(u[~known], product[~known], "faint", "not compared"),
        bars(u[right], product[right], "ink", f"DFT⁻¹({spectra})"),
        bars(u[wrong], product[wrong], "wrong", "wrong"),
        [line(at, direct, "theory", name, label=name), lost],
        alt=f"{counted(N, 'sample')} of the inverse transform of {spectra}, "
        f"{off if count else 'none wrong'}; {name} itself has {counted(len(direct), 'sample')}.",
        paint=paint,
        **frame,
    )


def _spectra(run: Frequency, k: int) -> Panel:
    N, painted = run.N, len(run.gain) > 0
    per_cycle = len(run.h) if painted else 1  # the painted gains sit at 0, 1, 2, … on the axis
    half, now, heights = N // 2 + 1, min(k, N - k), run.gain.numpy()
    at, marks = np.arange(half) / N * per_cycle, np.arange(6) / 10
    F, H, fine = run.F[:half].abs().numpy(), run.H[:half].abs().numpy(), run.curve.numpy()
    both, loudest = F * H, F.max() or 1.0
    gain = coarse(max(fine.max(), 2.0 * painted)) or 1.0
    ticks = {"tickvals": (marks * per_cycle).tolist(), "ticktext": [f"{v:g}" for v in marks]}
    turn = {"matrix": ((N / per_cycle, 0.0),), "click": not painted, "frees": "x", "role": "force"}
    spectra = ((-0.004, F, "data", "|F|"), (0.004, both, "ink", "|F H|"))
    return panel(
        "spectra",
        "|F| times |H| is |F H|" + (": paint |H|" if painted else ""),
        line(np.arange(len(fine)) / FINE * per_cycle, fine, "model", "|H|", label="|H|"),
        [bars(at + off * per_cycle, S / loudest, *named) for off, S, *named in spectra],
        [note(at[S.argmax()], S.max() / loudest, name, role) for _, S, role, name in spectra],
        rule("force", "k", x=at[now], span=(0, 1.1 * gain)),
        painted and dots(np.arange(len(heights)), abs(heights), "model", "painted", 9),
        x=axis("frequency ν (cycles per sample)", -0.02 * per_cycle, 0.52 * per_cycle, **ticks),
        y=axis("|H|, |F|/max", 0, 1.1 * gain),
        alt=f"At k = {k}, {k / N:.3g} cycles per sample, |F| = {F[now]:.3g}, |H| = {H[now]:.3g} "
        f"and |F H| = {both[now]:.3g}.",
        handles=(Handle(float(at[now]), 1.05 * gain, ("k",), "frequency looked at", **turn),),
        paint=Paint("gain", heights, 0.0, 2.0, 0.1, "the gain |H|") if painted else None,
    )


def _winding(run: Frequency, k: int, sines: torch.Tensor | None) -> Panel:
    z = curve = run.wound(k).numpy()
    if sines is not None:  # between the samples
        t = torch.linspace(0, len(z) - 1, 241, dtype=torch.float64)
        curve = wind(wave(sines, t, len(run.f)), t, k / run.N).numpy()
    mean, share = z.mean(), f"F[{k}]/{len(z)}"
    reach = 1.1 * coarse(float(run.f.abs().max())) or 1.0
    axes = [rule("faint", "real axis", y=0, span=(-reach, reach))]
    axes.append(rule("faint", "imaginary axis", x=0, span=(-reach, reach)))
    wound = line(curve.real, curve.imag, "data", "f wound up", width=1)
    arrow = arrows([[0, 0]], [[mean.real, mean.imag]], "force", "mean", label=share)
    marks = axes, wound, dots(z.real, z.imag, "data", "samples", 6), arrow
    frame = {"x": axis("Re", -reach, reach), "y": axis("Im", -reach, reach), "equal": True}
    alt = f"The {len(z)} samples of f turn by {360 * k / run.N:.4g}° from one to the next; "
    sign = "−" if mean.imag < 0 else "+"
    write = partial(short, zero=1e-12 * float(run.f.abs().max()))
    alt += f"their mean is {write(mean.real)} {sign} {write(abs(mean.imag))}i."
    title = f"f wound up, {360 * k / run.N:.4g}° a sample: the mean is {share}"
    return panel("winding", title, marks, **frame, alt=alt)


def _cost(n: int, m: int) -> Panel:
    cross, summed, way = crossing(), cost_direct(n, m), cost_fft(n, m)
    both, pays = [cost_fft(each, each) for each in LENGTHS.tolist()], f"pay from n = {cross} on"
    marks = (
        line(LENGTHS, m * LENGTHS, "faint", f"{m} n", label=f"sum, m = {m}"),
        line(LENGTHS, LENGTHS**2, "model", "n²", label="sum, m = n"),
        line(LENGTHS, both, "second", "3 FFTs", label="spectra, m = n"),
        dots([cross], [cost_fft(cross, cross)], "good", "crossing", 10),
        dots([n], [summed], "model", "here, by the sum", 9),
        dots([n], [way], "second", "here, by spectra", 9),
    )
    length = axis("length n", 4, 65536, log=True, dtick=1)
    effort = axis("multiplications", 10, 1e9, log=True, dtick=2)
    alt = f"Here the sum takes {summed} multiplications and three FFTs of "
    alt += f"{next_power(n + m - 1)} points take {way}. With m = n spectra {pays}."
    return panel("cost", f"Spectra {pays}, if m = n", marks, x=length, y=effort, alt=alt)


def _kernel(run: Frequency) -> Panel:
    h, m = run.h.numpy(), len(run.h)
    top = 1.1 * coarse(abs(h).max()) or 1.0
    bar = bars(np.arange(m), h, "model", "h", label="h")
    frame = {"x": axis("tap t", -0.7, 11.3, tickformat="d"), "y": axis("h[t]", -top, top)}
    alt = f"{m} taps, symmetric about t = {m // 2}, the largest {short(abs(h).max())}."
    return panel("kernel", f"Its inverse DFT, the kernel: {m} taps", bar, **frame, alt=alt)


def _formula(run: Frequency, k: int) -> tuple[str, ...]:
    F, H, N, bar = complex(run.F[k]), complex(run.H[k]), run.N, f"H[{k}]"
    if run.pair == "conj":
        bar, H = rf"\overline{{H[{k}]}}", H.conjugate()
    a, b = (1e-12 * float(signal.abs().sum()) for signal in (run.f, run.h))
    F, H, both = _complex(F, a), _complex(H, b), _complex(F * H, 1e-12 * run.size)
    product = (
        rf"F[{k}] = \sum_t f[t]\,e^{{-2\pi i\,{k}t/{N}}} = {F},\qquad "
        rf"F[{k}]\,\role{{model}}{{{bar}}} = ({F})\,\role{{model}}{{({H})}} = {both}"
    )
    if not run.wraps:
        return (product,)
    u, name = run.first, r"(f \ast h)" if run.pair == "conv" else r"(f \star h)"
    own, round_, sum_ = map(tex, (run.direct[0], run.direct[N], run.product[0]))
    over = rf"\role{{wrong}}{{{name}[{u} + {N}]}} = {own} + \role{{wrong}}{{({round_})}}"
    return (product, rf"p[{u}] = {name}[{u}] + {over} = {sum_}")


def _complex(z: complex, zero: float) -> str:
    """a + bi; a part that is rounding, or next to nothing beside the other, is 0."""
    return tex_complex(z, max(zero, 5e-4 * abs(z)))
