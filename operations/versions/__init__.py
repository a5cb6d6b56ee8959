"""Compares the versions that are pinned with those that exist."""
