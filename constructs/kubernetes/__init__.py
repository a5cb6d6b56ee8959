"""Objects in the cluster that several stacks create."""
