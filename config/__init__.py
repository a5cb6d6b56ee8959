"""Typed settings of an environment: what the YAML under `values/environments/` may say."""
