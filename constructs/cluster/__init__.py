"""Constructs of the cluster and csi-addon stacks."""
