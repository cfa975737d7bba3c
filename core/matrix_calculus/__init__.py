"""Derivatives by vectors and matrices: identities in both layouts, functionals of a matrix, chains."""
