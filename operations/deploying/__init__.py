"""Applies what was confirmed, or destroys it."""
