"""The command line: what `./eks` and the make targets run. Each option has a variable, read by the same parser."""
