"""Writes settings into an environment file, all of them or none."""
