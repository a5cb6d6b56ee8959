"""The report of an adoption, as text and as data."""
