"""`assay discover` from files to files: saved queries, and candidates as CSV or as a study."""

import csv
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from modelassay.core.encoding import encode_json
from modelassay.core.errors import InputError, MissingError
from modelassay.core.records import Record
from modelassay.core.store import write_bytes, write_text
from modelassay.core.workdir import WorkDir
from modelassay.evidence.base import Evidence
from modelassay.pipeline.discovery import Candidate, Query, discover

_NAME = re.compile(r"[\w.-]{1,80}")


class SavedQuery(Record):
    """A query under a name, and what its last run kept and refused: hub id or name → what is compared."""

    query: Query
    last: dict[str, str] = msgspec.field(default_factory=dict)


def digest_of(candidate: Candidate) -> str:
    """What makes a candidate another one than at the last run."""
    failed = ", ".join(rule.rule for rule in candidate.rules if rule.held is False)
    verdict = "kept" if candidate.kept else f"refused ({failed or 'unknown'})"
    scores = "; ".join(sorted({f"{s.benchmark} {s.value}" for s in candidate.scores}))
    return f"{verdict}; commit {(candidate.revision or 'unknown')[:12]}; {candidate.licence or 'licence unknown'}; {scores}"


def compare_with_last(
    candidates: Sequence[Candidate], last: dict[str, str]
) -> tuple[list[Candidate], list[tuple[str, str]]]:
    """(candidates with what changed since the last run, [(a name that is gone, what it was)])."""
    marked, names = [], set()
    for candidate in candidates:
        name = candidate.hub_id or candidate.name
        names.add(name)
        now, before = digest_of(candidate), last.get(name)
        change = "new" if before is None else "same" if before == now else f"changed: was {before}"
        marked.append(msgspec.structs.replace(candidate, change=change))
    return marked, [(name, was) for name, was in last.items() if name not in names]


def load_query(name: str, workdir: WorkDir) -> SavedQuery:
    """A saved query. Raises MissingError where there is none, InputError where it is broken."""
    path = _path(name, workdir)
    if not path.is_file():
        raise MissingError("no such saved query", path=path, hint="save one with --save NAME")
    try:
        return msgspec.json.decode(path.read_bytes(), type=SavedQuery)
    except msgspec.DecodeError as error:
        raise InputError(f"a broken query: {error}", path=path, hint="delete it and save it again") from error


def run_saved(
    name: str, query: Query, workdir: WorkDir, evidence: Evidence, *, offline: bool
) -> tuple[list[Candidate], list[str], list[tuple[str, str]]]:
    """(candidates with what changed, troubles, what is gone) of a query, which is saved with what it found.

    A run in which something could not be looked at leaves what was found before as it was for what is missing.
    """
    path = _path(name, workdir)
    last = load_query(name, workdir).last if path.is_file() else {}
    candidates, troubles = discover(query, workdir, evidence, offline=offline)
    marked, gone = compare_with_last(candidates, last)
    if troubles:  # what a leaderboard that did not answer would have named is not gone
        gone = []
    kept = last if troubles else {}
    found = {c.hub_id or c.name: digest_of(c) for c in candidates}
    write_bytes(path, encode_json(SavedQuery(query=query, last=kept | found)), keep=True)
    return marked, troubles, gone


def _path(name: str, workdir: WorkDir) -> Path:
    if _NAME.fullmatch(name) is None or name.startswith("."):
        raise InputError(
            f"{name!r} cannot be a query's name", hint="letters, digits, dot, dash and underscore"
        )
    return workdir.query(name)


def write_csv(path: Path, candidates: Sequence[Candidate]) -> None:
    """One row for each candidate, one column for each rule that any of them was held against. Raises StorageError."""
    rules = list(dict.fromkeys(rule.rule for c in candidates for rule in c.rules))
    columns = [
        "hub_id",
        "name",
        "revision",
        "params",
        "kind",
        "licence",
        "licence_class",
        "gated",
        "kept",
        "reasons",
        *rules,
    ]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for c in candidates:
        held = {rule.rule: {True: "yes", False: "no", None: "unknown"}[rule.held] for rule in c.rules}
        size = "" if c.params is None else f"{c.params:.0f}"
        row = [
            c.hub_id,
            c.name,
            c.revision,
            size,
            c.kind,
            c.licence,
            c.licence_class,
            c.gated,
            c.kept,
            reasons(c),
        ]
        writer.writerow(
            ["" if cell is None else cell for cell in (*row, *(held.get(rule, "") for rule in rules))]
        )
    write_text(path, text.getvalue())


def reasons(candidate: Candidate) -> str:
    """Why it is refused, or what is not known of it."""
    failed = [r.reason for r in candidate.rules if r.held is False]
    unknown = [r.reason for r in candidate.rules if r.held is None]
    return "; ".join(failed or unknown) or "every rule holds"


def write_study(path: Path, candidates: Sequence[Candidate], query: Query) -> None:
    """A study file with the kept candidates as models, and the refused ones as comments with the reason.

    Raises InputError where there is a file already, StorageError.
    """
    if path.exists():
        raise InputError("there is a file already", path=path, hint="name another file")
    kept = [c for c in candidates if c.kept and c.hub_id is not None]
    baseline = next((c for c in kept if c.hub_id == query.needs.baseline), None)
    lines = [
        "# Candidates of `assay discover`, each at the commit that the Hub named.",
        'title = "candidates"',
    ]
    if baseline is not None:
        lines.append(f"baseline = {_text(_short(baseline, kept))}")
    lines += ["", "[sampling]", "samples_per_problem = 50", ""]
    for benchmark in [b for b in query.needs.benchmarks if b in _RUNNABLE] or ["humaneval+"]:
        lines += ["[[benchmarks]]", f"name = {_text(benchmark)}", ""]
    for c in kept:
        protocol = "completion" if c.kind == "base" else "chat"
        lines += [
            "[[models]]", f"name = {_text(_short(c, kept))}", f"path = {_text(f'{c.hub_id}@{c.revision}' if c.revision else c.hub_id or '')}",
            f"hub_id = {_text(c.hub_id or '')}", f"protocol = {_text(protocol)}", "",
        ]  # fmt: skip
    refused = [c for c in candidates if not c.kept]
    lines += ["# Refused:"] if refused else []
    lines += [" ".join(f"# {c.hub_id or c.name}: {reasons(c)}".split()) for c in refused]
    write_text(path, "\n".join(lines).rstrip() + "\n")


_RUNNABLE = frozenset(("humaneval", "humaneval+", "mbpp", "mbpp+", "mbpp-sanitized"))


def _short(candidate: Candidate, among: Sequence[Candidate]) -> str:
    """The name without its owner, where no other candidate has the same."""
    full = candidate.hub_id or candidate.name
    bare = full.rpartition("/")[2]
    same = [c for c in among if (c.hub_id or "").rpartition("/")[2].lower() == bare.lower()]
    return bare if len(same) == 1 else full.replace("/", "--")


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
