"""The pages that are made: each deal from its file, each public name from its docstring, each command from its help."""
