"""Constructs of AWS that several stacks use: roles, keys, log groups."""
