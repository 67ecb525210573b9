"""`assay read`: kept sources → claims with their places, beside what is known; accepted ones → the user's own facts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from modelassay.audit.auditor import value_as_written
from modelassay.audit.comparability import describe
from modelassay.audit.context import Context
from modelassay.audit.known_beside import Beside, look_beside
from modelassay.core.errors import AssayError, InputError
from modelassay.core.published import Claim, Document, Tier, Unread
from modelassay.core.workdir import WorkDir
from modelassay.evidence.base import Evidence
from modelassay.evidence.fact_files import MeasuredBy
from modelassay.evidence.growth import ACCEPTED, document_id
from modelassay.evidence.names import split_org
from modelassay.evidence.vocabulary import Vocabulary
from modelassay.reading.locators import Locators
from modelassay.reading.notes import decode_note, read_note
from modelassay.sources.boards import BOARDS, dataset_of
from modelassay.sources.json_lines import unpacked
from modelassay.sources.kept_sources import KeptSources, Retrieval

_NO_LICENCE: Final = frozenset(("other", "unknown", "unlicensed", "custom"))


@dataclass(frozen=True)
class Reading:
    """One kept source, read. places and beside: of each claim, in the order of `claims`."""

    source: Retrieval
    document: Document
    claims: tuple[Claim, ...]
    places: tuple[str, ...]
    beside: tuple[Beside, ...]
    unread: tuple[Unread, ...]

    @property
    def is_answer(self) -> bool:
        """Whether it is the Hub's answer about models, which hands on the scores of the files that it names."""
        return "/api/models" in self.source.url

    def to_json(self) -> list[dict[str, object]]:
        """The claims as plain data; scores in percent."""
        return [self._claim(*row) for row in zip(self.claims, self.places, self.beside, strict=True)]

    def _claim(self, claim: Claim, place: str, beside: Beside) -> dict[str, object]:
        return {
            "sha256": self.source.sha256,
            "url": self.source.url,
            "revision": self.source.revision,
            "id": claim.id,
            "line": claim.line,
            "quote": claim.quote,
            "locator": place,
            "model": claim.model,
            "hub_id": claim.hub_id,
            "subject": claim.subject,
            "benchmark": claim.protocol.benchmark if claim.protocol is not None else None,
            "metric": claim.metric or None,
            "value": value_as_written(claim),
            "written": claim.written,
            "protocol": describe(claim.protocol) if claim.protocol is not None else None,
            "known": [
                {
                    "fact": f.id,
                    "written": f.written,
                    "source": f.citation.title,
                    "locator": f.citation.locator,
                }
                for f in beside.facts
            ],
            "agrees": beside.agrees,
            **({"beside": beside.message} if beside.message else {}),
        }


def chosen(workdir: WorkDir, hashes: Sequence[str]) -> list[Retrieval]:
    """The kept sources with these hashes, or the last of every address. Raises MissingError, InputError."""
    kept = KeptSources(workdir.sources)
    if hashes:
        return [kept.find(sha256) for sha256 in hashes]
    found = kept.sources()
    if not found:
        raise InputError(
            "no source is kept here", path=workdir.sources.root, hint="run `assay collect` first"
        )
    return found


def read_sources(
    workdir: WorkDir, hashes: Sequence[str], evidence: Evidence
) -> Iterator[tuple[Retrieval, Reading | None, AssayError | None]]:
    """(source, its claims, `None`), or (source, `None`, why it cannot be read), one at a time."""
    kept, vocabulary = KeptSources(workdir.sources), Vocabulary.load(evidence)
    for source in chosen(workdir, hashes):
        try:
            yield source, read_body(source, kept.body(source.sha256), vocabulary, evidence), None
        except AssayError as error:
            yield source, None, error


