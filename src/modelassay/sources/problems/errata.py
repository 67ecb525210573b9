"""Problems of LiveCodeBench on which its makers' own list of errors says that a right program may fail.

ERRATA.md of LiveCodeBench/LiveCodeBench@28fef95, its problems of LeetCode by the numbers that rows have as `question_id`. A test
of such a problem is still judged by the output that it states: the list names no other right ones. So a score says which
these are, and changes nothing.
"""

from collections.abc import Iterable
from typing import Final

from modelassay.core.problems import Erratum

_MANY: Final = "other outputs than the stated one are right, too"
_INTERACTIVE: Final = "it is interactive, so that no program passes"
_TESTS: Final = "one of its tests is wrong"
_LISTED: Final = {
    **dict.fromkeys(("abc311_c", "abc326_d", "abc327_b", "abc333_e", "abc343_a", "abc343_e", "abc362_c", "arc185_c"), _MANY),
    **dict.fromkeys(("abc337_e", "abc355_e"), _INTERACTIVE),
    **dict.fromkeys(("abc350_c", "arc189_a"), _TESTS),
}  # fmt: skip
_LISTED_BY_NUMBER: Final = {  # too short a name to be known in another set
    **dict.fromkeys(("3194", "3221", "3453"), _MANY),  # find-words-containing-character, find-the-peaks, generate-binary-strings-…
    **dict.fromkeys(("3308", "3363"), _TESTS),  # apply-operations-to-make-string-empty, most-frequent-ids
}  # fmt: skip


def errata(name: str, problems: Iterable[str]) -> tuple[Erratum, ...]:
    """What is listed of these problems. name: of their set; in others than LiveCodeBench's AtCoder's names are known."""
    listed = _LISTED | (_LISTED_BY_NUMBER if name == "livecodebench" else {})
    return tuple(Erratum(problem=problem, says=listed[problem]) for problem in problems if problem in listed)
