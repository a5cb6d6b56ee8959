"""What the site is built with, in addition to `mkdocs.yml`."""
