"""Installs what the project needs, as the lock files say: `python -m operations.setup STEP`, which `make` calls.

Only the standard library is imported, as this runs before anything is installed. A step that was interrupted continues
where it stopped, and one that fails prints its log.
"""
