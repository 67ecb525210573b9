"""Leaderboard exports and result files: EvalPlus JSON, lm-evaluation-harness JSON, BigCode CSV and plain CSV.

A row is resolved by its link where it has one; its display name alone is not trusted to say which model it is.
"""

import csv
import io
import json
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from typing import Any, Literal

from modelassay.core.published import Protocol, Subject
from modelassay.evidence.fact_files import parse_size
from modelassay.reading.claims.claims_draft import ClaimsDraft
from modelassay.reading.claims.json_rows import row_owner
from modelassay.reading.claims.one_benchmark_rows import (
    benchmark_called,
    benchmark_field,
    metric_called,
    scored_in,
    scores_told,
)
from modelassay.reading.claims.repeats import Repeats
from modelassay.reading.claims.table_names import KIND_WORD
from modelassay.reading.language.mentions import Mention
from modelassay.reading.language.passages import Passage, Scope
from modelassay.reading.layout.inline_text import Plain

_NAME_COLUMN = re.compile(
    r"^(?:models?|model[_ ](?:name|id)|name|checkpoint|(?:hub|repo|hf|huggingface)[_ ]?id)$", re.I
)
_LINK_COLUMN = re.compile(r"^(?:links?|url|hub[_ ]?id|repo)$", re.I)
_SIZE_COLUMN = re.compile(
    r"^(?:#\s?|num[_ ]?|model[_ ])?(?:size|params?|parameters)(?:[ _]?count)?(?:[ _]?\(?(?:B|billions?)\)?)?$",
    re.I,
)
_PASS_AT = re.compile(r"^pass[_ ]?(?:@|at)[_ ]?(\d+)$", re.I)
# What a field says of a model besides its scores and its size. A plain "date" is often the row's, not the model's.
_FIELDS: tuple[tuple[re.Pattern[str], Subject], ...] = (
    (re.compile(r"^(?:model[_ ])?licen[cs]e$", re.I), "licence"),
    (re.compile(r"^(?:model[_ ])?(?:type|kind|variant|stage)$", re.I), "kind"),
    (re.compile(r"^released?(?:[_ ](?:date|on|at))?$", re.I), "release"),
)
# The two prompts of BigCodeBench: the code with its docstring to complete, or an instruction in words.
_SPLITS: Mapping[str, Literal["completion", "chat"]] = {"complete": "completion", "instruct": "chat"}
_COLON = re.compile(r"\s*:\s*")
_YEAR = re.compile(r"\d{4}")
_LETTERS = re.compile(r"[A-Za-z]{3}")
_LM_METRIC = re.compile(r"^(pass@\d+)(?:,[\w-]+)?$")


def read_json(text: str, draft: ClaimsDraft, data: object, title: str = "") -> bool:
    """File the claims of a JSON export, `data` its value. False when it is no export we know. title: the file's name."""
    rows = data if isinstance(data, list) else []
    if rows and all(isinstance(row, dict) for row in rows):
        return _read_objects(text, rows, draft)
    if not isinstance(data, dict):
        return False
    if any(isinstance(row, dict) and isinstance(row.get("pass@1"), dict) for row in data.values()):
        _read_evalplus(text, data, draft, title)
        return True
    if isinstance(data.get("results"), dict) and isinstance(data.get("config"), dict):
        _read_lm_eval(text, data, draft)
        return True
    if _told_in_field(data, draft) and _read_objects(
        text, [data], draft
    ):  # {"model": …, "dataset": "mbpp", "pass@1": 0.72}
        return True
    # {"updated": …, "models": [{…}, …]}: the rows below a key of their own
    found = [_read_objects(text, rows, draft, at) for rows, at in _wrapped(text, data)]
    return any(found)


def _wrapped(text: str, data: Mapping[str, Any]) -> Iterator[tuple[list[dict[str, Any]], int]]:
    """Every list of objects that stands directly in an object, and where it begins."""
    for key, value in data.items():
        if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
            begins = re.search(rf"{re.escape(json.dumps(key, ensure_ascii=False))}\s*:\s*\[", text)
            if begins is not None:
                yield value, begins.end()


