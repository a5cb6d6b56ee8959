"""Writes settings into an environment's files, all of them or none."""
