"""The evidence base: every fact, document and model that a claim can be judged by.

It is read from `facts/*.yaml` (one file per source document) and `models.yaml` beside this file, or from
another folder of the same shape; a user's own folder may be laid over it. Nothing here interprets: it loads,
indexes and checks.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as with_parts
from pathlib import Path
from typing import Literal

from msgspec.structs import replace

from modelassay.core.errors import InputError, MissingError
from modelassay.core.published import Document, Fact, ModelFacts
from modelassay.evidence.fact_files import Revision, find_line
from modelassay.evidence.model_files import LicenceClass, ReleaseList, load_models
from modelassay.evidence.read_files import ReadFile, read_fact_files

Origin = Literal["shipped", "own"]


@dataclass(frozen=True, eq=False)
class Evidence:
    """The loaded evidence base. Facts keep the order of their files; indexes are built once.

    own: documents of the user's own folder that was laid over the base; own_folder: where it is.
    """

    folder: Path
    documents: Mapping[str, Document]
    facts: Mapping[str, Fact]
    models: Mapping[str, ModelFacts]
    releases: Mapping[str, ReleaseList]  # family → what its maker released
    revisions: Mapping[str, tuple[Revision, ...]]  # fact id → its corrections, oldest first
    _by_model: Mapping[str, tuple[Fact, ...]] = field(repr=False)
    _by_benchmark: Mapping[str, tuple[Fact, ...]] = field(repr=False)
    _canonical: Mapping[str, str] = field(repr=False, default_factory=dict)
    licences: Mapping[str, LicenceClass] = field(repr=False, default_factory=dict)
    own: frozenset[str] = frozenset()
    own_folder: Path | None = None

    def by_model(self, hub_id: str) -> tuple[Fact, ...]:
        """All facts about one model; empty when nothing is known. Hub ids compare without case."""
        return self._by_model.get(hub_id.lower(), ())

    def by_benchmark(self, benchmark: str) -> tuple[Fact, ...]:
        """All scores on one benchmark (canonical name), of every model."""
        return self._by_benchmark.get(benchmark, ())

    def scores(self, hub_id: str, benchmark: str | None = None, metric: str = "pass@1") -> tuple[Fact, ...]:
        """One model's scores, on one benchmark or on all."""
        return tuple(
            fact
            for fact in self.by_model(hub_id)
            if fact.subject == "score"
            and fact.metric == metric
            and fact.protocol is not None
            and benchmark in (None, fact.protocol.benchmark)
        )

    def model(self, hub_id: str) -> ModelFacts | None:
        """What is known of one model, or `None`. Hub ids compare without case."""
        found = self.models.get(hub_id)
        if found is not None:
            return found
        return self.models.get(self._canonical.get(hub_id.lower(), ""))

    def origin(self, fact: Fact) -> Origin:
        """Whether a fact is the user's own or of the base below."""
        return "own" if fact.citation.document in self.own else "shipped"


def load_evidence(folder: Path | None = None, *, own: Path | None = None) -> Evidence:
    """Load the evidence base, from the package or from `folder` (`facts/*.yaml` and `models.yaml`).

    own: the user's own folder of that shape, laid over it; it may be empty or not there yet. Raises `MissingError`
    when `folder` holds no facts, `InputError` (file, line, key) on a broken file or an id that is used twice.
    """
    folder = folder or Path(__file__).parent
    paths = sorted((folder / "facts").glob("*.yaml"))
    if not paths:
        raise MissingError(
            "no evidence here", path=folder / "facts", hint="give a folder with facts/*.yaml and models.yaml"
        )
    over = sorted((own / "facts").glob("*.yaml")) if own is not None else []
    read = [*read_fact_files(paths), *map(_mark_own, read_fact_files(over))]
    facts = _unique(read)
    models, releases, licences = load_models(
        [folder / "models.yaml", *([own / "models.yaml"] if own is not None else [])]
    )
    return Evidence(
        folder=folder,
        documents=_documents(read),
        facts=facts,
        models=models,
        releases=releases,
        revisions=_revisions(read),
        _by_model=_model_index(facts.values()),
        _by_benchmark=_benchmark_index(facts.values()),
        _canonical=_spellings(models),
        licences=licences,
        own=frozenset(file.document.id for file in read[len(paths) :]),
        own_folder=own if over or (own is not None and (own / "models.yaml").is_file()) else None,
    )


