"""What is asked of a running cluster."""
