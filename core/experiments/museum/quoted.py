"""Numbers that the texts of the museum quote, computed where they stand: @name@."""

from core.experiments.museum.density import density
from core.experiments.museum.frozen import frozen
from core.experiments.museum.splice import splice
from core.experiments.museum.square import spread
from core.experiments.museum.stride import strided
from core.experiments.museum.warmup import warmup
from core.words import number

NUMBERS = {
    "density_narrow": lambda: number(density(rho=0.8).mass, 2),
    "splice_counted": lambda: splice().counted,
    "splice_sum": lambda: number(float(splice().shares.sum())),
    "stride_last": lambda: number(float(strided().right[2, 2])),
    "stride_off": lambda: int((strided().right != strided().shown).sum()),
    "warmup_page": lambda: number(float(warmup().length.max()), 2),
    "warmup_paper": lambda: number(float(warmup(beta2=0.999).length.max()), 2),
    "square_wide": lambda: number(spread(code="mended", stretch=2.0).value, 4),
    "square_mended": lambda: number(spread(code="mended").value),
    "frozen_count": lambda: int(frozen(digit=1).stuck.sum()),
}
