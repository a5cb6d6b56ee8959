"""What adoption knows of resource types: identity, import ids, defaults, and the schema of the providers."""
