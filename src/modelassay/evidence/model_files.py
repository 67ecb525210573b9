"""Read `models.yaml`: what is known of each model, licence classes, and makers' complete lists of releases.

A file may be laid over another: a field that its row states takes the place of the other's, `sources` are joined.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from modelassay.core.errors import InputError
from modelassay.core.published import Kind, ModelFacts
from modelassay.core.records import Record
from modelassay.evidence.fact_files import load_yaml, parse_size

LicenceClass = Literal["open", "commercial-with-limits", "non-commercial"]


class ModelRow(Record):
    """A model as models.yaml writes it: sizes as text, the licence class looked up. `exists`: true unless it is said."""

    kind: Kind | None = None
    kind_written: str = ""
    params: str = ""
    params_written: str = ""
    licence: str | None = None
    tuned_from: str | None = None
    exists: bool | None = None
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


class ModelsFile(Record):
    """A models.yaml, decoded."""

    licences: dict[LicenceClass, list[str]] = msgspec.field(default_factory=dict)
    models: dict[str, ModelRow] = msgspec.field(default_factory=dict)
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


def read_models_file(path: Path) -> ModelsFile:
    """The rows of a models.yaml; none where there is no such file. Raises InputError (file, line, key)."""
    return load_yaml(path, ModelsFile) if path.is_file() else ModelsFile()


def load_models(
    paths: Sequence[Path],
) -> tuple[dict[str, ModelFacts], dict[str, ReleaseList], dict[str, LicenceClass]]:
    """Models, release lists and licence classes of some files, each laid over the ones before it.

    Raises InputError for a broken file, and for a licence that the first file names without a class; in a file laid
    over it, such a licence is kept and its class is unknown.
    """
    classes: dict[str, LicenceClass] = {}
    rows: dict[str, ModelRow] = {}
    releases: dict[str, ReleaseList] = {}
    for index, path in enumerate(paths):
        file = read_models_file(path)
        classes |= {name: kind for kind, names in file.licences.items() for name in names}
        for hub_id, row in file.models.items():
            if index == 0 and row.licence is not None and row.licence not in classes:
                hint = "name it under `licences`"
                raise InputError(
                    f"models.{hub_id}.licence: {row.licence!r} has no class", path=path, hint=hint
                )
            known = (
                next((name for name in rows if name.lower() == hub_id.lower()), hub_id) if index else hub_id
            )
            rows[known] = _laid_over(rows.get(known), row)
        releases |= {row.family: _release_list(row) for row in file.releases}
    return {hub_id: _model(hub_id, row, classes) for hub_id, row in rows.items()}, releases, classes


def _laid_over(below: ModelRow | None, row: ModelRow) -> ModelRow:
    if below is None:
        return row
    empty = ModelRow()
    stated = {n: v for n in ModelRow.__struct_fields__ if (v := getattr(row, n)) != getattr(empty, n)}
    stated["sources"] = tuple(dict.fromkeys((*below.sources, *row.sources)))
    return msgspec.structs.replace(below, **stated)


def _model(hub_id: str, row: ModelRow, classes: dict[str, LicenceClass]) -> ModelFacts:
    return ModelFacts(
        hub_id=hub_id,
        kind=row.kind,
        kind_written=row.kind_written,
        params=parse_size(row.params),
        params_written=row.params_written or row.params,
        licence=row.licence,
        licence_class=None if row.licence is None else classes.get(row.licence),
        tuned_from=row.tuned_from,
        exists=row.exists is not False,
        released=row.released,
        context_tokens=row.context_tokens,
        sources=row.sources,
        note=row.note,
    )


def _release_list(row: _ReleaseRow) -> ReleaseList:
    return ReleaseList(
        family=row.family,
        sizes=_sizes(row.sizes),
        tuned_sizes=_sizes(row.sizes if row.tuned_sizes is None else row.tuned_sizes),
        source=row.source,
        as_of=row.as_of,
        versions=row.versions,
    )


def _sizes(texts: Iterable[str]) -> tuple[float, ...]:
    return tuple(size for size in map(parse_size, texts) if size is not None)
