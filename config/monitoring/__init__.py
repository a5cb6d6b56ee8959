"""Settings of the kube-prom-stack stack, and of the rules, dashboards and values files that it reads."""
