"""What the paragraph right above a table says of it: a caption's benchmark, or that the table is of another task."""

import re
from dataclasses import dataclass, replace

from modelassay.reading.language.other_tasks import names_another_task
from modelassay.reading.language.passages import Passage, Scope
from modelassay.reading.language.terms import Terms

_CAPTION = re.compile(r"\W*(?:Table|Tab\.|Figure|Fig\.|表)\s?\d", re.I)
_PASS_AT = re.compile(r"pass\s?@\s?\d", re.I)


@dataclass(frozen=True)
class Caption:
    """A paragraph above a table, or none; `raw` has the Chinese words, too."""

    passage: Passage | None = None
    raw: str = ""


def with_caption(scope: Scope, caption: Caption, heads: str, terms: Terms) -> Scope:
    """The scope of a table below a caption; before columns of pass@k that name no benchmark (`heads`: the header's
    words) any paragraph counts that names a single one."""
    if caption.passage is None:
        return scope
    named = {term.name for term in caption.passage.benchmarks}
    titled = _CAPTION.match(caption.passage.text) is not None
    if titled and names_another_task(caption.raw):
        return replace(scope, benchmark=None, other_task=True)
    told = titled or (scope.benchmark is None and _PASS_AT.search(heads) is not None)
    if not told or len(named) != 1 or not terms.is_kept(next(iter(named))):
        return scope
    return replace(scope, benchmark=next(iter(named)), other_task=False)
