"""Constructs of the cluster-addons stack: one module an add-on."""
