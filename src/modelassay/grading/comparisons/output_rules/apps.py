"""Rule `apps`: the cascade of APPS's own judge, of which one step has to hold.

In its order: the text without blanks around it, or around each line; the same lines without empty ones; as many lines, each one
number near the expected one (1e-8 and 1e-5 of the expected number, added); the same lines as sets of words, in any order
and number; the same with every word a number, rounded to three decimals. That blanks are taken off the expected lines but not
off the output's in some steps is the judge's way, too.
"""

import math

ABSOLUTE, RELATIVE = 1e-8, 1e-5
DECIMALS = 3


def agrees(got: str, expected: str) -> bool:
    """Whether an output is right."""
    lines = got.splitlines()
    text = expected.strip()
    if "\n".join(lines).strip() == text or "\n".join(line.strip() for line in lines).strip() == text:
        return True
    right = [line.strip() for line in expected.split("\n") if line]
    mine = [line for line in lines if line]
    if right in (lines, mine) or _near_by_line(mine, right):
        return True
    found = {frozenset(line.split()) for line in mine if line.strip()}
    wanted = {frozenset(line.split()) for line in right}
    return found == wanted or _rounded(found, wanted)


def _near_by_line(mine: list[str], right: list[str]) -> bool:
    """Whether each line is one number, near the expected one."""
    try:
        pairs = [(float(a), float(b)) for a, b in zip(mine, right, strict=True)]
    except ValueError:  # not as many lines, or no number
        return False
    return all(a == b or (math.isfinite(b) and abs(a - b) <= ABSOLUTE + RELATIVE * abs(b)) for a, b in pairs)


def _rounded(found: set[frozenset[str]], wanted: set[frozenset[str]]) -> bool:
    try:
        mine, right = (
            {frozenset(round(float(word), DECIMALS) for word in line) for line in side}
            for side in (found, wanted)
        )
    except (ValueError, OverflowError):
        return False
    return mine == right
