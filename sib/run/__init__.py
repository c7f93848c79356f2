"""Many futures: recipes, blocks of paths, workers. Draws once and settles under one contract or several."""
