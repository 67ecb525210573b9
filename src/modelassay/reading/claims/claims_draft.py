"""What has been read so far from one document: its claims, what it could not read, and what it taught on the way.

A document that once said which benchmark a number is on may later print the number alone ("41.1%/59.2%"); such
numbers wait here and are settled at the end from the document's own words, never from the evidence base.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from msgspec import structs

from modelassay.core.published import Claim, Protocol, Relation, Subject, Unread
from modelassay.core.records import Record
from modelassay.evidence.vocabulary import Vocabulary
from modelassay.reading.claims.paired_numbers import Second
from modelassay.reading.language.mentions import Mention
from modelassay.reading.language.numbers import Number
from modelassay.reading.language.passages import Passage
from modelassay.reading.language.terms import Terms, quantization_in
from modelassay.reading.layout.inline_text import Plain

Spans = Sequence[tuple[int, int]]
# (benchmark, number) → the models of which a document says it, in its order, with the name written first
_Owners = dict[tuple[str, float | None], dict[str, str]]
_FOOTNOTE = re.compile(r"\s{0,3}\[\^([^\]\s]+)\]:\s*(.*)")
_BEFORE_MARK = re.compile(r"[^.,;:/|\n]{0,60}[.,;:]?\s*")
_NEAR = 90  # characters: a quote that would be longer than this keeps to the number


class Reading(Record):
    """What a document claims, and what in it looks like a claim but could not be read."""

    claims: list[Claim]
    unread: list[Unread]


@dataclass(frozen=True)
class PendingNumber:
    """A score without a benchmark, until the whole document is known."""

    passage: Passage
    number: Number
    model: Mention | None
    hub_id: str | None
    metric: str
    place: int  # its place in a list of numbers joined by slashes, 0 when it stands alone
    places: int
    benchmark: str | None = None  # known when only the model is missing
    benchmark_span: tuple[int, int] | None = None
    approximate: bool = False  # "~30%/45%": the first number's mark holds for the list


@dataclass(frozen=True)
class Filed:
    """What one block filed."""

    claims: tuple[Claim, ...]
    unread: tuple[Unread, ...]
    orders: tuple[tuple[str, ...], ...]


def _footnotes(source: Sequence[str]) -> dict[str, str]:
    """Label → text of the document's footnotes, their indented lines included."""
    found: dict[str, str] = {}
    label = None
    for raw in source:
        start = _FOOTNOTE.match(raw)
        if start is not None:
            label = start[1]
            found[label] = start[2].strip()
        elif label is not None and raw.startswith(("  ", "\t")) and raw.strip():
            found[label] += f" {raw.strip()}"
        else:
            label = None
    return found


def _as_text(part: object) -> str:
    return _protocol_text(part) if isinstance(part, Protocol) else repr(part)


@lru_cache(maxsize=20_000)
def _protocol_text(protocol: Protocol) -> str:
    """A protocol in full; most claims of a document share a few."""
    return repr(protocol)


