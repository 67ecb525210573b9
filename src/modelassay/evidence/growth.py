"""The user's own evidence base: claims that a person accepted become facts in a folder of the shipped base's form.

One file for each document, named by its address, so that a later reading of the same document changes its rows instead
of adding to them: a figure that changed leaves a line in `revisions`. Nothing is taken out.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import yaml

from modelassay.core.published import Claim, Document
from modelassay.core.records import Record
from modelassay.core.store import write_text
from modelassay.evidence.fact_files import (
    FactFile,
    FactRow,
    MeasuredBy,
    ProtocolRow,
    Revision,
    load_yaml,
    size_text,
)
from modelassay.evidence.model_files import ModelRow, ModelsFile, read_models_file

_MOST_WORDS = 15  # of a quote; see `assay evidence --check`
_WORDS = re.compile(r"[a-z0-9.]+")
_PROTOCOL_FIELDS = (
    "shots",
    "samples_per_problem",
    "temperature",
    "prompt_style",
    "harness",
    "harness_version",
)
# Subjects of claims that become facts. A comparison or a statement about a source is no fact about one model.
ACCEPTED: frozenset[str] = frozenset(
    ("score", "params", "licence", "lineage", "release", "existence", "kind")
)


@dataclass(frozen=True)
class Accepted:
    """A claim that a person believes. model: its hub id; locator: the place in the document."""

    claim: Claim
    model: str
    locator: str
    measured_by: MeasuredBy | None = None


class Growth(Record):
    """What came of an acceptance: ids of facts."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


def document_id(url: str) -> str:
    """The name of a document's file: its host and the end of its path, and a hash of the whole address."""
    words = _WORDS.findall(url.partition("://")[2].partition("?")[0].lower())
    kept = [
        word for word in words if not re.fullmatch(r"[0-9a-f]{16,}|resolve|api|models|blob|raw|main", word)
    ]
    return f"own-{'-'.join(kept)[-60:].strip('-.')}-{hashlib.sha256(url.encode()).hexdigest()[:6]}"


def accept(
    accepted: Sequence[Accepted],
    document: Document,
    folder: Path,
    *,
    measured_by: MeasuredBy = "unknown",
    today: str,
) -> Growth:
    """Write facts of one document into the user's base. today: ISO date, for what changed.

    Raises InputError where a file of the base is broken, StorageError where it cannot be written.
    """
    path = folder / "facts" / f"{document.id}.yaml"
    before = load_yaml(path, FactFile) if path.is_file() else None
    rows = {row.id: row for row in before.facts} if before is not None else {}
    protocols = dict(before.protocols) if before is not None else {}
    revisions = list(before.revisions) if before is not None else []
    added, changed, unchanged = [], [], []
    for item, number in _numbered(accepted):
        row = _row(item, document.id, number, protocols)
        old = rows.get(row.id)
        if old is None:
            added.append(row.id)
        elif (old.value, old.written) != (row.value, row.written):
            changed.append(row.id)
            why = f"the document says so at {document.revision or document.retrieved or 'its last fetch'}"
            revisions.append(Revision(fact=row.id, date=today, was=old.value or old.written, why=why))
        else:
            unchanged.append(row.id)
        rows[row.id] = row
    file = FactFile(
        document=document,
        measured_by=measured_by,
        protocols=protocols,
        facts=list(rows.values()),
        revisions=revisions,
    )
    if added or changed or before is None:
        _write_facts(path, file)
    _write_models(folder / "models.yaml", accepted, document.id)
    return Growth(added=tuple(added), changed=tuple(changed), unchanged=tuple(unchanged))


def _numbered(accepted: Sequence[Accepted]) -> list[tuple[Accepted, int]]:
    """Each with how many of the same subject, model and protocol come before it in the document."""
    seen: dict[object, int] = {}
    found = []
    for item in accepted:
        key = _key(item)
        found.append((item, seen.get(key, 0)))
        seen[key] = seen.get(key, 0) + 1
    return found


def _key(item: Accepted) -> tuple[object, ...]:
    claim = item.claim
    return item.model.lower(), claim.subject, claim.protocol, claim.metric


