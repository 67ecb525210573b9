"""A page of text on one line: read in parts, with nothing lost and every place right."""

import itertools

from modelassay.reading.layout.blocks import LONGEST, split_blocks

SENTENCE = "Phi-2 scores 47.6% on HumanEval and is not what this is about. "


def test_a_long_line_becomes_parts_that_end_with_sentences() -> None:
    """All characters, in order, each at its column."""
    line = SENTENCE * 400

    blocks = split_blocks([line])

    assert len(blocks) >= 4
    assert "".join(block.plain.text for block in blocks) == line
    assert all(len(block.plain.text) <= 2 * LONGEST for block in blocks)
    assert all(block.plain.text.startswith("Phi-2") for block in blocks)
    assert all(line[block.plain.place(0)[1] :].startswith(block.plain.text[:50]) for block in blocks)


def test_a_long_paragraph_of_lines_is_cut_between_sentences() -> None:
    """Lines keep their numbers."""
    lines = [SENTENCE.strip() if n % 2 else "A sentence that goes on" for n in range(400)]

    blocks = split_blocks(lines)

    assert next((b.first, b.last) for b in blocks)[0] == 1
    assert blocks[-1].last == 400
    assert all(one.last + 1 == other.first for one, other in itertools.pairwise(blocks))
    assert all(block.plain.text.endswith(".") for block in blocks)


def test_a_line_without_a_sentence_is_cut_at_a_space() -> None:
    """Or anywhere, where there is none: it ends."""
    assert len(split_blocks(["word " * 5000])) > 3
    assert len(split_blocks(["x" * 50_000])) > 3
