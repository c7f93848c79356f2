"""Engine: arrays in, arrays out. Compiles a scenario, draws outcomes, settles them; knows no pandas and no plots."""
