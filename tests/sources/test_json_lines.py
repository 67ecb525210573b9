"""Reading what others wrote: long integers, packed files, numbered lines."""

import gzip
import sys
from pathlib import Path

import pytest

from modelassay.core.errors import InputError
from modelassay.sources.json_lines import numbered_lines, parse_integer, parse_json, read_bytes


def test_integers_of_any_length_without_lifting_the_limit() -> None:
    """A number of 20,000 digits is read while the interpreter's own limit stays as it is."""
    before = sys.get_int_max_str_digits()
    digits = "9" * 20_000
    value = parse_json(f'{{"n": [-{digits}, 1.5, 12]}}')["n"]
    assert value == [-(10**20_000 - 1), 1.5, 12]
    assert sys.get_int_max_str_digits() == before


def test_halves_with_leading_zeros_join() -> None:
    """Zeros inside a long number are not lost where it is cut."""
    assert parse_integer("1" + "0" * 9_999 + "7") == 10**10_000 + 7


def test_line_separators_inside_a_text_do_not_end_a_line(tmp_path: Path) -> None:
    """U+2028 and form feeds are text, so line numbers are those an editor shows."""
    path = tmp_path / "x.jsonl"
    path.write_text('"a\u2028b\x0c"\n\n"c"\n', encoding="utf-8")
    assert [number for number, _ in numbered_lines(path)] == [1, 3]


def test_a_cut_gzip_is_named(tmp_path: Path) -> None:
    """Half a .gz is an error that names the file."""
    path = tmp_path / "half.jsonl.gz"
    path.write_bytes(gzip.compress(b"x" * 10_000)[:20])
    with pytest.raises(InputError, match="broken gzip"):
        read_bytes(path)
