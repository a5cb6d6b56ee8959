"""Node: started early, configured to load lazily, and spoken to in fewer and smaller messages."""
