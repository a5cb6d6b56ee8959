"""Commands behind the targets of the Makefile."""