def parse_json(text: str) -> object:
    """One JSON value, or the values of JSON lines as a list; `None` when it is neither."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        lines = text.split("\n")  # not at U+2028, which JSON leaves in texts
        return [json.loads(line) for line in lines if line.strip()]
    except ValueError:
        return None


def _read_objects(text: str, rows: list[dict[str, Any]], draft: ClaimsDraft, end: int = 0) -> bool:
    """Rows of an export, each an object with a name, scores by benchmark and perhaps a size, a licence, a kind."""
    found = False
    decoder = json.JSONDecoder()
    for row in rows:
        start = text.find("{", end)
        end = decoder.raw_decode(text, start)[1]
        fields = list(_fields(row))
        named = [v for key, v, _ in fields if _NAME_COLUMN.match(key) and isinstance(v, str)]
        scores = {key: b for key, _, _ in fields if (b := scored_in(key, draft.terms)) is not None}
        told = {} if scores else _told_in_field(row, draft)
        scores = scores or {key: benchmark for key, (benchmark, _) in told.items()}
        if not named or not scores:
            continue
        name = next((value for value in named if "/" in value), named[0])
        link = next((str(value) for key, value, _ in fields if _LINK_COLUMN.match(key)), "")
        owner = row_owner(name, link, draft)
        for key, value, metric in fields:
            spot = _find_pair(text, key, value, start, end)
            if spot is None:
                continue
            passage, span = _fragment(text, spot)
            share = _number(str(value))
            if key in scores and share is not None and share <= 100:
                found = True
                draft.add(
                    passage, span, "score", model=owner, protocol=Protocol(benchmark=scores[key]),
                    metric=told[key][1] if key in told else metric,
                    written=str(value), value=round(share if share <= 1 and "." in str(value) else share / 100, 10),
                )  # fmt: skip
            else:
                _add_field(passage, span, key, str(value), owner, draft)
    return found


def _told_in_field(row: Mapping[str, Any], draft: ClaimsDraft) -> dict[str, tuple[str, str]]:
    """(benchmark, metric) of each field of a row that names its benchmark in a field of its own."""
    field = benchmark_field(row)
    value = row[field] if field is not None else None
    benchmark = benchmark_called(value, draft.terms) if isinstance(value, str) else None
    return {key: (benchmark, metric) for key, metric in scores_told(row).items()} if benchmark else {}


def _fields(row: Mapping[str, Any], metric: str = "pass@1") -> Iterator[tuple[str, int | float | str, str]]:
    """(key, value, metric) of every field that is a number or a text, nested ones included: {"pass@1": {…}}."""
    for key, value in row.items():
        if isinstance(value, dict):
            at = _PASS_AT.match(key)
            yield from _fields(value, f"pass@{at[1]}" if at else metric)
        elif isinstance(value, int | float | str) and not isinstance(value, bool):
            yield key, value, metric


def _add_field(
    passage: Passage, span: list[tuple[int, int]], key: str, value: str, owner: Mention, draft: ClaimsDraft
) -> None:
    """A field or cell that is no score: a size, a licence, a kind, a release date; any other is nobody's claim."""
    value = value.strip()
    if _SIZE_COLUMN.match(key):
        _add_size(passage, span, value, owner, draft)
        return
    subject = next((subject for pattern, subject in _FIELDS if pattern.match(key)), None)
    said = {"kind": KIND_WORD, "release": _YEAR}.get(subject or "", _LETTERS).search(value)
    if subject is not None and said is not None and owner.hub_id is not None:
        draft.add(passage, span, subject, model=owner, written=value)


