"""Analysis: the questions people ask. One file each; what they share stands on top."""
