"""Stacks: the live units of an environment; each one only wires constructs."""
