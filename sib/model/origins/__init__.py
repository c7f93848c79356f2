"""Ways in which a metric comes about, one a file: measured by itself, or from what was measured of others."""
