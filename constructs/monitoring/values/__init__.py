"""Values of the kube-prometheus-stack chart, one module a part of it."""
