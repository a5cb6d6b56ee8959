"""Parts of pages that are made from settings and data."""
