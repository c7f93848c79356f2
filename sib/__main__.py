"""`python -m sib`: the command line."""

from sib.cli import main

main()
