"""The report of an adoption, for people and for machines."""
