"""Grafana in the cluster: its settings, dashboards and data sources."""
