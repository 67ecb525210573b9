"""How many problems of EvalPlus's sets its release 0.3.1 may judge otherwise than we do, and why (docs/verdicts.md).

The counts are those of `python benchmarks/evalplus_rules.py` on the pinned files.
"""

from typing import Final

from modelassay.core.problems import JudgedOtherwise

_RELEASE: Final = "evalplus 0.3.1"
_TOLERANCE: Final = "its tolerance for floats holds for all inputs behind the first one that expects a float, ours for those alone"
_ROOTS: Final = "its check of HumanEval/32 fails the set's own reference"
# Releases that follow another evalplus by their name are not here.
_COUNTS: Final = {("humaneval+", "0.1.10"): 13, ("humaneval+", "0.1.9"): 13, ("mbpp+", "0.2.0"): 35}


def judged_otherwise(name: str, version: str) -> JudgedOtherwise | None:
    """None for sets that EvalPlus does not judge, and for versions that were not counted."""
    count = _COUNTS.get((name, version))
    if count is None:
        return None
    why = (_TOLERANCE, _ROOTS) if name == "humaneval+" else (_TOLERANCE,)
    return JudgedOtherwise(by=_RELEASE, problems=count, reasons=why)
