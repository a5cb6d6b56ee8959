"""Finds what is deployed and no longer configured."""
