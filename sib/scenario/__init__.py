"""The whole scenario, one file on the next: `terms`, their `timetable`, the `rules` between them, `scenario`, `files`.

Beside them stand what a scenario is described with (`term_sheet`, `party_list`, `payment_words`, `wording`,
`assumptions`, `suspicions`), how its figures are named (`paths`), and how what breaks a rule is said (`slips`,
`refusals`).
"""
