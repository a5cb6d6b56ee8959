"""Settings of the workloads stack."""
