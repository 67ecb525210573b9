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
    @property
    def by_test(self) -> str: ...


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

    @property
    def test_results(self: Counted) -> tuple[bool | None, ...] | None:
        """Of each test in order whether it was passed; None for those not run. None in all where tests are not counted.

        Tests end with the first that is not passed unless all were asked for, so that one False is followed by None.
        Where a suite was not begun, since the one before failed, its first test that was not passed there is False, too.
        """
        if self.tests is None or self.tests_passed is None:
            return None
        if self.outcome == "no-program":
            return (None,) * self.tests
        ran = self.by_test or "1" * self.tests_passed + "0"
        return (*(mark == "1" for mark in ran[: self.tests]), *(None,) * (self.tests - len(ran)))
