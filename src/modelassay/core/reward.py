"""What a verdict is worth to a trainer."""

from typing import Protocol

from modelassay.core.records import Record


class Counted(Protocol):
    """A verdict with its tests, where these are counted."""

    @property
    def outcome(self) -> str: ...
    @property
    def tests_passed(self) -> int | None: ...
    @property
    def tests(self) -> int | None: ...


class Rewarded(Record):
    """A record that says how its program ended, and how many of its tests it passed."""

    @property
    def reward(self: Counted) -> float:
        """In [0, 1], for trainers: 1 where it passed; else the share of counted tests before the first that failed.

        0 where tests are not counted, and for programs that did not come to their own end or ran over a limit other
        than time: what these did before is no evidence of a partly right answer.
        """
        if self.outcome == "passed":
            return 1.0
        if self.outcome not in ("failed", "error", "timed-out") or not self.tests or not self.tests_passed:
            return 0.0
        return min(self.tests_passed, self.tests - 1) / self.tests
