"""Constructs of the network stack."""
