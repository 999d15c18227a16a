"""The okr blueprint: every row it wants, held against the specification. No database is needed."""
