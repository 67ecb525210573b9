"""Rule `lines`: the same lines; blanks at the ends of lines and empty lines at the end do not count."""


def agrees(got: str, expected: str) -> bool:
    """Whether an output is right."""
    return rows(got) == rows(expected)


def rows(text: str) -> list[str]:
    """The lines without blanks at their ends, and without empty ones at the end."""
    found = [line.rstrip() for line in text.split("\n")]
    while found and not found[-1]:
        found.pop()
    return found
