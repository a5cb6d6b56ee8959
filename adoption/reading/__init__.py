"""Reads the states of the earlier layout, wherever they are, and what exists by them."""
