"""Runs terraform, and looks after states and their locks."""
