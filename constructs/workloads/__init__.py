"""Constructs of the workloads stack."""
