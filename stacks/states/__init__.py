"""What ties stacks to the states that exist: imports, moved blocks, and stacks that an apply has yet to empty."""
