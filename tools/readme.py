"""What commands write into the README, between two marks of their own."""

from tools.checkout import CommandError


def marks(what: str, command: str) -> tuple[str, str]:
    """The comments before and after, for a part made by `python -m tools COMMAND`."""
    return f"<!-- {what}: made by python -m tools {command} -->", f"<!-- /{what} -->"


def placed(text: str, begin: str, inside: str, end: str) -> str:
    """The text of a README with `inside` on the lines between the marks.

    Raises:
        CommandError: it has no place for it.
    """
    start, stop = text.find(begin), text.find(end)
    if start < 0 or stop < start:
        raise CommandError(f'README.md needs the lines "{begin}" and "{end}".')
    return f"{text[:start]}{begin}\n{inside}\n{text[stop:]}"
