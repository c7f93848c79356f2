"""How each figure of a settlement follows from the results: the settlement itself, run on numbers that remember."""
