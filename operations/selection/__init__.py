"""Which stacks a command is about, as synthesis wrote them."""
