"""Judges what plans do, and stops what must not be applied."""
