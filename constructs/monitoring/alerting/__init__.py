"""Alertmanager: its values, its configuration, the files of its secrets, and what it may do in AWS."""
