"""Laws of chance, one a file: how what is measured on persons, or counted in all, varies about its true level."""