def with_facts(evidence: Evidence, more: Iterable[Fact]) -> Evidence:
    """The base with further facts for one question; nothing is stored. Facts whose id is there already are left out."""
    new = [fact for fact in more if fact.id not in evidence.facts]
    facts = {**evidence.facts, **{fact.id: fact for fact in new}}
    return with_parts(
        evidence,
        facts=facts,
        _by_model=_model_index(facts.values()),
        _by_benchmark=_benchmark_index(facts.values()),
    )


def with_models(evidence: Evidence, more: Iterable[ModelFacts]) -> Evidence:
    """The base with what was looked up of further models; nothing is stored. What the base knows of a model stays."""
    models = dict(evidence.models)
    for found in more:
        known = evidence.model(found.hub_id)
        if known is None:
            models[found.hub_id] = found
        elif known.exists and found.exists:
            missing = {
                name: value
                for name in ("params", "params_written", "licence", "licence_class", "tuned_from", "released")
                if not getattr(known, name) and (value := getattr(found, name))
            }
            models[known.hub_id] = replace(known, **missing)
    return with_parts(evidence, models=models, _canonical=_spellings(models))


def _mark_own(file: ReadFile) -> ReadFile:
    """The user's own facts say so wherever their source is named."""
    facts = [
        replace(fact, citation=replace(fact.citation, title=f"{fact.citation.title} (own evidence)"))
        for fact in file.facts
    ]
    return replace(file, facts=facts)


def _documents(read: Sequence[ReadFile]) -> dict[str, Document]:
    found: dict[str, Document] = {}
    for file in read:
        if file.document.id in found:
            raise InputError(
                f"document id {file.document.id!r} is used twice",
                path=file.path,
                hint="rename the file and its id",
            )
        found[file.document.id] = file.document
    return found


def _unique(read: Sequence[ReadFile]) -> dict[str, Fact]:
    facts: dict[str, Fact] = {}
    for file in read:
        for fact in file.facts:
            if fact.id in facts:
                raise InputError(
                    f"fact id {fact.id!r} is used twice (also in {facts[fact.id].citation.document})",
                    path=file.path,
                    line=find_line(Path(file.path), fact.id),
                    hint="give each fact an id of its own",
                )
            facts[fact.id] = fact
    return facts


def _model_index(facts: Iterable[Fact]) -> dict[str, tuple[Fact, ...]]:
    return _index((fact.model.lower(), fact) for fact in facts if fact.model)


def _benchmark_index(facts: Iterable[Fact]) -> dict[str, tuple[Fact, ...]]:
    return _index((f.protocol.benchmark, f) for f in facts if f.protocol is not None and f.subject == "score")


def _spellings(models: Mapping[str, ModelFacts]) -> dict[str, str]:
    """Hub id in lower case → as the base writes it; of two that differ in case alone the first."""
    return {name.lower(): name for name in reversed(list(models))}


def _index(pairs: Iterable[tuple[str, Fact]]) -> dict[str, tuple[Fact, ...]]:
    groups: dict[str, list[Fact]] = {}
    for key, fact in pairs:
        groups.setdefault(key, []).append(fact)
    return {key: tuple(group) for key, group in groups.items()}


def _revisions(read: Sequence[ReadFile]) -> dict[str, tuple[Revision, ...]]:
    groups: dict[str, list[Revision]] = {}
    for file in read:
        for revision in file.revisions:
            groups.setdefault(revision.fact, []).append(revision)
    return {fact: tuple(sorted(group, key=lambda r: r.date)) for fact, group in groups.items()}
