"""Imported once by the process that workers are forked from, and by nothing else.

A worker would otherwise run the main program again, which under a server is the whole app.
"""

from multiprocessing import spawn

import torch

import core.workers  # noqa: F401  so that every worker finds it

torch.optim.SGD([torch.zeros(1)], lr=0.1)  # the first of a process imports for a second

spawn._fixup_main_from_path = spawn._fixup_main_from_name = lambda main: None
