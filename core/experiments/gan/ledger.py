"""The mode ledger: fakes on eight modes, what the best referee makes of them, and the chase."""

import math
from typing import Annotated, NamedTuple

import torch
from torch import Tensor

from core.gan import jensen_shannon, optimal_discriminator
from core.signature import between, declared

MODES = 8  # of equal weight, so narrow that none reaches into another
EVEN = torch.full((MODES,), 1 / MODES, dtype=torch.float64)  # shares of the data
TIE = 1e-12  # trust this near to the largest is as good
FEW = 0.02  # share of the fakes from which on a mode counts as covered


class Ledger(NamedTuple):
    """Rounds of the game: the referee answers to the fakes, then fakes follow its trust."""

    q: Tensor  # shares of the fakes in the modes at each round, shape (rounds + 1, 8)
    D: Tensor  # the best referee's trust in each mode against these fakes, (rounds + 1, 8)
    target: Tensor  # mode that the fakes of a round are sent to, 1 to 8, shape (rounds + 1,)
    jsd: Tensor  # divergence of data and fakes at each round, (rounds + 1,)
    follow: float

    covered = property(lambda self: (self.q >= FEW).sum(1))  # modes covered, (rounds + 1,)
    value = property(lambda self: 2 * self.jsd - math.log(4))  # V at D*, (rounds + 1,)
    rounds = property(lambda self: len(self.q) - 1)
    # mean trust in the fakes of each round after the referee has answered, (rounds + 1,)
    trust = property(lambda self: (self.q * self.D).sum(1))
    # mean trust of the referee before it answers: frozen, in the fakes of the next round, (rounds,)
    frozen = property(lambda self: (self.q[1:] * self.D[:-1]).sum(1))

    def moved(self, mode: int) -> tuple[float, float]:
        """Trust in all first fakes moved onto a mode by hand: referee frozen, and once it answers.

        With mode 0 the fakes stay.
        """
        if not mode:
            return float(self.trust[0]), float(self.trust[0])
        return float(self.D[0, mode - 1]), 1 / (1 + MODES)


@declared
def ledger(
    covered: Annotated[int, between(1, MODES)] = 8,
    tilt: Annotated[float, between(0, 0.3)] = 0.1,
    follow: Annotated[float, between(0, 1, above=True)] = 1.0,
    rounds: Annotated[int, between(1, 64)] = 16,
) -> Ledger:
    """Fakes cover some of eight equal modes; round by round they answer to a frozen referee.

    Args:
        covered: number of modes with fakes at first.
        tilt: by which share each of these has fewer fakes than the one before.
        follow: share of all fakes that answers to the frozen referee by going where it trusts most
            (of equals to the next round the ring).
        rounds: answers, the referee tuned anew after each.

    Sources: GAN-03, GAN-04, GAN-07.
    """
    weights = [(1 - tilt) ** j * (j < covered) for j in range(MODES)]
    q, at = [each / math.fsum(weights) for each in weights], 0
    shares, targets = [q], []
    for _ in range(rounds + 1):
        trust = [1 / (1 + MODES * each) for each in q]
        most = max(trust) - TIE
        at = next(j % MODES for j in range(at + 1, at + 1 + MODES) if trust[j % MODES] >= most)
        targets.append(at + 1)
        q = [(1 - follow) * each + follow * (j == at) for j, each in enumerate(q)]
        shares.append(q)
    made = torch.tensor(shares[:-1], dtype=torch.float64)
    D, jsd = optimal_discriminator(EVEN, made), jensen_shannon(EVEN, made, 1.0)
    return Ledger(made, D, torch.tensor(targets), jsd, follow)


def even(k: int) -> float:
    """JSD of eight even modes and k of them covered evenly, in closed form."""
    share, middle = k / MODES, (1 / MODES + 1 / k) / 2
    inside = share * math.log(1 / MODES / middle) + math.log(1 / k / middle)
    return 0.5 * (inside + (1 - share) * math.log(2))
