"""Questions about evidence: power, sizing, overpayment, attribution, updates, calibration."""
