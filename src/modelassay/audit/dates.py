"""Dates as people write them: "Nov 2024", "2024-09", "28 February 2025", "2025.02.28", "2024"."""

import re

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_NUMERIC = re.compile(r"\b((?:19|20)\d\d)[-./](\d{1,2})(?:[-./](\d{1,2}))?\b")
_WORDED = re.compile(
    r"\b(?:(\d{1,2})(?:st|nd|rd|th)?\s+)?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
    r"(?:\s+(\d{1,2})(?:st|nd|rd|th)?,?)?[\s,]+((?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_DECIMAL = re.compile(
    r"\d{4}\.(?:\d|[2-9]\d)"
)  # "2070.2" is a score on a scale of thousands, and no February
_YEAR = re.compile(r"\b((?:19|20)\d\d)\b")

Date = tuple[int, ...]  # year; year, month; or year, month, day


def read_date(text: str) -> Date | None:
    """The first date in a text, as precise as it is written; `None` when there is none."""
    if found := _NUMERIC.search(text):
        return tuple(int(part) for part in found.groups() if part is not None)
    if found := _WORDED.search(text):
        day = found[1] or found[3]
        month = (int(found[4]), _MONTHS[found[2].lower()])
        return month if day is None else (*month, int(day))
    if found := _YEAR.search(text):
        return (int(found[1]),)
    return None


def same_time(one: Date, two: Date) -> bool:
    """Equal as far as both are written: 2024-09 is 2024, and 2024-09-18 is 2024-09."""
    shared = min(len(one), len(two))
    return one[:shared] == two[:shared]


def latest_date(text: str) -> Date | None:
    """The latest date that a text names; `None` when it names none. A year alone is no date of writing."""
    found: list[Date] = []
    for match in _NUMERIC.finditer(text):
        if _DECIMAL.fullmatch(match[0]):
            continue
        found.append(tuple(int(part) for part in match.groups() if part is not None))
    for match in _WORDED.finditer(text):
        found.append((int(match[4]), _MONTHS[match[2].lower()]))
    return max((date for date in found if 1 <= date[1] <= 12), default=None)
