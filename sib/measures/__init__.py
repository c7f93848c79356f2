"""Measures: pure functions of arrays. Cash flows to rates and values, samples to risk figures with their errors."""
