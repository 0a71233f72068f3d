"""Benchmarks: each prints ratios against a peer or a limit measured in the same run. ``./rebond bench`` runs them."""
