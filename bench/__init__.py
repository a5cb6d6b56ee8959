"""Measurements of synthesis; run with `python -m bench`."""