class ClaimsDraft:
    """Collects claims from passages of one document."""

    def __init__(self, source: list[str], vocabulary: Vocabulary, terms: Terms) -> None:
        self.source = source
        self.vocabulary = vocabulary
        self.terms = terms
        self.claims: list[Claim] = []
        self.unread: list[Unread] = []
        self.only_benchmark: str | None = None  # where the document names one and no other
        self.second: Second | None = None  # what the document says of the second of two numbers in a cell
        self.verbatim = False  # what is filed now stands in a code block or was printed
        self.waiting: list[PendingNumber] = []
        self._footnotes = _footnotes(source)
        # (id of plain text, offset) of numbers that became claims → the text, kept so that its id stays its own
        self._read: dict[tuple[int, int], Plain] = {}
        self._seen: set[tuple[object, ...]] = set()
        self._orders: list[tuple[str, ...]] = []

    def is_read(self, passage: Passage, number: Number) -> bool:
        """Did this number become part of a claim?"""
        return (id(passage.plain), number.start) in self._read

    def mark_read(self, passage: Passage, number: Number) -> None:
        """This number is accounted for."""
        self._read[id(passage.plain), number.start] = passage.plain

    def footnote(self, passage: Passage, number: Number) -> str:
        """What the footnotes say whose marks stand behind this number, before its clause ends or another begins."""
        following = [n.start for n in passage.numbers if n.start >= number.end]
        stop = following[0] if following else len(passage.text) + 1
        own = [
            (at, label)
            for at, label in passage.plain.footnotes
            if number.end <= at < stop and _BEFORE_MARK.fullmatch(passage.text, number.end, at)
        ]
        return self.footnotes(own)

    def footnotes(self, marks: Sequence[tuple[int, str]]) -> str:
        """The text of the footnotes with these marks."""
        return " ".join(filter(None, (self._footnotes.get(label, "") for _, label in marks)))

    def note_order(self, benchmarks: Sequence[str]) -> None:
        """The document listed these benchmarks in this order."""
        if len(set(benchmarks)) > 1:
            self._orders.append(tuple(benchmarks))

    def mark(self) -> tuple[int, int, int, int]:
        """Where the draft stands now; see `filed_since`."""
        return len(self.claims), len(self.unread), len(self._orders), len(self.waiting)

    def filed_since(self, mark: tuple[int, int, int, int]) -> Filed | None:
        """What was filed since a mark; `None` when some of it waits for the rest of the document."""
        claims, unread, orders, waiting = mark
        if len(self.waiting) > waiting:
            return None
        return Filed(tuple(self.claims[claims:]), tuple(self.unread[unread:]), tuple(self._orders[orders:]))

    def repeat(self, filed: Filed, lines: int) -> None:
        """File the same again, so many lines farther down."""
        for claim in filed.claims:
            line = claim.line + lines
            self.claims.append(structs.replace(claim, line=line, id=f"{claim.id}{line:x}"))
        self.unread += [structs.replace(item, line=item.line + lines) for item in filed.unread]
        self._orders += filed.orders

    def add(  # noqa: PLR0913  (one argument per part of a claim)
        self,
        passage: Passage,
        spans: Spans,
        subject: Subject,
        *,
        model: Mention | None = None,
        hub_id: str | None = None,
        name: str = "",
        number: Number | None = None,
        protocol: Protocol | None = None,
        metric: str = "",
        written: str = "",
        value: float | None = None,
        high: float | None = None,
        relation: Relation | None = None,
        other: str | None = None,
        attribution: str = "",
        negated: bool = False,
        approximate: bool = False,
        measured_by: Literal["writer", "other"] | None = None,
    ) -> None:
        """File one claim. The same claim twice on a line is one."""
        line, quote = self._quote(passage, spans)
        hub_id = hub_id or (model.hub_id if model else None)
        name = name or (model.label if model else "")
        if subject == "score" and protocol is not None and name:
            whole = self.vocabulary.quantised_copy_of(name)
            if whole is not None:  # "X-GGUF" is X, in another form
                hub_id = whole
                form = protocol.quantization or quantization_in(name)
                protocol = structs.replace(protocol, quantization=form)
        if number is not None:
            self.mark_read(passage, number)
            written = written or number.text
            approximate = approximate or number.approximate
        who = hub_id or name.lower()
        key: tuple[object, ...] = (line, who, subject, protocol.benchmark if protocol else None)
        if subject in ("score", "comparison", "definition"):
            key = (*key, protocol, metric, value, high, relation if protocol is None else None)
        if key in self._seen:
            return
        self._seen.add(key)
        listed = self.vocabulary.release_list(hub_id or name) if hub_id or name else None
        if listed is None and subject == "comparison" and other is not None:
            listed = self.vocabulary.release_list(other)
        own_line, own_column = passage.plain.place(spans[-1][0])
        words = ", ".join([_as_text(part) for part in (*key, quote, written)])
        digest = hashlib.blake2b(f"({words})".encode(), digest_size=5).hexdigest()
        self.claims.append(
            Claim(
                id=digest, line=line, quote=quote, subject=subject, model=name, hub_id=hub_id, protocol=protocol,
                metric=metric, written=written, value=value, high=high, approximate=approximate,
                attribution=attribution, other=other, relation=relation, negated=negated, measured_by=measured_by,
                counted=number.counted if number is not None else "", verbatim=self.verbatim,
                release_list=listed.source if listed else None, column=own_column + 1 if own_line == line else None,
            )
        )  # fmt: skip

    def skip(self, passage: Passage, spans: Spans, reason: str) -> None:
        """List something that looks like a claim and is none we can read."""
        line, quote = self._quote(passage, spans)
        self.unread.append(Unread(line=line, quote=quote, reason=reason))

    def _quote(self, passage: Passage, spans: Spans) -> tuple[int, str]:
        """The smallest verbatim span of one line that shows all `spans`; the last span alone if they lie apart."""
        start, end = min(s for s, _ in spans), max(e for _, e in spans)
        own = spans[-1]
        same_line = passage.plain.line(start) == passage.plain.line(end - 1)
        if end - start > _NEAR or not same_line:
            start, end = own
        line, quote = passage.plain.quote(start, end, self.source)
        return line, quote or self.source[line - 1].strip()

    def settle(self) -> None:
        """Give the waiting numbers their benchmark from what the document said elsewhere, or list them as unread."""
        said: dict[tuple[str, float | None], set[str]] = {}
        anyone: dict[float | None, set[str]] = {}
        owners: _Owners = {}
        for claim in self.claims:
            if claim.subject == "score" and claim.protocol is not None:
                who = claim.hub_id or claim.model.lower()
                said.setdefault((who, claim.value), set()).add(claim.protocol.benchmark)
                anyone.setdefault(claim.value, set()).add(claim.protocol.benchmark)
                who_said = owners.setdefault((claim.protocol.benchmark, claim.value), {})
                who_said.setdefault(claim.hub_id or claim.model, claim.model)
        for item in self.waiting:
            if item.benchmark is not None:
                self._settle_owner(item, item.benchmark, owners)
            else:
                self._settle_one(item, said, anyone)

    def _settle_owner(
        self,
        item: PendingNumber,
        benchmark: str,
        owners: _Owners,
    ) -> None:
        """A number whose benchmark is told belongs to the one model of which the document says it elsewhere."""
        number = item.number
        spans = [span for span in (item.benchmark_span, (number.start, number.end)) if span]
        found = owners.get((benchmark, number.share()), {})
        if len(found) != 1 and item.model is None:
            self.skip(item.passage, spans, "a score, but the text does not say of which model")
            return
        who, name = (
            next(iter(found.items())) if len(found) == 1 else ("", item.model.label if item.model else "")
        )
        name = item.model.label if item.model is not None else name
        self.add(
            item.passage, spans, "score", hub_id=who if "/" in who else None, name=name, number=number,
            protocol=Protocol(
                benchmark=benchmark, written="model taken from elsewhere in the document" if who else ""
            ),
            metric=item.metric, value=number.share(), high=number.share_high(),
            negated=item.passage.scope.wrong or item.passage.is_wrong_at(number.start),
        )  # fmt: skip

    def _settle_one(
        self,
        item: PendingNumber,
        said: dict[tuple[str, float | None], set[str]],
        anyone: dict[float | None, set[str]],
    ) -> None:
        number = item.number
        who = item.hub_id or (item.model.label.lower() if item.model else "")
        telling = "." in number.text  # 79.9 is known again anywhere; 80 could be anybody's
        names = said.get((who, number.share())) or (anyone.get(number.share()) if telling else None) or set()
        benchmark = next(iter(names)) if len(names) == 1 else self._by_place(item, names)
        if benchmark is None or (item.model is None and not who):
            reason = "a score, but the text does not say on which benchmark"
            if item.model is None and not who:
                reason = "a score, but the text does not say of which model"
            self.mark_read(item.passage, number)
            self.skip(item.passage, [(number.start, number.end)], reason)
            return
        self.add(
            item.passage, [(number.start, number.end)], "score", model=item.model, hub_id=item.hub_id, number=number,
            protocol=Protocol(benchmark=benchmark, written="benchmark taken from elsewhere in the document"),
            metric=item.metric, value=number.share(), high=number.share_high(), approximate=item.approximate,
            negated=item.passage.scope.wrong or item.passage.is_wrong_at(number.start),
        )  # fmt: skip

    def _by_place(self, item: PendingNumber, names: set[str]) -> str | None:
        """In "41.1%/59.2%" the places follow the order in which the document lists its benchmarks."""
        orders = [order for order, _ in Counter(self._orders).most_common() if len(order) == item.places]
        if item.places < 2 or not orders:
            return None
        benchmark = orders[0][item.place]
        return benchmark if not names or benchmark in names else None
