"""Pictures of the stacks."""
