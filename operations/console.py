"""Where commands print: to the terminal with colours where that is wanted, plain text elsewhere."""

from __future__ import annotations

from rich.console import Console

console = Console()


def print_text(text: str, style: str = "") -> None:
    """Print text as it is: an address may have what rich would read as markup."""
    console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


def answer(question: str) -> str:
    """Ask at the terminal; an end of the input is no answer."""
    console.print(question, end="", markup=False, highlight=False, soft_wrap=True)
    try:
        return input().strip().lower()
    except EOFError:
        console.print()
        return ""
