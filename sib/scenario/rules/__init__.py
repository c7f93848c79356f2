"""The rules that hold between the terms of a scenario, by what they are about."""
