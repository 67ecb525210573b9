"""Functions with tests beside them: the easiest form. Each function is a problem; what follows it are its tests."""


def wrapped(text: str, width: int) -> list[str]:
    """Cut a text into pieces of `width` characters; the last piece may be shorter."""
    return [text[i : i + width] for i in range(0, len(text), width)]


assert wrapped("abcde", 2) == ["ab", "cd", "e"]
assert wrapped("", 3) == []


def middle(row: list[int]) -> float:
    """The median of a list of numbers, which is not empty."""
    ordered, half = sorted(row), len(row) // 2
    return ordered[half] if len(row) % 2 else (ordered[half - 1] + ordered[half]) / 2


def test_middle():
    assert middle([3, 1, 2]) == 2
    assert middle([4, 1, 2, 3]) == 2.5