def _read_evalplus(text: str, data: Mapping[str, Any], draft: ClaimsDraft, title: str = "") -> None:
    """EvalPlus's board, and BigCodeBench's, which has its shape; the hard set of the latter says so in its file's name."""
    at = 0
    whole = "bigcodebench-hard" if "hard" in title.lower() else "bigcodebench"
    for name, row in data.items():
        at = max(at, text.find(json.dumps(name, ensure_ascii=False), at))
        if not isinstance(row, dict) or not isinstance(row.get("pass@1"), dict):
            continue
        owner = row_owner(name, str(row.get("link") or ""), draft)
        style: Literal["chat", "completion"] | None = (
            "chat" if row.get("prompted") else "completion" if row.get("prompted") is False else None
        )
        size = row.get("size")
        place = _find_pair(text, "size", size, at) if isinstance(size, int | float) else None
        if place is not None:
            passage, span = _fragment(text, place)
            _add_size(passage, span, str(size), owner, draft)
        for benchmark, value in row["pass@1"].items():
            place = _find_pair(text, benchmark, value, at)
            split = _SPLITS.get(benchmark)
            canonical = whole if split else draft.terms.benchmark(benchmark)
            if place is None or not isinstance(value, int | float):
                continue
            passage, span = _fragment(text, place)
            if canonical is None:
                draft.skip(passage, span, "a benchmark that is not known")
                continue
            protocol = Protocol(
                benchmark=canonical,
                shots=0,
                samples_per_problem=1,
                temperature=0.0,
                version=benchmark if split else None,
                prompt_style=split or style,
                harness="bigcodebench" if split else "evalplus",
            )
            draft.add(
                passage, span, "score", model=owner, protocol=protocol, metric="pass@1", written=str(value),
                value=round(value / 100, 10),
            )  # fmt: skip


def _read_lm_eval(text: str, data: Mapping[str, Any], draft: ClaimsDraft) -> None:
    arguments = data["config"].get("model_args")
    name = arguments.get("pretrained") if isinstance(arguments, dict) else None
    if isinstance(arguments, str):
        found = re.search(r"pretrained=([^,]+)", arguments)
        name = found[1] if found else None
    name = str(name or data.get("model_name") or "")
    owner = row_owner(name, "", draft)
    at = max(0, text.find('"results"'))
    for task, row in data["results"].items():
        canonical = draft.terms.benchmark(str(task))
        problems = None
        if (
            canonical == "mbpp+"
        ):  # the harness's task of that name runs MBPP's three asserts on EvalPlus's problems
            canonical, problems = "mbpp", 378
        for key, value in row.items() if isinstance(row, dict) else ():
            metric = _LM_METRIC.match(str(key))
            place = _find_pair(text, str(key), value, at) if metric else None
            if metric is None or place is None or canonical is None or not isinstance(value, int | float):
                continue
            shots = data.get("n-shot", {}).get(task)
            protocol = Protocol(
                benchmark=canonical,
                problems=problems,
                shots=shots if isinstance(shots, int) else None,
                harness="lm-evaluation-harness",
            )
            passage, span = _fragment(text, place)
            draft.add(
                passage,
                span,
                "score",
                model=owner,
                protocol=protocol,
                metric=metric[1],
                written=str(value),
                value=value,
            )


def _find_pair(text: str, key: str, value: object, at: int, end: int | None = None) -> tuple[int, int] | None:
    """Where `"key": value` stands, from `at` on."""
    name, written = json.dumps(key), json.dumps(value)
    stop = len(text) if end is None else end
    while (start := text.find(name, at, stop)) >= 0:
        at = start + len(name)
        colon = _COLON.match(text, at, stop)
        if colon is not None and text.startswith(written, colon.end()):
            return start, colon.end() + len(written)
    return None


@lru_cache(maxsize=2)
def _breaks(text: str) -> list[int]:
    """Where the lines of a text end."""
    return [found.start() for found in re.finditer("\n", text)]


def _fragment(text: str, place: tuple[int, int]) -> tuple[Passage, list[tuple[int, int]]]:
    """A stretch of the source as a passage, cut to the line it ends on."""
    start, end = place
    start = max(start, text.rfind("\n", 0, end) + 1)
    line = bisect_left(_breaks(text), start) + 1
    column = start - (text.rfind("\n", 0, start) + 1)
    piece = text[start:end]
    return Passage(Plain(piece, [(0, line, column)]), Scope()), [(0, len(piece))]


