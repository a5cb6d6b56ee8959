"""The stacks of the monitoring, and the features of the first: each takes it as scope and returns what it adds."""
