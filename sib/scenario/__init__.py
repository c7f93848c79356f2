"""The whole scenario: terms and timetable, the rules between them, files, paths, the term sheet."""
