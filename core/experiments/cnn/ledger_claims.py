"""What the parameter ledger claims: CNN-33, and CNN-34 with erratum E-65."""

from core.check import Check, equal, same
from core.experiments.cnn.ledger import LAYERS, NAMES, Ledger, layers, parameters
from core.words import spaced

LAWS = "K (pqc + 1)", "(pqc + 1) O K", "(mnc + 1) O K"


def checks(run: Ledger, *, m: int, n: int, c: int, p: int, q: int, K: int) -> list[Check]:
    """Formulas and misprints against the parameters of torch modules."""
    cnn, local, full = run.counted
    (rows, columns, _), printed = run.output, run.printed
    shape = m - p + 1, n - q + 1, K
    sheet = f"the sheet says {printed[2]} and {printed[1]}, torch has {full} and {local}"
    larger = parameters(layers(2 * m, 2 * n, c, p, q, K)[0])
    one = (c == 1, f"c = {c}: the sheet says {printed[0]}, torch has {cnn}")
    outputs = "torch makes (m − p + 1) × (n − q + 1) × K outputs"
    channels = "as printed (E-65) K (pq + 1) forgets the channels: right for c = 1 only"
    biases = "as printed (E-65) the other two have K biases instead of O K: both lack (O − 1) K"
    alike = f"torch's convolution for {2 * m} × {2 * n} pixels has as many parameters"
    lacking, biased = (full - printed[2], local - printed[1]), (rows * columns - 1) * K
    return [
        same("CNN-33", outputs, run.output, shape, tol=0),
        *(
            equal("CNN-34", f"{name}: torch's module has {law} parameters", *counts, tol=0)
            for name, law, *counts in zip(NAMES.values(), LAWS, run.counted, run.on(m, n))
        ),
        equal("CNN-34", channels, printed[0], cnn, tol=0, needs=(one,)),
        same("CNN-34", biases, lacking, biased, tol=0, why=sheet),
        equal("CNN-34", alike, larger, cnn, tol=0),
    ]


def says(run: Ledger, *, c: int, printed: bool) -> str:
    """What happened, in one or two plain sentences."""
    cnn, local, full = run.counted
    rows, columns, maps = run.output
    outputs = f"{rows} × {columns} × {maps} outputs"
    if rows * columns == 1:
        return (
            f"The kernel is as large as the image: one window, {outputs}, and all three layers are "
            f"the same {spaced(cnn)} parameters."
        )
    sheet = f" The printed K(pq + 1) says {spaced(run.printed[0])}: it forgets the {c} channels."
    if c == 1:
        sheet = " With one channel the printed K(pq + 1) happens to be right."
    return (
        f"For {outputs} the convolution needs {spaced(cnn)} parameters, the locally connected "
        f"layer {spaced(local)}, the fully connected one {spaced(full)}: "
        f"{spaced(round(full / cnn))} times as many as the convolution.{sheet * printed}"
    )


def _most(run: Ledger) -> str:
    most = max(run.counted)
    return "none" if run.counted == (most,) * 3 else LAYERS[run.counted.index(most)]


answers = {
    "channels": lambda run: run.counted[0],
    "doubled": lambda run, layer: run.doubled(layer),
    "most": _most,
}
