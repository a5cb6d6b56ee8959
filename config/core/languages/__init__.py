"""Languages of other programs that settings contain: checked here as those programs would."""
