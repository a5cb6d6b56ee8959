"""Settings of Karpenter, and of the nodes that it makes."""
