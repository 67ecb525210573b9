"""What the paragraph right above a table says of it: a caption's benchmark, or that the table is of another task."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from modelassay.reading.language.other_tasks import names_another_task
from modelassay.reading.language.passages import Passage, Scope
from modelassay.reading.language.terms import Terms
from modelassay.reading.layout.blocks import Block

_CAPTION = re.compile(r"\W*(?:Table|Tab\.|Figure|Fig\.|表)\s?\d", re.I)
_NEAR = 2  # lines between a table and its caption
_PASS_AT = re.compile(r"pass\s?@\s?\d", re.I)


def captions_below(blocks: Sequence[Block]) -> dict[int, Block]:
    """First line of a table → the caption right below it, in a document whose captions don't stand above its tables."""
    found: dict[int, Block] = {}
    for index, block in enumerate(blocks):
        if block.kind not in ("table", "html"):
            continue
        above = blocks[index - 1] if index else None
        follows_a_table = index > 1 and blocks[index - 2].kind in ("table", "html")
        if above is not None and _is_caption(above) and not follows_a_table:
            return {}
        below = blocks[index + 1] if index + 1 < len(blocks) else None
        if below is not None and _is_caption(below) and below.first - block.last <= _NEAR:
            found[block.first] = below
    return found


def _is_caption(block: Block) -> bool:
    return block.kind == "paragraph" and _CAPTION.match(block.plain.text) is not None


def under_its_caption(scope: Scope, passage: Passage | None, terms: Terms) -> Scope:
    """The scope of a table whose caption stands below it: the one model and the one benchmark that it names."""
    if passage is None:
        return scope
    models = [m for m in passage.mentions if not m.short]
    model = models[0] if len({m.hub_id or m.text for m in models}) == 1 else None
    named = {term.name for term in passage.benchmarks if terms.is_kept(term.name)}
    return scope.under(model, named.pop() if len(named) == 1 else None, "", "", False)


@dataclass(frozen=True)
class Caption:
    """A paragraph above a table, or none; `raw` has the Chinese words, too."""

    passage: Passage | None = None
    raw: str = ""


def with_caption(scope: Scope, caption: Caption, heads: str, terms: Terms) -> Scope:
    """The scope of a table below a caption. Before columns that name no benchmark (`heads`: the header's words) any
    paragraph counts that names a single one, where it or the header speaks of pass@k."""
    if caption.passage is None:
        return scope
    named = {term.name for term in caption.passage.benchmarks}
    titled = _CAPTION.match(caption.passage.text) is not None
    if titled and names_another_task(caption.raw):
        return replace(scope, benchmark=None, other_task=True)
    spoken = _PASS_AT.search(heads) or (_PASS_AT.search(caption.raw) and not terms.find("benchmarks", heads))
    told = titled or (scope.benchmark is None and spoken)
    if not told or len(named) != 1 or not terms.is_kept(next(iter(named))):
        return scope
    return replace(scope, benchmark=next(iter(named)), other_task=False)
