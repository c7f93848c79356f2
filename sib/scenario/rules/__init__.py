"""The rules that hold between the terms of a scenario, by what they are about. `check.py` says in which order.

A rule takes the terms and their timetable, and raises a `Refusal` that names the key that breaks it. Rules about one
term alone stand with that term, in `sib/terms`.
"""
