"""Terms: what is written in a scenario. Frozen and validated; the leftmost folder of the flow, importing no other."""
