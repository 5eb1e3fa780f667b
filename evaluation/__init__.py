"""Benchmarks and results: commands that measure the engine and write down what they saw."""
