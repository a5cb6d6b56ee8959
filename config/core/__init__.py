"""What every settings model is built on: types, messages, and the reading of YAML."""
