"""Settings of the cluster and csi-addon stacks, and of clusters that exist already."""
