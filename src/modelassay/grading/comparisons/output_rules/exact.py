"""Rule `exact`: the same text, to the last blank."""


def agrees(got: str, expected: str) -> bool:
    """Whether an output is right."""
    return got == expected
