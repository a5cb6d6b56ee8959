"""Plans stacks."""
