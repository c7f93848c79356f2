"""Questions of who decides: comparisons and sweeps."""
