"""Workspaces of HCP Terraform."""
