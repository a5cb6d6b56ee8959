"""Settings of the cluster-addons stack."""
