"""Prometheus itself: what it keeps, evaluates and writes elsewhere."""
