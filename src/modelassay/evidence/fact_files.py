"""Read one fact file: a source document, the protocols it used, and its rows.

    document:   {id, title, url, publisher, tier, revision?, retrieved?}
    measured_by: maker | third-party          default for the rows; a row may say otherwise (or `unknown`)
    unit: percent | fraction                  how scores are printed; percent when left out
    protocols:  name → protocol fields and `written`, the source's own words
    facts:      rows {id, model, benchmark, protocol, value, locator, quote, …}

`value` is text, as printed, so that its digits survive ("36.0" is not "36"). A row without `subject` is a
score. `set` holds the source's own words about the problem set. Facts are corrected by changing the row and
adding a line to `revisions` that says what changed and why, so that reports made before can be traced.
"""

import re
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from modelassay.core.errors import InputError
from modelassay.core.published import Citation, Document, Fact, Protocol, Subject, Tier
from modelassay.core.records import Record

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMBT])\b", re.IGNORECASE)
_UNITS = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}
_PROBLEMS = {"humaneval": 164, "humaneval+": 164}  # by definition of the benchmark, in every version

T = TypeVar("T")

MeasuredBy = Literal["maker", "third-party", "unknown"]


class ProtocolRow(Record):
    """A protocol as a fact file writes it: everything but the benchmark."""

    written: str
    shots: int | None = None
    samples_per_problem: int | None = None
    temperature: float | None = None
    prompt_style: Literal["completion", "chat"] | None = None
    harness: str | None = None
    harness_version: str | None = None


class FactRow(Record):
    """One row of a fact file."""

    id: str
    locator: str
    quote: str
    model: str = ""
    subject: Subject = "score"
    benchmark: str | None = None
    protocol: str | None = None
    version: str | None = None
    problems: int | None = None
    set: str = ""
    metric: str | None = None
    value: str | None = None
    written: str = ""
    measured_by: MeasuredBy | None = None
    note: str = ""


class Revision(Record):
    """A fact that was corrected: what it said before, and why it changed."""

    fact: str
    date: str
    was: str
    why: str


class FactFile(Record):
    """A fact file, decoded."""

    document: Document
    facts: list[FactRow]
    protocols: dict[str, ProtocolRow] = msgspec.field(default_factory=dict)
    measured_by: MeasuredBy = "unknown"
    unit: Literal["percent", "fraction"] = "percent"
    revisions: list[Revision] = msgspec.field(default_factory=list)


def parse_size(text: str) -> float | None:
    """Turn "1.35B" or "400M" into a number of parameters; `None` when there is no size in it."""
    match = _SIZE.search(text)
    return None if match is None else round(float(match[1]) * _UNITS[match[2].upper()])


def size_text(params: float) -> str:
    """A number of parameters as `parse_size` reads it: "1.35B", "400M"."""
    return f"{params / 1e9:.4g}B" if params >= 1e9 else f"{params / 1e6:.4g}M"


def load_yaml(path: Path, type_: type[T]) -> T:
    """Decode a YAML file into `type_`. Raises `InputError` naming the file, the line and the key."""
    import yaml  # most commands read none of these files

    text = path.read_text(encoding="utf-8")
    try:
        return msgspec.convert(yaml.load(text, _loader()), type_, strict=False)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise InputError(f"not YAML: {error.problem}", path=path, line=line, hint="fix the syntax") from error
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at ")
        raise InputError(
            f"{message} at {where.strip('`') or 'the top'}",
            path=path,
            line=_line_of(text, where.strip("`")),
            hint="see the field list in evidence/fact_files.py",
        ) from error


def read_fact_file(path: Path) -> tuple[FactFile, list[Fact]]:
    """Read one fact file. Raises `InputError` (file, line, key) on anything that breaks the schema."""
    file = load_yaml(path, FactFile)
    if file.document.id != path.stem:
        raise InputError(
            f"document.id is {file.document.id!r}", path=path, hint=f"name it {path.stem!r} like the file"
        )
    return file, [_fact(row, file, path) for row in file.facts]


def _fact(row: FactRow, file: FactFile, path: Path) -> Fact:
    score = row.subject == "score"
    if score and (row.value is None or row.benchmark is None):
        raise _row_error(row, path, "a score needs `value` and `benchmark`")
    return Fact(
        id=row.id,
        model=row.model,
        subject=row.subject,
        written=row.value or row.written,
        value=_value(row, file, path),
        citation=_citation(row, file),
        protocol=_protocol(row, file, path),
        metric=(row.metric or "pass@1") if score else "",
        measured_by=_measured_by(row, file),
        note=row.note,
    )


def _value(row: FactRow, file: FactFile, path: Path) -> float | None:
    if row.value is None:
        return None
    if row.subject == "params":
        return parse_size(row.value)
    try:
        number = float(row.value)
    except ValueError as error:
        raise _row_error(row, path, f"value {row.value!r} is not a number") from error
    return round(number / 100, 10) if row.subject == "score" and file.unit == "percent" else number


def _measured_by(row: FactRow, file: FactFile) -> Literal["maker", "third-party"] | None:
    by = row.measured_by or file.measured_by
    return None if by == "unknown" or row.subject not in ("score", "params") else by


def _citation(row: FactRow, file: FactFile) -> Citation:
    """A maker's report on somebody else's model is third-party evidence, whatever the report's own tier."""
    document = file.document
    by = row.measured_by or file.measured_by
    tier: Tier = document.tier
    if tier == "primary-own" and by == "third-party" and row.subject == "score":
        tier = "third-party-paper"
    return Citation(
        document=document.id,
        title=document.title,
        url=document.url,
        tier=tier,
        locator=row.locator,
        quote=row.quote,
    )


def _protocol(row: FactRow, file: FactFile, path: Path) -> Protocol | None:
    if row.benchmark is None:
        return None
    shared = file.protocols.get(row.protocol or "")
    if row.protocol is not None and shared is None:
        raise _row_error(row, path, f"protocol {row.protocol!r} is not in `protocols`")
    shared = shared or ProtocolRow(written="")
    words = "; ".join(part for part in (row.set, shared.written) if part)
    return Protocol(
        benchmark=row.benchmark,
        version=row.version,
        problems=row.problems or _PROBLEMS.get(row.benchmark),
        shots=shared.shots,
        samples_per_problem=shared.samples_per_problem,
        temperature=shared.temperature,
        prompt_style=shared.prompt_style,
        harness=shared.harness,
        harness_version=shared.harness_version,
        written=words,
    )


def _row_error(row: FactRow, path: Path, message: str) -> InputError:
    line = find_line(path, row.id)
    return InputError(f"fact {row.id}: {message}", path=path, line=line, hint="correct the row")


def find_line(path: Path, fact_id: str) -> int | None:
    """The line on which a fact's id stands."""
    pattern = re.compile(rf"^\s*-?\s*id:\s*['\"]?{re.escape(fact_id)}['\"]?\s*$")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if pattern.match(line):
            return number
    return None


def _line_of(text: str, where: str) -> int | None:
    """The line of a msgspec path such as `$.facts[3].subject`, by walking the YAML nodes."""
    import yaml

    node = yaml.compose(text, _loader())
    line: int | None = node.start_mark.line + 1 if node is not None else None
    for key, index in re.findall(r"\.(\w+)|\[(\d+|\.\.\.)\]", where):
        if isinstance(node, yaml.MappingNode) and key:
            pair = next((pair for pair in node.value if pair[0].value == key), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and index.isdigit():
            node = node.value[int(index)]
            line = node.start_mark.line + 1
        else:
            break
    return line


def _loader() -> Any:
    """libyaml's where it is, which is ten times as fast."""
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)
