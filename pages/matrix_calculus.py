"""The page matrix_calculus: derivatives of vectors and matrices, and the shapes they have."""

from pages.ui import collect, show

EXPERIMENTS = collect(
    "matrix_calculus",
    "identities",
    "vectors",
    "puzzle",
    "wiggle",
    "grid",
    "chain",
)  # fmt: skip

if __name__ == "__main__":
    show("matrix_calculus", EXPERIMENTS)
