"""Problems on which LiveCodeBench's own list of errors says that a right program may fail."""

from modelassay.sources.problems.errata import errata


def test_a_problem_with_several_right_outputs_is_named() -> None:
    """In a file of LiveCodeBench's rows, too."""
    (found,) = errata("mine", ["abc310_a", "abc311_c"])
    assert (found.problem, found.says) == ("abc311_c", "other outputs than the stated one are right, too")


def test_numbers_are_known_in_livecodebench_alone() -> None:
    """LeetCode's problems have no other name in the rows."""
    assert [e.problem for e in errata("livecodebench", ["1", "3194"])] == ["3194"]
    assert errata("mine", ["3194"]) == ()
