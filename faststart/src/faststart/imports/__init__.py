"""Python imports: providers, annotations and type checks that wait until something needs them."""
