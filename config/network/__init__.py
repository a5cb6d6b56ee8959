"""Settings of the network stack."""
