"""The terminal app of okrseed: choose what to seed, see what will change, watch it happen."""
