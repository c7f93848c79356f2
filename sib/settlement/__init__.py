"""What is paid: a scenario compiled to a contract, claims, limits, the waterfall, the book. Arrays only."""
