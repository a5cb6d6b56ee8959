"""The files below `values/` as a whole: those that environments name, and those that nothing reads."""
