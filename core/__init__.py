"""The mathematics of Saddlepoint: torch in, frozen records out, no user interface."""

import os

# one thread for each core in every process of a class makes small matrices slower, not faster
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
