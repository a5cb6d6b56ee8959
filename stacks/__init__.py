"""The stacks of an environment; each one only wires constructs."""
