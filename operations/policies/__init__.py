"""Checks stacks and plans by policies."""
