"""Benchmarks against peers, in one run on one machine: ``python -m evaluation.bench NAME --json``.

A ratio above 1 says that the engine is faster. Figures are kept in ``evaluation/results/NAME.json``.
"""
