"""Checks of what is synthesized that need the real charts, and so are no part of the tests: `make check-charts`."""
