"""Alertmanager: receivers, routes and the text of notifications."""
