"""Licences as people write them: "OpenRAIL" is BigCode's, "Llama License" is whichever Llama's licence a model is under."""

import re

# A short name → the licences, as the evidence spells them, that it can mean.
_SHORT: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(short, re.IGNORECASE), re.compile(full))
    for short, full in (
        (r"open-?rail", r"openrail"),
        (r"\bllama\b", r"^llama"),
        (r"\bgemma\b", r"^gemma"),
        (r"\bdeep-?seek\b|\bmodel agreement\b", r"^deepseek"),
        (r"\b(?:qwen|tongyi|qianwen)\b", r"qwen|qianwen"),
        (r"\bstability\b|\bstable\b", r"^stability"),
        (r"\bapache\b", r"^apache"),
        (r"\bcc\b|creative commons", r"^cc-"),
    )
)
# Licences that are known by name: one of them for a model that is under another is wrong.
_NAMED = re.compile(
    r"\bapache\b|\bmit\b|\bl?gpl|\bagpl|\bbsd\b|\bcc[- ]by|open-?rail|\bllama[- ]?\d|\bgemma\b|\bdeep-?seek\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def same_licence(written: str, licence: str) -> bool:
    """Whether the words name the licence, in full or in short. A version that is written must be the licence's."""
    if _plain(licence) in _plain(written):
        return True
    if not any(short.search(written) and full.search(licence) for short, full in _SHORT):
        return False
    said, known = _NUMBER.findall(written), _NUMBER.findall(licence)
    return not said or not known or float(said[0]) == float(known[0])


def is_licence_name(written: str) -> bool:
    """Whether the words are a licence's name, and not only "custom", "other" or "see the card"."""
    return _NAMED.search(written) is not None


def _plain(name: str) -> str:
    """ "Apache 2.0", "apache-2.0" and "Apache License, Version 2.0" become one."""
    low = re.sub(r"\b(licen[cs]e|version|the|community)\b|v(?=\d)", " ", name.lower())
    return re.sub(r"[^a-z0-9.]+|\.0\b", "", low)
