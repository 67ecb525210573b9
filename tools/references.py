"""The reference pages of docs/, made from the program: the study file, the files of a run, Python, error messages.

tests/test_references.py holds the pages against this; `ASSAY_EXPECT=write .venv/bin/pytest tests/test_references.py`
writes them anew.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from error_messages import messages_page
from field_docs import fields_of, records_in, summary

from modelassay.audit import audit_note
from modelassay.audit.auditor import Audit
from modelassay.core import errors
from modelassay.core.best_of_n import BestOfCurve
from modelassay.core.measured import (
    BatchTiming,
    Comparison,
    Completion,
    Decided,
    Device,
    Estimate,
    Grade,
    LeftOut,
    Manifest,
    Origin,
    SentPrompt,
    SpeedPoint,
)
from modelassay.core.problems import Problem, ProblemSet
from modelassay.core.published import Claim, Decision, Finding, Judgement, Refused, Unread
from modelassay.core.records import Record
from modelassay.core.shards import Shard
from modelassay.core.speed_records import RunEnergy
from modelassay.estimates import pass_at_k
from modelassay.grading import Grader, Limits
from modelassay.grading.grader import GraderStatistics
from modelassay.pipeline.plan.study_file import (
    BenchmarkEntry,
    EstimatesEntry,
    GradingEntry,
    ModelEntry,
    PrecomputedEntry,
    ReaderEntry,
    SamplingEntry,
    SequentialEntry,
    Study,
)
from modelassay.pipeline.run.looks import Look
from modelassay.pipeline.run.precomputed import KeptReading
from modelassay.pipeline.saved_queries import SavedQuery
from modelassay.pipeline.second_reader import KeptAnswer
from modelassay.problems import from_functions, from_io, load
from modelassay.report.content import Begun, StudyReport
from modelassay.shortlist.needs import Needs
from modelassay.sources.kept_sources import Retrieval

MADE = "Made from the program: `ASSAY_EXPECT=write .venv/bin/pytest tests/test_references.py` writes this page anew."

# The tables of a study file: heading, record, whether it may stand several times.
TABLES: Sequence[tuple[str, type[Record]]] = (
    ("Top level", Study),
    ("[[benchmarks]]", BenchmarkEntry),
    ("[[models]]", ModelEntry),
    ("[[models.recordings]]", PrecomputedEntry),
    ("[sampling]", SamplingEntry),
    ("[estimates]", EstimatesEntry),
    ("[shortlist]", Needs),
    ("[grading]", GradingEntry),
    ("[sequential]", SequentialEntry),
    ("[reader]", ReaderEntry),
)
# Of a run's folder: the property of RunDir, the record of each line, what the file is.
RUN_FILES: Sequence[tuple[str, type[Record], str]] = (
    ("manifest", Manifest, "What made the run; one line. Written when sampling starts."),
    ("problems", Problem, "The problems, where they are custom ones; a named set has no such file."),
    ("prompts", SentPrompt, "One line per problem: the prompt as the model got it."),
    ("completions", Completion, "One line per sample: what the model said."),
    ("timings", BatchTiming, "One line per problem: how long its samples took."),
    ("device", Device, "Where the weights were; one line."),
    ("speed", SpeedPoint, "Throughput; one line."),
    ("energy", RunEnergy, "Energy of sampling, where the machine reports any."),
    ("grades", Grade, "One line per sample and suite: the outcome."),
    ("left_out", LeftOut, "Problems that could not be graded."),
    ("estimates", Estimate, "pass@k with intervals, one line per suite and k."),
    ("best_of_n", BestOfCurve, "Problems solved by one answer picked from n, where that was asked for."),
    ("shown", Grade, "Grades under the tests that the prompts show, for best of n."),
    ("looks", Look, "When the run was compared, and with which data: further looks are taken at a stricter level."),
    ("decided", Decided, "What is decided of each problem, where sampling stopped as soon as it was."),
    ("origins", Origin, "On which node of a cluster each sample was made and graded."),
    ("reading", KeptReading, "What came of reading precomputed samples."),
    ("shard", Shard, "Which part of the plan the folder holds, where it is not all."),
)  # fmt: skip
# Of a work directory: the same, by property of WorkDir.
WORK_FILES: Sequence[tuple[str, type[Record], str]] = (
    ("study_json", StudyReport, "Every figure of the report; one JSON object."),
    ("claims", Claim, "One line per claim of the audited documents."),
    ("unread", Unread, "What looks like a claim and could not be read."),
    ("findings", Finding, "What each check says of each claim."),
    ("judgements", Judgement, "The verdict on each claim."),
    ("refused", Refused, "What a model that was asked to read said, and the document does not hold."),
    ("decisions", Decision, "Each model kept or refused, rule by rule."),
    ("comparisons", Comparison, "Paired differences between runs."),
    ("begun", Begun, "What the study is going to do, written before anything is sampled; one line."),
)  # fmt: skip
# Files in folders of the work directory: path, record, what it is.
FURTHER_FILES: Sequence[tuple[str, type[Record], str]] = (
    ("sources/retrievals.jsonl", Retrieval, "One line per fetch; the bytes lie in `sources/bodies` by hash."),
    ("queries/NAME.json", SavedQuery, "A saved query of `assay discover`, and what it found last."),
    ("asked/HASH.jsonl", KeptAnswer, "An answer of the model that reads hard prose."),
)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def fields_table(record: type[Record], *, defaults: bool, links: Mapping[str, str] | None = None) -> str:
    """Every field with type, default where it is wanted, and meaning. links: name of a record → what stands for it."""
    rows = [
        [
            f"`{name}`",
            re.sub(r"\w+", lambda m: (links or {}).get(m[0], m[0]), kind),
            *([default] if defaults else []),
            said,
        ]
        for name, kind, default, said in fields_of(record)
    ]
    head = ["key", "type", "default", "meaning"] if defaults else ["field", "type", "meaning"]
    return table(head, rows)


# --- pages ----------------------------------------------------------------------------------------------
def study_file_page() -> str:
    """docs/study-file.md."""
    head = f"""# The study file

