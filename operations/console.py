"""Where commands print: to the terminal with colours where that is wanted, plain text elsewhere."""

from __future__ import annotations

from rich.console import Console

console = Console()


def print_text(text: str, style: str = "") -> None:
    """Print text as it is: an address may have what rich would read as markup."""
    console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)