def read_csv(text: str, draft: ClaimsDraft) -> bool:
    """File the claims of a CSV export (commas, semicolons or tabs) with a header row. False when it has no model and benchmark columns."""
    lines = text.split("\n")
    delimiter = max(",;\t", key=lines[0].count)
    head = _cells(lines[0], delimiter)
    names = [i for i, cell in enumerate(head) if _NAME_COLUMN.match(cell.strip())]
    scores = {i: b for i, cell in enumerate(head) if (b := scored_in(cell, draft.terms)) is not None}
    field = None if scores else benchmark_field(head)
    told = field is not None and bool(scores_told(dict.fromkeys(head)))
    if not names or not (scores or told) or len(head) < 3:
        return False
    links = [i for i, cell in enumerate(head) if _LINK_COLUMN.match(cell.strip())]
    repeats = Repeats(draft)
    for number, raw in enumerate(lines[1:], start=2):
        row = partial(_read_line, number, raw, (head, names, links, scores), delimiter, draft)
        repeats.read(raw, number, row)
    return True


def _read_line(
    number: int,
    raw: str,
    columns: tuple[list[str], list[int], list[int], dict[int, str]],
    delimiter: str,
    draft: ClaimsDraft,
) -> None:
    """One row. columns: the header's cells, which of them are names and links, and which are benchmarks."""
    head, names, links, scores = columns
    row = _cells(raw, delimiter)
    if len(row) != len(head):
        if raw.strip():
            passage, span = _line(number, raw, 0, len(raw))
            draft.skip(passage, span, f"a row of {len(row)} cells under a header of {len(head)}")
        return
    owner = row_owner(row[names[0]].strip(), row[links[0]].strip() if links else "", draft)
    field = None if scores else benchmark_field(head)
    if field is not None:
        benchmark = benchmark_called(row[head.index(field)], draft.terms)
        held = scores_told(dict(zip(head, row, strict=True)))
        scores = {i: benchmark for i, cell in enumerate(head) if benchmark and cell in held}
    _read_row(number, raw, row, owner, scores, head, draft)


def _cells(line: str, delimiter: str) -> list[str]:
    return next(csv.reader(io.StringIO(line), delimiter=delimiter), [])


def _read_row(
    number: int,
    raw: str,
    row: list[str],
    owner: Mention,
    scores: dict[int, str],
    head: list[str],
    draft: ClaimsDraft,
) -> None:
    at = 0
    for index, cell in enumerate(row):
        start = raw.find(cell, at)
        at = start + len(cell) if start >= 0 else at
        if not cell.strip() or start < 0:
            continue
        passage, span = _line(number, raw, start, start + len(cell))
        value = _number(cell)
        if index in scores and value is not None and 0 <= value <= 100:
            share = value if value <= 1 and "." in cell else value / 100
            draft.add(
                passage, span, "score", model=owner, protocol=Protocol(benchmark=scores[index]),
                metric=metric_called(head[index], {}) or "pass@1",
                written=cell.strip(), value=round(share, 10),
            )  # fmt: skip
        elif index not in scores:
            _add_field(passage, span, head[index].strip(), cell, owner, draft)


def _add_size(
    passage: Passage, span: list[tuple[int, int]], written: str, owner: Mention, draft: ClaimsDraft
) -> None:
    """A size with its unit ("1.54B", "350M"), a count (1543714304), or a bare number, which means billions."""
    value = _number(written)
    is_count = value is not None and value >= 1e6
    said = written if value is None or is_count else f"{value:g}B"
    size = value if is_count else parse_size(said)
    if size:
        draft.add(passage, span, "params", model=owner, written=said, value=size)


def _number(cell: str) -> float | None:
    text = cell.strip().rstrip("%").strip()
    if re.fullmatch(r"\d{1,3},\d{1,2}", text):  # a decimal comma
        text = text.replace(",", ".")
    return float(text) if re.fullmatch(r"\d+(?:\.\d+)?", text) else None


def _line(number: int, raw: str, start: int, end: int) -> tuple[Passage, list[tuple[int, int]]]:
    piece = raw[start:end]
    return Passage(Plain(piece, [(0, number, start)]), Scope()), [(0, len(piece))]
