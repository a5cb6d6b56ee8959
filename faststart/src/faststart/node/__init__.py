"""Node: started early, told what to load lazily, and spoken to in fewer and smaller messages."""