A study file is TOML. `assay init` writes one with comments, [examples/study.toml](../examples/study.toml) shows the usual keys;
here is every key. Paths are relative to the file. A key that is not known is refused with file, line and the nearest
known one. Shares are in [0, 1]: `margin = 0.05` is five percentage points. {MADE}
"""
    links = {record.__name__: f"`{name}`" for name, record in TABLES}
    parts = [f"## {name}\n\n{fields_table(record, defaults=True, links=links)}" for name, record in TABLES]
    return "\n".join([head, *parts])


def run_files_page() -> str:
    """docs/run-files.md."""
    from pathlib import Path

    from modelassay.core.workdir import RunDir, WorkDir

    run, work = RunDir(Path("run")), WorkDir(Path("work"))
    files = [(f"runs/RUN/{getattr(run, name).name}", record, said) for name, record, said in RUN_FILES] + [
        (getattr(work, name).name, record, said) for name, record, said in WORK_FILES
    ]
    files += FURTHER_FILES
    head = f"""# The files of a work directory

What `assay` writes, file by file. Files that end in `.jsonl` have one JSON object a line; unknown is `null` or absent, scores are in
[0, 1], and units end a field's name. A file that is deleted is made again by its command. {MADE}

Beside these: `report.html`, `report.md`, `corrected/` (corrected copies of audited documents), `documents/` (documents that were
fetched to be audited), `evidence/` (facts of your own), `candidates/` (samples that the page loads) and `*.bak`, the one
copy that is kept of what was replaced.
"""  # fmt: skip
    first = table(["file", "lines are", "what it is"], [[f"[`{p}`](#{anchor(r)})", r.__name__, s] for p, r, s in files])  # fmt: skip
    records = list(_all_records(record for _, record, _ in files))
    links = {r.__name__: f"[{r.__name__}](#{anchor(r)})" for r in records}
    parts = [
        f"## {r.__name__}\n\n{summary(r)}\n\n{fields_table(r, defaults=False, links=links)}" for r in records
    ]
    return "\n".join([head, first, *parts])


def anchor(record: type[Record]) -> str:
    """The heading's anchor."""
    return record.__name__.lower()


def _all_records(first: Iterable[type[Record]]) -> Iterator[type[Record]]:
    """These records, and behind each the ones inside it, each once."""
    seen: set[type[Record]] = set()
    waiting = list(first)
    while waiting:
        record = waiting.pop(0)
        if record in seen:
            continue
        seen.add(record)
        yield record
        inner = [r for f in msgspec.structs.fields(record) for r in records_in(f.type)]
        waiting = [r for r in inner if r not in seen and r not in waiting] + waiting


