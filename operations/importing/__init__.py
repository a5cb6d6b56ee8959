"""Imports dashboards, rules and values."""
