"""What a noisy chain claims: INFO-07, XAI-07, the data-processing inequality."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from core.check import Check, at_most, equal, same
from core.experiments.information.processing import Processing, keeps, letters
from core.information import conditional_mutual_information, entropy
from core.words import amount, number

NODES = ("X", "Y", "Z", "Z₂", "Z₃", "Z₄", "Z₅", "Z₆", "Z₇")
TINY = 5e-13  # bits that count as none
Rows = Sequence[Sequence[float]]


def checks(
    run: Processing, *, a: float, b: float, links: int, step: str, rule: str, symbols: int,
    kind: str, share: float,
) -> list[Check]:  # fmt: skip
    """Never more, by both forms; the chain rule; closed forms, what a link keeps at most."""
    joints, channels = _by_hand(a, b, links, step, rule, symbols, kind, share)
    told, beside, n = run.told.tolist(), run.beside.tolist(), len(run.beside)
    end = NODES[n]
    chain = _triple(joints, channels)
    m = letters(step, rule, symbols)
    eta = keeps(b, m, kind)
    noisy = told[n - links :]
    plain = step in ("none", "swap")
    return [
        at_most("INFO-07", "no link adds information about X: the largest rise along the chain",
                max(float(each) for each in np.diff(told)), 0.0),
        at_most("INFO-07", f"I(X;{end}) is at most what any link lets through, I of neighbours",
                told[n], min(beside)),
        same("INFO-07", "I = H(X) + H(Z) − H(X, Z) at each place, and of all neighbours, from "
             "tables multiplied by hand; and these: largest difference",
             [*told, *beside, *run.joints.flatten().tolist()],
             [*map(_told, joints), *(_told(_law(j, c)) for j, c in zip(joints, channels)),
              *_padded(joints, run.joints.shape[2], kind == "erasing")]),
        equal("XAI-07", f"I(X;{end}) = H(X) − H(X|{end}): what is known of X and what is not",
              told[n], float(entropy(run.joints[0].sum(0), 2)) - _unknown(run.joints[-1].tolist())),
        equal("", f"what is lost behind Y is I(X;Y|{end}), by the chain rule",
              told[1] - told[n], _given(chain)),
        equal("", f"Y stands between X and {end}: I(X;{end}|Y) = 0", 
              float(conditional_mutual_information(chain.swapaxes(1, 2))), 0.0),
        equal("", "all channels together are one: " + (
              "(1 − a)(1 − b)ⁿ of H(X) is not erased" if kind == "erasing" else
              "what they leave alone, a product, gives H of a letter less that of a row"),
              told[n], _closed(a, b, links, symbols, kind, share),
              needs=((plain, "a step that merges or is your own lies between"),)),
        at_most("", f"a link of noise b keeps at most the share {number(eta, zero=1e-12)}: by how "
                "much one keeps more", max([y - eta * x for x, y in pairwise(noisy)] or [0]),
                0.0, needs=((links > 0, "there is no link of noise b"),)),
    ]  # fmt: skip


def _by_hand(
    a: float, b: float, links: int, step: str, rule: str, symbols: int, kind: str, share: float
) -> tuple[list[Rows], list[Rows]]:  # fmt: skip
    """Tables of X with each node, and the channels, as plain lists."""
    written = rule.split(",") if step == "mine" else []
    rows = [[float(cell) for cell in row.split()] for row in written]
    k = len(rows) or symbols
    moved = {
        "none": [[float(i == j) for j in range(k)] for i in range(k)],
        "swap": [[float((i + 1) % k == j) for j in range(k)] for i in range(k)],
        "merge": [[float(min(i, k - 2) == j) for j in range(k - 1)] for i in range(k)],
        "mine": [[cell / math.fsum(row) for cell in row] for row in rows],
    }[step]
    m, lost = len(moved[0]), kind == "erasing"
    if lost:
        moved = [[*row, 0.0] for row in moved] + [[0.0] * m + [1.0]]
    channels = [_channel(a, k, lost)] + ([moved] if step != "none" else [])
    channels += [_channel(b, m, lost)] * links
    law = [share] + [(1 - share) / (k - 1)] * (k - 1)
    joint = [[law[i] * (i == j) for j in range(k + lost)] for i in range(k)]
    joints = [joint]
    for channel in channels:
        joint = [
            [math.fsum(p * c[j] for p, c in zip(row, channel)) for j in range(len(channel[0]))]
            for row in joint
        ]
        joints.append(joint)
    return joints, channels


def _channel(noise: float, k: int, lost: bool) -> Rows:
    if lost:
        rows = [[(1 - noise) * (i == j) for j in range(k)] + [noise] for i in range(k)]
        return [*rows, [0.0] * k + [1.0]]
    if k == 1:
        return [[1.0]]
    return [[1 - noise if i == j else noise / (k - 1) for j in range(k)] for i in range(k)]


def _law(joint: Rows, channel: Rows) -> Rows:
    """The table of two neighbours."""
    masses = [math.fsum(row[j] for row in joint) for j in range(len(channel))]
    return [[mass * each for each in row] for mass, row in zip(masses, channel)]


def _padded(joints: list[Rows], size: int, lost: bool) -> list[float]:
    """All entries, with zeros for letters that are not there, before the erased one."""
    rows = [row for joint in joints for row in joint]
    ends = [len(row) - lost for row in rows]
    return [p for row, m in zip(rows, ends)
            for p in [*row[:m], *[0.0] * (size - len(row)), *row[m:]]]  # fmt: skip


def _bits(masses: Sequence[float]) -> float:
    return -math.fsum(p * math.log2(p) for p in masses if p > 0)


def _told(table: Rows) -> float:
    rows, columns = map(math.fsum, table), map(math.fsum, zip(*table))
    return _bits(list(rows)) + _bits(list(columns)) - _bits([p for row in table for p in row])


def _unknown(joint: Rows) -> float:
    """H(X|Z) of a table of X and Z, letter by letter of Z."""
    total = 0.0
    for column in zip(*joint):
        mass = math.fsum(column)
        total += mass * _bits([p / mass for p in column]) if mass > 0 else 0.0
    return total


def _triple(joints: list[Rows], channels: list[Rows]) -> np.ndarray:
    """The law of X, Y and the last."""
    rest = np.eye(len(channels[0][0]))
    for channel in channels[1:]:
        rest = rest @ np.array(channel)
    return np.array(joints[1])[:, :, None] * rest


def _given(table: np.ndarray) -> float:
    """I(X;Y|Z) in bits, slice by slice of Z."""
    masses = table.sum((0, 1))
    return math.fsum(
        mass * _told((table[:, :, z] / mass).tolist()) for z, mass in enumerate(masses) if mass > 0
    )


def _closed(a: float, b: float, links: int, k: int, kind: str, share: float) -> float:
    law = [share] + [(1 - share) / (k - 1)] * (k - 1)
    if kind == "erasing":
        return (1 - a) * (1 - b) ** links * _bits(law)
    stays = (1 - a * k / (k - 1)) * (1 - b * k / (k - 1)) ** links
    row = [stays + (1 - stays) / k] + [(1 - stays) / k] * (k - 1)
    return _bits([stays * p + (1 - stays) / k for p in law]) - _bits(row)


def says(run: Processing, *, a: float, links: int, step: str) -> str:
    """What is left at Y and at the end; what the step in between loses."""
    told = [max(0.0, float(each)) for each in run.told]
    n, has = len(told) - 1, number(told[0])
    out = f"X has {has} bit{'s' * (has != '1')}, {_left(told[1])} at Y"
    if n > 1:
        out += f", {_left(told[n])} at {NODES[n]}"
    out += ". "
    if step != "none":
        loss = told[1] - told[2]
        name = {"swap": "Moving the letters on by one", "merge": "Merging two letters",
                "mine": "Your rule"}[step] + " loses"  # fmt: skip
        out += f"{name} {_amount(loss)}"
        out += ": it can be undone. " if step == "swap" else ". "
    if links and told[n - links] > TINY:
        before = told[n - links]
        lost = 100 * (before - told[n]) / before
        what = "The channel of noise b loses" if links == 1 else f"The {links} channels behind lose"
        out += f"{what} {number(lost, zero=1e-9)} % of what came in."
    return out.strip()


def _left(bits: float) -> str:
    return f"{number(bits)} left" if bits > TINY else "nothing left"


def _amount(bits: float) -> str:
    return amount(bits, "bits") if bits > TINY else "nothing"


def _more(run: Processing) -> tuple[str, dict[str, str]]:
    """Whether the end knows more of X than Y does."""
    key = "yes" if float(run.told[-1]) > float(run.told[1]) + TINY else "never"
    return key, {"y": number(run.told[1]), "z": number(run.last)}


answers = {
    "second": _more,
    "flip": lambda run: (run.last, {"z": number(run.last)}),
    "merge": lambda run: (run.last, {"x": number(run.told[0], 4), "z": number(run.last)}),
}
