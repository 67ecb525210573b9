"""Answers to a prompt that ends within a line, as CRUXEval's: the answer is the rest of that line."""

from typing import Final

_OPEN: Final = ("return ", "return f(")


def ends_within_line(prompt: str) -> bool:
    """Whether a prompt's last line waits for its end."""
    return prompt.endswith(_OPEN)


def rest_of_line(prompt: str, text: str) -> str:
    """The rest of the prompt's last line. An answer may begin with the call that the prompt ends with."""
    if prompt.endswith("return f(") and text.lstrip().startswith("f("):
        return text.lstrip()[2:]
    return text
