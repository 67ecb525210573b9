"""What the readers of JSON documents share: values by their path, and a value as a passage to quote from."""

from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

from modelassay.core.published import Protocol, Subject
from modelassay.reading.claims.claims_draft import ClaimsDraft
from modelassay.reading.language.mentions import Mention
from modelassay.reading.language.passages import Passage, Scope
from modelassay.reading.layout.inline_text import Plain
from modelassay.reading.layout.json_places import Leaf, leaves

Path = tuple[str | int, ...]


class JsonRows:
    """A parsed JSON text whose values know where they stand."""

    def __init__(self, text: str, data: Any, draft: ClaimsDraft) -> None:
        self.data, self.draft = data, draft
        self._leaves: Mapping[Path, Leaf] = {leaf.path: leaf for leaf in leaves(text, data)}
        self._text = text
        self._starts = [0]
        for raw in text.split("\n")[:-1]:
            self._starts.append(self._starts[-1] + len(raw) + 1)

    def get(self, *path: str | int) -> Any:
        """The value at a path; `None` where there is none."""
        node = self.data
        for key in path:
            if isinstance(key, int):
                node = node[key] if isinstance(node, list) and key < len(node) else None
            else:
                node = node.get(key) if isinstance(node, dict) else None
        return node

    def rows(self, *path: str | int) -> list[Path]:
        """The paths of the objects in the list at a path."""
        found = self.get(*path)
        return (
            [(*path, i) for i, row in enumerate(found) if isinstance(row, dict)]
            if isinstance(found, list)
            else []
        )

    def text(self, *path: str | int) -> str:
        """The text at a path; "" for anything else."""
        found = self.get(*path)
        return found.strip() if isinstance(found, str) else ""

    def add(  # noqa: PLR0913  (one argument per part of a claim)
        self,
        path: Path,
        subject: Subject,
        owner: Mention,
        *,
        written: str = "",
        value: float | None = None,
        other: str | None = None,
        protocol: Protocol | None = None,
        metric: str = "",
    ) -> None:
        """File a claim whose words are the number or text at `path`; nothing where there is none."""
        leaf = self._leaves.get(path)
        if leaf is None:
            return
        passage, span = self._passage(leaf)
        said = written or self._text[leaf.start : leaf.end].strip('"')
        self.draft.add(
            passage, span, subject, model=owner, written=said, value=value, other=other, protocol=protocol, metric=metric
        )  # fmt: skip

    def skip(self, path: Path, reason: str) -> None:
        """List the value at `path` as one that could not be read."""
        leaf = self._leaves.get(path)
        if leaf is not None:
            self.draft.skip(*self._passage(leaf), reason)

    def owner(self, name: str, link: str = "") -> Mention:
        """The model that a row names, by its link where it has one of the Hub."""
        return row_owner(name, link, self.draft)

    def _passage(self, leaf: Leaf) -> tuple[Passage, list[tuple[int, int]]]:
        start = leaf.key_start if "\n" not in self._text[leaf.key_start : leaf.start] else leaf.start
        line = bisect_right(self._starts, start)
        piece = self._text[start : leaf.end]
        return Passage(Plain(piece, [(0, line, start - self._starts[line - 1])]), Scope()), [(0, len(piece))]


def row_owner(name: str, link: str, draft: ClaimsDraft) -> Mention:
    """The model that a row shows as `name`: by its link where it has one of the Hub, else by that name."""
    return Mention(0, len(name), name, draft.vocabulary.resolve(link if "huggingface.co/" in link else name))


def share_of(value: object, *, percent: bool | None = None) -> float | None:
    """A score as a share of 1. percent: how it is printed; `None`: at most 1 with decimals is a share already."""
    if isinstance(value, str):
        try:
            value = float(value.strip().rstrip("%"))
        except ValueError:
            return None
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    is_percent = percent if percent is not None else not (isinstance(value, float) and value <= 1)
    share = value / 100 if is_percent else float(value)
    return round(share, 10) if 0 <= share <= 1 else None
