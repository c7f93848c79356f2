"""Benchmarks: ratios against what the same work costs otherwise. `python -m tests.benchmarks` prints them."""
