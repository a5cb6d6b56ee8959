"""What one command has to itself: a folder of its own, and the locks of the environments that it changes."""
