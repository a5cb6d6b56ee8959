"""Alertmanager: who is told what, in which words."""
