"""What the site is built with, beside `mkdocs.yml`."""
