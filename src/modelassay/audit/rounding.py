"""A number as it was printed: how many digits it has, and which true values it can stand for.

Decimal arithmetic in percent throughout: 65.2 must be exactly 65.2 when half a unit in its last place decides.
Published tables both round and truncate (129 of 164 is printed as 78.7 and as 78.6), so both are allowed for.
"""

import re
from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import cached_property, lru_cache

from modelassay.core.published import Claim, Fact
from modelassay.core.records import Record

_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_HUNDRED = Decimal(100)
_HALF = Decimal("0.5")


class Printed(Record, dict=True):
    """A share in percent with the digits it was printed with. `low` < `high` only for a range or an approximation.

    What follows from the digits is worked out once for each: a document's numbers are compared with hundreds of others.
    """

    low: Decimal
    high: Decimal
    decimals: int
    approximate: bool = False

    @cached_property
    def unit(self) -> Decimal:
        """One unit in the last printed place, in percent points."""
        return Decimal(1).scaleb(-self.decimals)

    @property
    def is_exact(self) -> bool:
        """One number without "about": what arithmetic can be done on."""
        return self.low == self.high and not self.approximate

    @cached_property
    def text(self) -> str:
        """As printed, in percent, without the sign: "65.2", "28 to 32"."""
        low, high = f"{self.low:.{self.decimals}f}", f"{self.high:.{self.decimals}f}"
        return low if low == high else f"{low} to {high}"

    @cached_property
    def bounds(self) -> tuple[Decimal, Decimal]:
        """The true values that are written so: rounded, truncated where a decimal is printed, or "about".

        "About 65" reaches one unit either way; "about 80", a round number, two and a half points. A range says
        how far it reaches itself.
        """
        if self.approximate and self.low == self.high:
            slack = Decimal("2.5") if self.decimals <= 0 and self.low % 5 == 0 else self.unit
            return self.low - slack, self.high + slack
        above = self.unit if self.decimals >= 1 and self.low == self.high else self.unit * _HALF
        return self.low - self.unit * _HALF, self.high + above


@lru_cache(maxsize=16384)
def print_share(value: float, written: str, high: float | None = None, approximate: bool = False) -> Printed:
    """Read the digits of a share in [0, 1] from the text it was written as.

    "65.2%" and "0.652" have the same value and the same precision. Without digits in the text, one decimal.
    """
    exact = Decimal(repr(round(value, 12))) * _HUNDRED
    decimals = _count_decimals(exact, written)
    top = exact if high is None else Decimal(repr(round(high, 12))) * _HUNDRED
    return Printed(low=min(exact, top), high=max(exact, top), decimals=decimals, approximate=approximate)


def _count_decimals(percent: Decimal, written: str) -> int:
    """Decimals in percent. The first number that is the value, as percent or as fraction, sets them."""
    for found in _NUMBER.findall(written):
        number = Decimal(found.replace(",", "."))
        digits = max(0, -_exponent(number))
        if _close(number, percent):
            return digits
        if _close(number * _HUNDRED, percent):
            return max(0, digits - 2)
    return 1


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _close(a: Decimal, b: Decimal) -> bool:
    return abs(a - b) < Decimal("0.0000001")


def of_claim(claim: Claim) -> Printed | None:
    """The number of a score claim, `None` when it has none."""
    if claim.value is None:
        return None
    return print_share(claim.value, claim.written, claim.high, claim.approximate)


def of_fact(fact: Fact) -> Printed | None:
    """The number of a score fact, `None` when it has none."""
    return None if fact.value is None else print_share(fact.value, fact.written)


@lru_cache(maxsize=65536)
def counts(printed: Printed, problems: int) -> Mapping[int, str]:
    """Every k whose k/problems is printed so, and how: `exactly`, `rounded` or `truncated`."""
    low, unit = printed.low, printed.unit
    first = ((low - unit * _HALF) * problems / _HUNDRED).to_integral_value(ROUND_CEILING)
    last = ((printed.high + unit) * problems / _HUNDRED).to_integral_value(ROUND_FLOOR)
    found: dict[int, str] = {}
    for k in range(max(0, int(first)), min(problems, int(last)) + 1):
        share = _HUNDRED * k / problems
        if low <= share <= printed.high:
            found[k] = "exactly"
        elif low - unit * _HALF <= share <= printed.high + unit * _HALF:
            found[k] = "rounded"
        elif low <= share < printed.high + unit:
            found[k] = "truncated"
    return found


def agree(claim: Printed, fact: Printed, problems: int | None) -> bool:
    """Whether both can be the same measurement.

    Coarser claim: the fact must round or truncate to it. Equal digits: the same number, or, when `problems`
    is known, the same number of problems solved (once rounded, once truncated). Finer claim: it must be
    printed as the fact, and be attainable when `problems` is known.
    """
    low, high = claim.bounds
    if claim.approximate or claim.low != claim.high:
        return low <= fact.low <= high
    if claim.low == fact.low:
        return True
    if claim.decimals < fact.decimals:
        return low <= fact.low <= high and (fact.low < high or claim.decimals == 0)
    if problems is not None and problems > 0:
        return bool(counts(claim, problems).keys() & counts(fact, problems).keys())
    if claim.decimals == fact.decimals:
        return False
    floor, ceiling = fact.bounds
    return floor <= claim.low < ceiling
