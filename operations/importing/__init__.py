"""Takes over dashboards, rules and values that people have."""
