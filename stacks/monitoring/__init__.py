"""Features of the kube-prom-stack stack: each takes the stack as scope and returns what it adds."""
