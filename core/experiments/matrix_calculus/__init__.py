"""The experiments of matrix_calculus."""
