"""Analysis: the questions people ask. Labels the engine's arrays and the measures' figures with pandas."""
