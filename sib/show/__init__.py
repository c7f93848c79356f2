"""Show: plots, notebook display and text. Comes last and decides nothing."""
