"""The summary that OpenCompass prints: a line a data set, a column a model, parted by runs of spaces or by bars."""

import re
from collections.abc import Sequence
from typing import Final

from modelassay.core.published import Protocol
from modelassay.reading.claims.claims_draft import ClaimsDraft
from modelassay.reading.claims.one_benchmark_rows import benchmark_called
from modelassay.reading.language.lexicon import Lexicon
from modelassay.reading.language.mentions import Mention
from modelassay.reading.language.passages import Passage, Scope
from modelassay.reading.layout.inline_text import Plain

_HEAD: Final = re.compile(
    r"[\s|]*dataset(?:\s{2,}|\s*\|\s*)version(?:\s{2,}|\s*\|\s*)metric(?:\s{2,}|\s*\|\s*)mode\b"
)
_CELL: Final = re.compile(r"[^\s|](?:[^\s|]| (?! ))*")
_FIXED: Final = 4  # dataset, version, metric, mode
_PASS_AT: Final = re.compile(r"pass@(\d+)", re.I)


def read_summary_lines(
    lines: Sequence[tuple[int, str]], scope: Scope, lexicon: Lexicon, draft: ClaimsDraft
) -> bool:
    """File the scores of such a summary; False where the lines hold none.

    A column's name that is no model's ("_hf") leaves its numbers to the model of the text above.
    """
    start = next((i for i, (_, line) in enumerate(lines) if _HEAD.match(line)), None)
    if start is None:
        return False
    heads = [found[0].strip() for found in _CELL.finditer(lines[start][1])][_FIXED:]
    owners = [_named(head, lexicon) or scope.model for head in heads]
    for number, line in lines[start + 1 :]:
        cells = list(_CELL.finditer(line))
        if len(cells) != _FIXED + len(heads):
            continue
        benchmark = benchmark_called(cells[0][0], draft.terms)
        metric = _PASS_AT.search(cells[2][0])
        if benchmark is None or metric is None:
            continue
        for cell, owner in zip(cells[_FIXED:], owners, strict=True):
            _file(line, number, cell, benchmark, f"pass@{metric[1]}", owner, draft)
    return True


def _named(head: str, lexicon: Lexicon) -> Mention | None:
    found = lexicon.find(Plain(head, [(0, 1, 0)]))
    return found[0] if len(found) == 1 and not found[0].short else None


def _file(
    line: str,
    number: int,
    cell: re.Match[str],
    benchmark: str,
    metric: str,
    owner: Mention | None,
    draft: ClaimsDraft,
) -> None:
    written = cell[0].strip()
    if re.fullmatch(r"\d{1,3}(?:\.\d+)?", written) is None or float(written) > 100:
        return
    lead = len(line) - len(line.lstrip())
    passage = Passage(Plain(line.strip(), [(0, number, lead)]), Scope())
    span = [(cell.start() - lead, cell.start() - lead + len(written))]
    if owner is None or (owner.hub_id is None and owner.resolution.how == "ambiguous"):
        draft.skip(passage, span, "a printed score, but nothing says of which model")
        return
    draft.add(
        passage, span, "score", model=owner, protocol=Protocol(benchmark=benchmark, harness="opencompass"),
        metric=metric, written=written, value=round(float(written) / 100, 10), measured_by="writer",
    )  # fmt: skip
