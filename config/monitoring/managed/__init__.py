"""Amazon Managed Service for Prometheus and Amazon Managed Grafana."""
