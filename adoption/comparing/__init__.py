"""Finds the object of each resource, and what would change of it."""