def read_body(source: Retrieval, body: bytes, vocabulary: Vocabulary, evidence: Evidence) -> Reading:
    """Read one source's bytes. Raises InputError for what is no text."""
    text = decode_note(unpacked(body), source.path or source.url)
    if not text.strip():
        return Reading(source, document_of(source, vocabulary), (), (), (), ())
    is_card = "/" in source.repository and ":" not in source.repository and source.path == "README.md"
    found = read_note(
        text, vocabulary, evidence, path=f"/{source.repository}/{source.path}" if source.path else None,
        title=dataset_of(source.url) or source.url.rpartition("/")[2], repository=source.repository if is_card else "",
    )  # fmt: skip
    locators, context = Locators(text), Context(found.claims, evidence, text)
    claims = tuple(found.claims)
    return Reading(
        source=source,
        document=document_of(source, vocabulary),
        claims=claims,
        places=tuple(locators.of(claim) for claim in claims),
        beside=tuple(look_beside(claim, context, source.url) for claim in claims),
        unread=tuple(found.unread),
    )


def document_of(source: Retrieval, vocabulary: Vocabulary) -> Document:
    """What a source is as a document of the evidence; how far to trust it follows from who publishes it.

    An organisation of which the evidence has models is a maker; a repository of anybody else is the community's. An
    address that is neither a repository nor a known leaderboard is an aggregator, until the user says better.
    """
    owner = split_org(source.repository.removeprefix("github:"))[0]
    known = owner.lower() in vocabulary.orgs
    board = next((board for board in BOARDS.values() if board.address == source.url), None)
    tier: Tier = "aggregator"
    if board is not None:
        tier, title, publisher = "primary-leaderboard", board.title, board.publisher
    elif source.repository.startswith("arxiv:"):
        tier, title, publisher = "third-party-paper", source.repository, "arXiv"
    elif source.repository.startswith("github:"):
        tier = "primary-own" if known else "aggregator"
        title, publisher = f"{source.repository.removeprefix('github:')} {source.path}", owner
    elif source.repository:
        tier = "primary-own" if known else "community-card"
        what = source.path.replace("README.md", "model card") if source.path else "in the Hub's answer"
        title, publisher = f"{source.repository} {what}", owner
    else:
        title, publisher = source.path or source.url, "unknown"
    return Document(
        id=document_id(source.url), title=title, url=source.url, publisher=publisher, tier=tier,
        revision=source.revision or source.sha256, retrieved=source.retrieved[:10],
    )  # fmt: skip


def measured_by(claim: Claim, model: str, source: Retrieval) -> MeasuredBy:
    """A repository's own model is measured by its maker, another one in it by a third party."""
    owner = split_org(source.repository.removeprefix("github:"))[0].lower()
    if not owner or ":" in owner or claim.subject != "score":
        return "unknown"
    return "maker" if split_org(model)[0].lower() == owner else "third-party"


def acceptable(claim: Claim, reading: Reading) -> str:
    """Why a claim cannot become a fact as it stands; "" where it can."""
    if claim.subject not in ACCEPTED:
        return f"a claim of {claim.subject} is no fact about one model"
    if claim.hub_id is None or "/" not in claim.hub_id:
        return "the model is not known by a hub id"
    if claim.negated:
        return "the document itself calls it wrong"
    if claim.approximate or claim.high is not None:
        return "a rounded number or a range"
    if claim.subject == "score" and reading.is_answer:
        return "the Hub hands on what the card or a file of results says"
    if claim.subject == "existence" and not reading.is_answer:
        return "only the Hub's answer says that a model exists"
    if claim.subject == "licence" and claim.written.strip().lower() in _NO_LICENCE:
        return "names no licence"
    return ""


def kept_reading(workdir: WorkDir, sha256: str, evidence: Evidence) -> Reading:
    """One kept source, read. Raises what keeps it from being read."""
    ((_, reading, trouble),) = read_sources(workdir, [sha256], evidence)
    if reading is None:
        raise trouble or InputError(f"cannot read {sha256}", hint="collect it again")
    return reading
