"""okrseed: bring a database to a declared demo state, and see it happen."""

__version__ = "0.1.0"
