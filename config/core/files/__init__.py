"""Files as they are read and written: text, YAML, JSON, each problem with its line."""