def python_page() -> str:
    """docs/python.md."""
    head = f"""# Python

What may be imported and will stay. Everything else is the project's own and may change from one version to the next. {MADE}
"""
    return "\n".join(
        [
            head,
            "## Grading\n\n`from modelassay.grading import Grader, Limits`\n",
            _class(Grader, ["grade", "grade_many", "grade_async", "submit", "statistics", "close"]),
            _record(Limits), _record(Grade, "reward"), _record(GraderStatistics),
            "## Problems\n\n`from modelassay.problems import load, from_functions, from_io`\n",
            _function(load), _function(from_functions), _function(from_io), _record(ProblemSet), _record(Problem),
            "## Estimates\n\n`from modelassay.estimates import pass_at_k`\n",
            _function(pass_at_k),
            "## Audit\n\n`from modelassay.audit import audit_note`\n",
            _function(audit_note), _class(Audit, ["to_json", "counts", "corrected"]),
            "## Errors\n\n`from modelassay.core.errors import AssayError`\n",
            _errors(),
        ]
    )  # fmt: skip


def _signature(function: Callable[..., Any], name: str) -> str:
    """`name(a: int, *, b: str = "x") -> int`, on lines of its own where it is long."""
    signature = inspect.signature(function)
    kept = [p for p in signature.parameters.values() if p.name != "self"]
    told = f" -> {_annotation(signature.return_annotation)}" if signature.return_annotation is not inspect.Signature.empty else ""  # fmt: skip
    words: list[str] = []
    for p in kept:
        if p.kind is p.KEYWORD_ONLY and not any(w == "*" or w.startswith("*") for w in words):
            words.append("*")
        star = "*" if p.kind is p.VAR_POSITIONAL else "**" if p.kind is p.VAR_KEYWORD else ""
        default = "" if p.default is p.empty else f" = {p.default!r}"
        words.append(f"{star}{p.name}: {_annotation(p.annotation)}{default}")
    start = "async " if inspect.iscoroutinefunction(function) else ""
    line = f"{start}{name}({', '.join(words)}){told}"
    if len(line) <= 100:
        return line
    return f"{start}{name}(\n" + "".join(f"    {w},\n" for w in words) + f"){told}"


def _annotation(kind: Any) -> str:
    text = kind if isinstance(kind, str) else inspect.formatannotation(kind)
    for module in ("modelassay.", "collections.abc.", "typing.", "pathlib.", "concurrent.futures."):
        while (start := text.find(module)) >= 0:
            end = start
            while end < len(text) and (text[end].isalnum() or text[end] in "._"):
                end += 1
            text = text[:start] + text[start:end].rpartition(".")[2] + text[end:]
    return str(text)


def _doc(thing: object) -> str:
    """A docstring as Markdown: its paragraphs, indented code fenced."""
    parts = []
    for part in (inspect.getdoc(thing) or "").split("\n\n"):
        lines = part.splitlines()
        if all(line.startswith("    ") for line in lines):
            parts.append("```python\n" + "\n".join(line[4:] for line in lines) + "\n```")
        else:
            parts.append(" ".join(line.strip() for line in lines))
    return "\n\n".join(parts)


def _function(function: Callable[..., Any], owner: str = "") -> str:
    name = f"{owner}{function.__name__}"
    return f"### {name}\n\n```python\n{_signature(function, name)}\n```\n\n{_doc(function)}\n"


def _class(kind: type, members: Sequence[str]) -> str:
    parts = []
    if "__init__" in vars(kind) and not hasattr(kind, "__dataclass_fields__"):
        parts.append(f"```python\n{_signature(vars(kind)['__init__'], kind.__name__)}\n```\n")
    text = [f"### {kind.__name__}\n", *parts, _doc(kind) + "\n"]
    for name in members:
        member = inspect.getattr_static(kind, name)
        if isinstance(member, property) or not callable(getattr(kind, name)):
            text.append(f"### {kind.__name__}.{name}\n\nA property. {_doc(member)}\n")
        else:
            text.append(_function(getattr(kind, name), f"{kind.__name__}."))
    return "\n".join(text)


def _record(record: type[Record], *properties: str) -> str:
    """A record: what it is, and its fields."""
    more = [f"`{name}`: {_doc(inspect.getattr_static(record, name))}\n" for name in properties]
    return "\n".join([f"### {record.__name__}\n", summary(record) + "\n", fields_table(record, defaults=True), *more])  # fmt: skip


def _errors() -> str:
    """The tree of errors."""
    tree = (errors.__doc__ or "").split("\n\n", 1)[1].strip()
    return f"Every known error is an `AssayError`, whose text is one line: `file:line: message — remedy`.\n\n```text\n{tree}\n```\n"


PAGES: dict[str, Callable[[], str]] = {
    "study-file.md": study_file_page,
    "run-files.md": run_files_page,
    "python.md": python_page,
    "messages.md": messages_page,
}
