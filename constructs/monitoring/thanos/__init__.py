"""Thanos: its bucket, its secret and its read path."""
