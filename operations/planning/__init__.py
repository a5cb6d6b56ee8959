"""Plans, applies and reports, over all stacks."""
