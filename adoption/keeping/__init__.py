"""Settings that keep what is adopted as it is."""
