"""`assay read --accept` and review files: what a person accepts becomes facts of the user's own evidence base."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import yaml

from modelassay.core.errors import InputError, StorageError
from modelassay.core.published import Claim, Document
from modelassay.core.records import Record
from modelassay.core.store import write_text
from modelassay.core.workdir import WorkDir
from modelassay.evidence.base import Evidence
from modelassay.evidence.fact_files import MeasuredBy, load_yaml
from modelassay.evidence.growth import Accepted, accept
from modelassay.pipeline.source_reading import Reading, acceptable, kept_reading, measured_by

_HEAD = """\
# Claims read from kept sources. Set `accept: true` on what you believe, correct `model` and `document` where needed
# (tier: primary-own, primary-leaderboard, third-party-paper, community-card or aggregator), and run
#     assay read --review THIS-FILE --accept
# `known` is what the evidence says already; a claim that disagrees with it is not accepted unless you say so here.
"""


class ReviewedClaim(Record):
    """One claim of a review file. `why_not`, `says`, `locator`, `quote` and `known` are there to be read only."""

    id: str
    accept: bool
    model: str = ""
    says: str = ""
    locator: str = ""
    quote: str = ""
    known: list[str] = msgspec.field(default_factory=list)
    why_not: str = ""


class ReviewedSource(Record):
    """One source of a review file."""

    sha256: str
    document: Document
    claims: list[ReviewedClaim]
    measured_by: MeasuredBy | None = None


class _Review(Record):
    sources: list[ReviewedSource]


@dataclass
class Outcome:
    """What became of the claims of all sources. left_out: (locator, what it says, why) of each that did not enter."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    left_out: list[tuple[str, str, str]] = field(default_factory=list)


def why_not(index: int, reading: Reading) -> str:
    """Why a claim does not enter without being looked at; "" where it may."""
    beside = reading.beside[index]
    reason = acceptable(reading.claims[index], reading)
    if reason or beside.agrees is not False:
        return reason
    known = beside.message or ", ".join(f"{f.written} ({f.citation.title})" for f in beside.facts[:3])
    return f"disagrees with what is known: {known}"


def accept_all(readings: Iterable[Reading], folder: Path) -> Outcome:
    """Accept every claim that can be a fact and disagrees with none; the others are listed, never dropped.

    Raises StorageError, InputError for a broken base.
    """
    outcome = Outcome()
    for reading in readings:
        chosen = []
        for index, claim in enumerate(reading.claims):
            reason = why_not(index, reading)
            if reason:
                outcome.left_out.append((reading.places[index], describe_claim(claim), reason))
            else:
                chosen.append(_accepted(claim, claim.hub_id or "", reading.places[index], reading))
        _enter(chosen, reading.document, folder, "unknown", outcome)
    return outcome


def write_review(readings: Iterable[Reading], path: Path) -> int:
    """Write a review file of all claims that can be facts, or could with a hand's help; how many. Raises InputError
    where there is a file already, StorageError.
    """
    if path.exists():
        raise InputError(
            "there is a review already", path=path, hint="add --accept to enter it, or name another file"
        )
    sources, claims = [], 0
    for reading in readings:
        rows = [_reviewed(index, reading) for index in range(len(reading.claims))]
        rows = [
            row
            for row in rows
            if not row["why_not"].startswith(("a claim of", "the Hub hands on", "only the Hub"))
        ]
        claims += len(rows)
        sources.append(
            {
                "sha256": reading.source.sha256,
                "document": _stated(reading.document),
                "claims": [_without_empty(r) for r in rows],
            }
        )
    dumped = yaml.safe_dump({"sources": sources}, sort_keys=False, allow_unicode=True, width=10_000)
    write_text(path, _HEAD + dumped)
    return claims


def _reviewed(index: int, reading: Reading) -> dict[str, Any]:
    claim, reason = reading.claims[index], why_not(index, reading)
    return {
        "id": claim.id,
        "accept": False,
        "model": claim.hub_id or "",
        "says": describe_claim(claim),
        "locator": reading.places[index],
        "quote": " ".join(claim.quote.split()),
        "known": [
            f"{f.written} ({f.citation.title}, {f.citation.locator})" for f in reading.beside[index].facts[:5]
        ],
        "why_not": reason,
    }


def _without_empty(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value != [] and (value != "" or name == "model")}


def _stated(document: Document) -> dict[str, Any]:
    return {name: value for name, value in msgspec.to_builtins(document).items() if value}


def enter_review(path: Path, workdir: WorkDir, evidence: Evidence, folder: Path) -> Outcome:
    """Enter what a review file accepts, also where it disagrees with what is known: a person has seen both.

    Raises InputError (file, line) for a broken review, or a claim that its source does not hold.
    """
    if not path.is_file():
        raise InputError("no such review", path=path, hint="write one without --accept first")
    outcome = Outcome()
    for source in load_yaml(path, _Review).sources:
        reading = kept_reading(workdir, source.sha256, evidence)
        places = {
            claim.id: (claim, place) for claim, place in zip(reading.claims, reading.places, strict=True)
        }
        chosen = []
        for row in source.claims:
            if row.id not in places:
                raise _row_error(path, row.id, "its source holds no such claim", "remove the row")
            claim, place = places[row.id]
            if not row.accept:
                outcome.left_out.append((place, describe_claim(claim), "not accepted"))
                continue
            if not re.fullmatch(r"[\w.-]+/[\w.-]+", row.model):
                raise _row_error(path, row.id, f"{row.model!r} is no hub id", "write owner/name of the model")
            chosen.append(_accepted(claim, row.model, place, reading))
        _enter(chosen, source.document, folder, source.measured_by or "unknown", outcome)
    return outcome


def _row_error(path: Path, claim: str, message: str, hint: str) -> InputError:
    lines = path.read_text("utf-8").splitlines()
    line = next((n for n, raw in enumerate(lines, 1) if raw.strip().endswith(f"id: {claim}")), None)
    return InputError(f"claim {claim}: {message}", path=path, line=line, hint=hint)


def _accepted(claim: Claim, model: str, place: str, reading: Reading) -> Accepted:
    by = measured_by(claim, model, reading.source)
    return Accepted(claim, model, place, None if by == "unknown" else by)


def _enter(
    chosen: Sequence[Accepted], document: Document, folder: Path, by: MeasuredBy, outcome: Outcome
) -> None:
    if not chosen:
        return
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    try:
        grown = accept(chosen, document, folder, measured_by=by, today=today)
    except PermissionError as error:
        raise StorageError(
            "no permission", path=folder, hint="name another folder with --evidence"
        ) from error
    outcome.added += grown.added
    outcome.changed += grown.changed
    outcome.unchanged += grown.unchanged


def describe_claim(claim: Claim) -> str:
    """ "acme/coder-1b score humaneval pass@1 30.5"."""
    about = [claim.protocol.benchmark, claim.metric] if claim.protocol is not None else []
    words = [claim.hub_id or claim.model, claim.subject, *about, claim.other or claim.written]
    return " ".join(" ".join(word for word in words if word).split())
