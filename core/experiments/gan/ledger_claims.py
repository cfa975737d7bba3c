"""What the mode ledger claims: GAN-07 with erratum E-72, GAN-03, GAN-04, and what happened."""

import math

import torch

from core.check import Check, equal, same
from core.experiments.gan.ledger import EVEN, MODES, Ledger, even
from core.gan import value


def checks(run: Ledger, *, covered: int, tilt: float, follow: float) -> list[Check]:
    """The closed form, the best answer, V at D*, D*, the moves, the misprint."""
    plain = (tilt == 0 or covered == 1, "the covered modes have unequal shares of the fakes")
    closed = f"{covered} of 8 modes covered evenly: JSD = ½[(k/8) log(p/m) + log(q/m) + (1 − k/8) "
    closed += f"log 2], k = {covered}, p = 1/8, q = 1/k, m = (p + q)/2"
    best = "no answer of this size gets more trust from the frozen referee: mean trust after it = "
    best += "(1 − s) of the old + s max D*, s the share that moves, largest distance"
    most = (1 - follow) * run.trust + follow * run.D.amax(1)
    kept = int(run.covered[0])
    lost = f"{MODES - kept} mode{'s' * (MODES - kept != 1)} lost although {kept} are kept"
    collapse = ((kept < MODES, "nothing has collapsed"), (kept == 1, lost))
    return [
        equal("GAN-07", closed, run.jsd[0], even(covered), needs=(plain,)),
        same("GAN-07", best, run.frozen, most[:-1]),
        same(
            "GAN-04",
            "V(D*) = 2 JSD − log 4 in every round, V summed over the modes: largest distance",
            value(EVEN, run.q, run.D, 1.0),
            run.value,
        ),
        same(
            "GAN-03",
            "D* = p/(p + q) in every mode and round, p = 1/8: largest distance",
            run.D,
            0.125 / (0.125 + run.q),
        ),
        _answers(run, follow),
        equal("GAN-07", "as printed (E-72) collapse leaves a single x", kept, 1, needs=collapse),
    ]


def _answers(run: Ledger, follow: float) -> Check:
    """Each answer sends its share to a mode of the largest trust, and no fakes are lost."""
    claim = "an answer sends its share of the fakes to a mode that the frozen referee trusts most, "
    claim += "in every round: largest distance"
    to = torch.nn.functional.one_hot(run.target - 1, MODES).double()
    moved = (1 - follow) * run.q + run.follow * to
    gaps = (run.q[1:] - moved[:-1]).flatten(), run.D.amax(1) - (to * run.D).sum(1)
    return same("GAN-07", claim, torch.cat([*gaps, run.q.sum(1) - 1]), 0.0)


def says(run: Ledger, *, round: int, hand: int) -> str:
    """The ledger in the round looked at, and what the answer gains before the referee's."""
    at = min(round, run.rounds)
    n, target = int(run.covered[at]), int(run.target[at])
    modes = f"{n} of 8 modes" if n > 1 else "one of 8 modes"
    told = f"Round {at}: fakes on {modes}, JSD {float(run.jsd[at]):.4f}, "
    told += f"V(D*) = {float(run.value[at]):.4f} (at best {-math.log(4):.4f}). "
    if hand:
        before, after = run.moved(hand)
        told += f"By hand, all first fakes on mode {hand}: the frozen referee trusts them by "
        told += f"{before:.3g} instead of {float(run.trust[0]):.3g}"
        return f"{told}, once it is tuned anew by {after:.3g}."
    if at == run.rounds:
        first, last = float(run.jsd[0]), float(run.jsd[-1])
        way = f"{'fell' if last < first else 'rose'} from {first:.4f} to {last:.4f}"
        way = "is what it was at first" if abs(first - last) < 5e-5 else way
        done = f"{run.rounds} answer{'s' * (run.rounds != 1)}"
        return told + f"After {done} of {_share(run.follow)} JSD {way}."
    share = "All fakes" if run.follow == 1 else f"Moving {_share(run.follow)}"
    frozen, now, then = (float(t[at]) for t in (run.frozen, run.trust, run.trust[1:]))
    told += f"{share} onto mode {target}: the frozen referee's mean trust goes from {now:.3g} to "
    return told + f"{frozen:.3g}; once it is tuned anew it is {then:.3g}."


def _share(follow: float) -> str:
    return "all fakes" if follow == 1 else f"{100 * follow:.3g} % of the fakes"


def _best(run: Ledger) -> tuple[str, dict[str, str]]:
    onto = "all" if int(run.covered[1]) == 1 else "few"
    facts = {"now": f"{float(run.trust[0]):.3f}", "best": f"{float(run.D[0].max()):.3f}"}
    return onto, facts


def _punished(run: Ledger) -> tuple[float, dict[str, str]]:
    return float(2 * run.jsd[0]), {"v": f"{float(run.value[0]):.3f}"}


def _little(run: Ledger) -> tuple[float, dict[str, str]]:
    return float(run.jsd[-1]), {"end": f"{float(run.jsd[-1]):.4f}"}


answers = {"best": _best, "punished": _punished, "little": _little}
