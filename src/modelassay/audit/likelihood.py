"""How probable it is that a number is wrong as stated, given how far it lies from what others measured.

Two explanations compete. An honest measurement lies where honest measurements lie (evidence/measurement_gaps.py); a
wrong number (a slip of the pen, a wrong row, an invention) lies anywhere on the scale. Before looking, ERRORS of the
numbers that no source has are wrong: of 914 scores in 53 public documents about 1% were.
"""

from decimal import Decimal

from modelassay.evidence.measurement_gaps import GapShape

ERRORS = 0.02
SCALE = 60.0  # points over which published scores of code models spread
BEYOND = 0.995  # the share of honest measurements that (d) in docs/checks.md gives the benefit of the doubt
CERTAIN = 0.99  # what the text's own source, the same run or arithmetic says otherwise


def probability_wrong(points: Decimal, shape: GapShape, share: float = 1.0) -> float:
    """Posterior of "wrong as stated" for a number this many points from the nearest measurement.

    share: of the document's numbers, how many are measurements that no source has; see owners.py.
    """
    honest = (1.0 - ERRORS) * share * shape.density(float(points))
    wrong = ERRORS / SCALE
    return round(wrong / (wrong + honest), 3)
