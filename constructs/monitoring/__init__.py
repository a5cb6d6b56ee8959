"""Constructs of the kube-prom-stack stack."""