def _row(item: Accepted, document: str, number: int, protocols: dict[str, ProtocolRow]) -> FactRow:
    claim = item.claim
    digest = hashlib.sha256(repr((_key(item), number)).encode()).hexdigest()[:10]
    score = claim.subject == "score"
    protocol = claim.protocol if score else None
    return FactRow(
        id=f"{document}-{digest}",
        model=item.model,
        subject=claim.subject,
        benchmark=None if protocol is None else protocol.benchmark,
        protocol=_protocol_name(claim, protocols) if score else None,
        version=None if protocol is None else protocol.version,
        problems=None if protocol is None else protocol.problems,
        metric=claim.metric or None,
        value=_percent(claim)
        if score
        else size_text(claim.value or 0.0)
        if claim.subject == "params"
        else None,
        written="" if score else _written_value(claim),
        measured_by=item.measured_by,
        locator=item.locator,
        quote=" ".join(claim.quote.split()[:_MOST_WORDS]),
    )


def _percent(claim: Claim) -> str:
    """The score in percent with the digits that were printed: "65.2", and "65.2" for "0.652"."""
    printed = re.search(r"\d+(?:\.(\d+))?", claim.written)
    decimals = len(printed[1] or "") if printed is not None else 1
    share = claim.value or 0.0
    if printed is not None and abs(float(printed[0]) - share) < 1e-9:
        decimals = max(0, decimals - 2)
    return f"{share * 100:.{decimals}f}"


def _written_value(claim: Claim) -> str:
    return (claim.other or claim.written) if claim.subject == "lineage" else claim.written or "exists"


def _protocol_name(claim: Claim, protocols: dict[str, ProtocolRow]) -> str | None:
    """The name of the claim's protocol in the file, added where it is not there yet."""
    if claim.protocol is None:
        return None
    fields = {name: getattr(claim.protocol, name) for name in _PROTOCOL_FIELDS}
    row = ProtocolRow(written=claim.protocol.written, **fields)
    if row == ProtocolRow(written=""):
        return None
    for name, known in protocols.items():
        if known == row:
            return name
    name = f"protocol-{len(protocols) + 1}"
    protocols[name] = row
    return name


def _write_facts(path: Path, file: FactFile) -> None:
    content: dict[str, Any] = {"document": _stated(file.document), "measured_by": file.measured_by}
    if file.protocols:
        content["protocols"] = {
            name: {"written": row.written} | _stated(row) for name, row in file.protocols.items()
        }
    content["facts"] = [
        {"id": row.id, "model": row.model}
        | {name: value for name, value in _stated(row).items() if (name, value) != ("subject", "score")}
        for row in file.facts
    ]
    if file.revisions:
        content["revisions"] = [_stated(row) for row in file.revisions]
    write_text(path, _yaml(content), keep=True)


def _stated(record: Record) -> dict[str, Any]:
    """The fields of a record that say something, in the record's order."""
    return {
        name: value for name, value in msgspec.to_builtins(record).items() if value not in (None, "", [], ())
    }


def _write_models(path: Path, accepted: Sequence[Accepted], document: str) -> None:
    """A row for each model that a fact is about, with what the Hub, or a document, said of the model itself."""
    file = read_models_file(path)
    models = dict(file.models)
    for item in accepted:
        row = models.get(item.model, ModelRow())
        stated = _of_model(item.claim)
        if stated:
            stated["sources"] = tuple(dict.fromkeys((*row.sources, document)))
        models[item.model] = msgspec.structs.replace(row, **stated)
    if models == file.models and path.is_file():
        return
    content = msgspec.to_builtins(ModelsFile(licences=file.licences, releases=file.releases))
    content["models"] = {name: _stated(row) for name, row in models.items()}
    write_text(path, _yaml({k: v for k, v in content.items() if v}), keep=True)


def _of_model(claim: Claim) -> dict[str, Any]:
    match claim.subject:
        case "params":
            return {"params": size_text(claim.value or 0.0)}
        case "licence":
            return {"licence": claim.written.strip().lower()}
        case "lineage" if claim.other is not None and "/" in claim.other:
            return {"tuned_from": claim.other}
        case "release":
            return {"released": claim.written[:10]}
        case "existence":
            return {"exists": not claim.negated}
        case _:
            return {}


def _yaml(content: dict[str, Any]) -> str:
    dumped: str = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=10_000)
    return dumped
