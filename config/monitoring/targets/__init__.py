"""What Prometheus scrapes by name: exporters, services, probes."""
