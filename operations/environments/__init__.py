"""Writes new environments, and says what this machine lacks to work on them."""
