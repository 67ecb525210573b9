"""The evidence base: every fact, document and model that a claim can be judged by.

It is read from `facts/*.yaml` (one file per source document) and `models.yaml` beside this file, or from
another folder of the same shape. Nothing here interprets: it loads, indexes and checks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec

from modelassay.core.errors import InputError, MissingError
from modelassay.core.published import Document, Fact, Kind, ModelFacts
from modelassay.core.records import Record
from modelassay.evidence.fact_files import (
    FactFile,
    Revision,
    find_line,
    load_yaml,
    parse_size,
    read_fact_file,
)

LicenceClass = Literal["open", "commercial-with-limits", "non-commercial"]


class _ModelRow(Record):
    """A model as models.yaml writes it: sizes as text, the licence class looked up."""

    kind: Kind | None = None
    kind_written: str = ""
    params: str = ""
    params_written: str = ""
    licence: str | None = None
    tuned_from: str | None = None
    exists: bool = True
    released: str | None = None
    context_tokens: int | None = None
    sources: tuple[str, ...] = ()
    note: str = ""


class _ReleaseRow(Record):
    family: str
    sizes: list[str]
    source: str
    tuned_sizes: list[str] | None = None
    as_of: str | None = None
    versions: tuple[str, ...] = ()


class _ModelsFile(Record):
    licences: dict[LicenceClass, list[str]]
    models: dict[str, _ModelRow]
    releases: list[_ReleaseRow] = msgspec.field(default_factory=list)


class ReleaseList(Record):
    """All sizes a maker released of a family, in parameters; `tuned_sizes` when not every size was tuned.

    `source` is the fact that says so. A size that is not listed is evidence that there is no such model, for a name
    without a version or with one of `versions`, in a document no younger than `as_of` (ISO, month or day).
    """

    family: str
    sizes: tuple[float, ...]
    tuned_sizes: tuple[float, ...]
    source: str
    as_of: str | None = None
    versions: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Evidence:
    """The loaded evidence base. Facts keep the order of their files; indexes are built once."""

    folder: Path
    documents: Mapping[str, Document]
    facts: Mapping[str, Fact]
    models: Mapping[str, ModelFacts]
    releases: Mapping[str, ReleaseList]  # family → what its maker released
    revisions: Mapping[str, tuple[Revision, ...]]  # fact id → its corrections, oldest first
    _by_model: Mapping[str, tuple[Fact, ...]] = field(repr=False)
    _by_benchmark: Mapping[str, tuple[Fact, ...]] = field(repr=False)

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
        low = hub_id.lower()
        return next((model for name, model in self.models.items() if name.lower() == low), None)


def load_evidence(folder: Path | None = None) -> Evidence:
    """Load the evidence base, from the package or from `folder` (`facts/*.yaml` and `models.yaml`).

    Raises `MissingError` when the folder holds no facts, `InputError` (file, line, key) on a broken file or
    an id that is used twice.
    """
    folder = folder or Path(__file__).parent
    paths = sorted((folder / "facts").glob("*.yaml"))
    if not paths:
        raise MissingError(
            "no evidence here", path=folder / "facts", hint="give a folder with facts/*.yaml and models.yaml"
        )
    read = [(path, *read_fact_file(path)) for path in paths]
    facts = _unique(read)
    models, releases = _load_models(folder / "models.yaml")
    return Evidence(
        folder=folder,
        documents={file.document.id: file.document for _, file, _ in read},
        facts=facts,
        models=models,
        releases=releases,
        revisions=_revisions(file for _, file, _ in read),
        _by_model=_index((fact.model.lower(), fact) for fact in facts.values() if fact.model),
        _by_benchmark=_index(
            (fact.protocol.benchmark, fact)
            for fact in facts.values()
            if fact.protocol is not None and fact.subject == "score"
        ),
    )


def _unique(read: list[tuple[Path, FactFile, list[Fact]]]) -> dict[str, Fact]:
    facts: dict[str, Fact] = {}
    for path, _, rows in read:
        for fact in rows:
            if fact.id in facts:
                raise InputError(
                    f"fact id {fact.id!r} is used twice (also in {facts[fact.id].citation.document})",
                    path=path,
                    line=find_line(path, fact.id),
                    hint="give each fact an id of its own",
                )
            facts[fact.id] = fact
    return facts


def _index(pairs: Iterable[tuple[str, Fact]]) -> dict[str, tuple[Fact, ...]]:
    groups: dict[str, list[Fact]] = {}
    for key, fact in pairs:
        groups.setdefault(key, []).append(fact)
    return {key: tuple(group) for key, group in groups.items()}


def _revisions(files: Iterable[FactFile]) -> dict[str, tuple[Revision, ...]]:
    groups: dict[str, list[Revision]] = {}
    for file in files:
        for revision in file.revisions:
            groups.setdefault(revision.fact, []).append(revision)
    return {fact: tuple(sorted(group, key=lambda r: r.date)) for fact, group in groups.items()}


def _load_models(path: Path) -> tuple[dict[str, ModelFacts], dict[str, ReleaseList]]:
    if not path.is_file():
        return {}, {}
    file = load_yaml(path, _ModelsFile)
    classes: dict[str, LicenceClass] = {name: kind for kind, names in file.licences.items() for name in names}
    models = {}
    for hub_id, row in file.models.items():
        if row.licence is not None and row.licence not in classes:
            raise InputError(
                f"models.{hub_id}.licence: {row.licence!r} has no class",
                path=path,
                hint="name it under `licences`",
            )
        models[hub_id] = ModelFacts(
            hub_id=hub_id,
            kind=row.kind,
            kind_written=row.kind_written,
            params=parse_size(row.params),
            params_written=row.params_written or row.params,
            licence=row.licence,
            licence_class=None if row.licence is None else classes[row.licence],
            tuned_from=row.tuned_from,
            exists=row.exists,
            released=row.released,
            context_tokens=row.context_tokens,
            sources=row.sources,
            note=row.note,
        )
    releases = {
        row.family: ReleaseList(
            family=row.family,
            sizes=_sizes(row.sizes),
            tuned_sizes=_sizes(row.sizes if row.tuned_sizes is None else row.tuned_sizes),
            source=row.source,
            as_of=row.as_of,
            versions=row.versions,
        )
        for row in file.releases
    }
    return models, releases


def _sizes(texts: Iterable[str]) -> tuple[float, ...]:
    return tuple(size for size in map(parse_size, texts) if size is not None)
