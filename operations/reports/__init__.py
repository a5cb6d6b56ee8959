"""Shows what was found: on the terminal, as Markdown, as a page and as JSON."""
