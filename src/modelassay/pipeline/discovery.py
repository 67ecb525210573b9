"""`assay discover`: the Hub's listing and leaderboards → candidates, merged by what their names resolve to, rule by rule."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from modelassay.audit.context import Context
from modelassay.core.errors import AssayError, StorageError
from modelassay.core.published import Citation, Fact, Kind, RuleResult
from modelassay.core.records import Record
from modelassay.core.workdir import WorkDir
from modelassay.evidence.base import Evidence, with_facts
from modelassay.evidence.model_files import LicenceClass
from modelassay.evidence.vocabulary import Vocabulary
from modelassay.pipeline.source_reading import Reading, measured_by, read_body
from modelassay.shortlist.candidate_rules import (
    CandidateNeeds,
    Known,
    apply_rules,
    kind_of,
    licence_of,
    params_of,
)
from modelassay.shortlist.decide import is_kept
from modelassay.sources.boards import board_source
from modelassay.sources.collecting import collect
from modelassay.sources.http_fetch import Fetcher, Limits, NotThereError
from modelassay.sources.hub_client import is_offline
from modelassay.sources.hub_models import HubModel, Listing, list_models, look_up
from modelassay.sources.kept_sources import KeptSources, Retrieval

Ask = Callable[[str], HubModel | None]


class Query(Record):
    """What is looked for, and where. boards: `NAME` or `NAME=SOURCE`. look_up: models asked for by name, at most."""

    listing: Listing
    needs: CandidateNeeds
    boards: tuple[str, ...] = ()
    look_up: int = 200


class PublishedScore(Record):
    """A score that a leaderboard, a card or the evidence has of a candidate. value: percent, as printed."""

    benchmark: str
    metric: str
    value: str
    source: str
    locator: str


class Candidate(Record):
    """One model, kept or refused. hub_id: `None` for a name that resolves to no model; `name` is what was written.

    licence_class: the worst of its lineage. change: against the last run of the same saved query.
    """

    hub_id: str | None
    name: str
    revision: str | None
    params: float | None
    kind: Kind | None
    licence: str | None
    licence_class: LicenceClass | None
    gated: bool | None
    kept: bool
    rules: tuple[RuleResult, ...]
    parents: tuple[str, ...] = ()
    downloads: int | None = None
    named_by: tuple[str, ...] = ()
    scores: tuple[PublishedScore, ...] = ()
    change: str | None = None


@dataclass
class _Found:
    """What has been gathered so far. models: by hub id in lower case; named: hub id → sources that name it."""

    fetcher: Fetcher
    evidence: Evidence
    vocabulary: Vocabulary
    models: dict[str, HubModel] = field(default_factory=dict)
    absent: dict[str, str] = field(
        default_factory=dict
    )  # hub id in lower case → when the Hub did not have it
    named: dict[str, list[str]] = field(default_factory=dict)
    spelled: dict[str, str] = field(default_factory=dict)
    unresolved: dict[str, list[str]] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    asked: int = 0


def discover(
    query: Query, workdir: WorkDir, evidence: Evidence, *, offline: bool = False
) -> tuple[list[Candidate], list[str]]:
    """Candidates, the kept ones first, and what could not be looked at, a line each.

    Raises what keeps the Hub's listing from being fetched; a leaderboard that cannot be fetched or read is a line.
    """
    kept = KeptSources(workdir.sources)
    boards = [(board.partition("=")[0], board_source(board)) for board in query.boards]
    with Fetcher(kept, offline=is_offline(offline)) as fetcher:
        found = _Found(fetcher, evidence, Vocabulary.load(evidence))
        for page, models in list_models(query.listing, fetcher):
            for model in models:
                found.models[model.hub_id.lower()] = model
                _name(found, model.hub_id, "the Hub's listing")
            _read_scores(found, page)
        for name, address in boards:
            _read_board(found, name, address)
        candidates = [*_judge_all(found, query), *_unresolved(found)]
    order = sorted(candidates, key=lambda c: (not c.kept, -(c.downloads or 0), (c.hub_id or c.name).lower()))
    return order, found.troubles


def _name(found: _Found, hub_id: str, source: str) -> None:
    found.spelled.setdefault(hub_id.lower(), hub_id)
    sources = found.named.setdefault(hub_id.lower(), [])
    if source not in sources:
        sources.append(source)


def _read_board(found: _Found, name: str, address: str) -> None:
    """One leaderboard: its models by what their names resolve to, and its scores. Trouble is told, and no end."""
    own = found.fetcher
    try:
        with Fetcher(own.kept, Limits(attempts=2), offline=own.offline) as fetcher:
            for source in collect(address, fetcher):
                _read_scores(found, source)
    except StorageError:
        raise
    except AssayError as error:
        found.troubles.append(f"leaderboard {name}: {error}")


def _read_scores(found: _Found, source: Retrieval) -> None:
    body = found.fetcher.kept.body(source.sha256)
    reading = read_body(source, body, found.vocabulary, found.evidence)
    for claim in reading.claims:
        if claim.subject != "score":
            continue
        if claim.hub_id is None or "/" not in claim.hub_id:
            found.unresolved.setdefault(claim.model, []).append(reading.document.title)
        else:
            _name(found, claim.hub_id, reading.document.title)
    found.facts += facts_of(reading)


def facts_of(reading: Reading) -> Iterator[Fact]:
    """The scores of a reading as facts for one question."""
    document = reading.document
    for claim, place in zip(reading.claims, reading.places, strict=True):
        if claim.subject != "score" or claim.hub_id is None or claim.negated or claim.high is not None:
            continue
        by = measured_by(claim, claim.hub_id, reading.source)
        yield Fact(
            id=f"{reading.source.sha256[:12]}-{claim.id}",
            model=claim.hub_id,
            subject="score",
            written=claim.written,
            value=claim.value,
            protocol=claim.protocol,
            metric=claim.metric or "pass@1",
            measured_by=None if by == "unknown" else by,
            citation=Citation(
                document=document.id, title=document.title, url=document.url, tier=document.tier,
                locator=place, quote=claim.quote,
            ),
        )  # fmt: skip


def _judge_all(found: _Found, query: Query) -> Iterable[Candidate]:
    evidence = with_facts(found.evidence, found.facts)
    context = Context((), evidence)

    def ask(hub_id: str) -> HubModel | None:
        return _look_up(found, hub_id, query.look_up)

    merged: dict[str, Candidate] = {}
    for key in list(found.named):
        hub_id = found.spelled[key]
        candidate = _judge(found, hub_id, query, context, ask)
        now = (candidate.hub_id or hub_id).lower()
        if now in merged and now != key:  # a name that the repository had before
            continue
        merged[now] = candidate
    return merged.values()


def _judge(found: _Found, hub_id: str, query: Query, context: Context, ask: Ask) -> Candidate:
    known = _known(found, hub_id, query, context.evidence, ask)
    rules = apply_rules(known, query.needs, context, ask)
    licence, worst, _ = licence_of(known, context.evidence, lambda name: found.models.get(name.lower()))
    if query.needs.licence_classes:
        _, worst, _ = licence_of(known, context.evidence, ask)
    model = known.model
    facts = [f for f in context.evidence.by_model(hub_id) if f.subject == "score" and f.protocol is not None]
    return Candidate(
        hub_id=known.hub_id,
        name=hub_id,
        revision=(model.revision or None) if model is not None else None,
        params=params_of(known, context.evidence)[0],
        kind=kind_of(known, context.evidence)[0],
        licence=licence,
        licence_class=worst,
        gated=model.gated if model is not None else None,
        kept=is_kept(rules, query.needs.must_know),
        rules=rules,
        parents=model.parents if model is not None else (),
        downloads=model.downloads if model is not None else None,
        named_by=tuple(found.named[hub_id.lower()]),
        scores=tuple(
            PublishedScore(
                benchmark=f.protocol.benchmark, metric=f.metric, value=f.written, source=f.citation.title,
                locator=f.citation.locator,
            )
            for f in facts
            if f.protocol is not None and (not query.needs.benchmarks or f.protocol.benchmark in query.needs.benchmarks)
        ),
    )  # fmt: skip


def _known(found: _Found, hub_id: str, query: Query, evidence: Evidence, ask: Ask) -> Known:
    """What the Hub says of one candidate; not asked where the evidence alone refuses its size."""
    facts = evidence.model(hub_id)
    low, high = query.needs.min_params or 0.0, query.needs.max_params or float("inf")
    outside = facts is not None and facts.params is not None and not low <= facts.params <= high
    model = found.models.get(hub_id.lower()) if outside else ask(hub_id)
    if model is not None:
        return Known(hub_id=model.hub_id, model=model, found=True, looked=model.retrieved)
    when = found.absent.get(hub_id.lower())
    if when is not None:
        return Known(hub_id=hub_id, found=False, looked=when)
    why = (
        "not asked: its size is known"
        if outside
        else "the Hub was not asked: offline, or --look-up is used up"
    )
    return Known(hub_id=hub_id, looked=why)


def _look_up(found: _Found, hub_id: str, most: int) -> HubModel | None:
    """The Hub's answer about one model, asked once. An answer that it has none is remembered with its time."""
    key = hub_id.lower()
    if key in found.models or key in found.absent or "/" not in hub_id:
        return found.models.get(key)
    if found.asked >= most:
        return None
    found.asked += 1
    try:
        model = look_up(hub_id, found.fetcher)
    except NotThereError:
        found.absent[key] = found.fetcher.now()
        return None
    except StorageError:
        raise
    except AssayError as error:
        if not found.fetcher.offline:
            found.troubles.append(f"{hub_id}: {error}")
        return None
    found.models[key] = found.models[model.hub_id.lower()] = model
    return model


def _unresolved(found: _Found) -> Iterator[Candidate]:
    """Names that resolve to no model: listed, never dropped."""
    for name, sources in found.unresolved.items():
        reason = f"{name!r} resolves to no hub id"
        yield Candidate(
            hub_id=None, name=name, revision=None, params=None, kind=None, licence=None, licence_class=None,
            gated=None, kept=False, rules=(RuleResult(rule="found", held=False, reason=reason),),
            named_by=tuple(dict.fromkeys(sources)),
        )  # fmt: skip
