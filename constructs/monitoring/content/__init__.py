"""What stands in a Grafana outside of the cluster, by the provider grafana/grafana."""
