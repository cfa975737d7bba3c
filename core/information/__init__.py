r"""Information: entropy and codes, divergences and fits, what features and channels tell.

>>> from core.information import entropy, huffman, mutual_information, xor_copy
>>> entropy([0.5, 0.25, 0.125, 0.125], base=2)  # 1.75 bits
>>> huffman([0.5, 0.25, 0.125, 0.125])  # ('0', '10', '110', '111'), 1.75
>>> mutual_information(xor_copy(0.0).sum(1))  # X₁ alone tells nothing of X₁ xor X₂: 0

Sources: INFO-01 to INFO-07, XAI-07, XAI-08.
"""

from core.information.channels import Chain, chain, erasing_channel, symmetric_channel, through
from core.information.codes import Coded, Merge, code_text, decode, encode, huffman, huffman_steps
from core.information.continuous import (
    LAWS,
    binned,
    density,
    differential_entropy,
    normal_information,
    normal_kl,
    normal_vector_information,
)
from core.information.entropies import cross_entropy, entropy, js, kl, simplex, surprise
from core.information.estimates import (
    draw_counts,
    first_order_bias,
    ksg,
    miller_madow,
    normal_pairs,
    plug_in,
    tally,
)
from core.information.fit import Descent, Fit, Optimum, best_gaussian, descents, starts
from core.information.gaussians import DIRECTIONS, divergence, moment_match, slopes
from core.information.likelihood import Likelihood, Softmax, likelihood, softmax_cross_entropy
from core.information.tables import (
    Features,
    conditional_mutual_information,
    features,
    mutual_information,
    noisy_copy,
    xor_copy,
)

__all__ = [
    "DIRECTIONS",
    "LAWS",
    "Chain",
    "Coded",
    "Descent",
    "Features",
    "Fit",
    "Likelihood",
    "Merge",
    "Optimum",
    "Softmax",
    "best_gaussian",
    "binned",
    "chain",
    "code_text",
    "conditional_mutual_information",
    "cross_entropy",
    "decode",
    "density",
    "descents",
    "differential_entropy",
    "divergence",
    "draw_counts",
    "encode",
    "entropy",
    "erasing_channel",
    "features",
    "first_order_bias",
    "huffman",
    "huffman_steps",
    "js",
    "kl",
    "ksg",
    "likelihood",
    "miller_madow",
    "moment_match",
    "mutual_information",
    "noisy_copy",
    "normal_information",
    "normal_kl",
    "normal_pairs",
    "normal_vector_information",
    "plug_in",
    "simplex",
    "slopes",
    "softmax_cross_entropy",
    "starts",
    "surprise",
    "symmetric_channel",
    "tally",
    "through",
    "xor_copy",
]
