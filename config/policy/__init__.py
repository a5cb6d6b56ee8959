"""Policies: rules that the stacks of an environment are checked by, and what an environment says of them."""
