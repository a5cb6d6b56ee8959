"""The content of a Grafana outside of the cluster, by the provider grafana/grafana."""
