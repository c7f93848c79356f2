"""What may happen: a scenario compiled to a model, worlds drawn from beliefs, outcomes, results. Arrays only."""
