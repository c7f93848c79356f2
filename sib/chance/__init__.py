"""Named random streams and sources of chance. Arrays only."""
