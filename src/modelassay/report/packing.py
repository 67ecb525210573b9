"""Samples as compressed chunks: one per problem, holding that problem under every run.

A chunk is JSON, gzipped, in base64; the page opens it with the browser's own DecompressionStream, so
that 100,000 samples cost nothing until a problem is opened. Equal programs with equal outcomes are
folded into one group. Chunks that fit the page's budget lie inside the page; otherwise the page holds an
excerpt (a few groups of each run and problem) and the full chunks lie beside it as `candidates/<n>.js`.

Not kept in a page: what a text has beyond `LONGEST` characters. The run folder has all of it.
"""

import base64
import gzip
from collections.abc import Iterable
from typing import Any

import msgspec

from modelassay.core.encoding import encode_json, whole
from modelassay.report.content import StudyReport
from modelassay.report.samples import ProblemSamples, SampleView, Seen

BESIDE = "candidates"
BUDGET_BYTES = 1_300_000
LONGEST = 20_000
_EXCERPTS = (24, 12, 6, 3, 1)


class Packed(msgspec.Struct):
    """Chunks to put into the page (`embedded`, n → base64) and beside it (`beside`, file name → bytes)."""

    embedded: dict[int, str]
    beside: dict[str, bytes]
    excerpt: bool


def pack(report: StudyReport, samples: Iterable[ProblemSamples], budget: int = BUDGET_BYTES) -> Packed:
    """Chunk n belongs to `problem_order(report)[n]`. Samples of unknown runs or problems are left out."""
    gathered = gather(report, samples)
    whole = {n: chunk(report, mine) for n, mine in gathered.items()}
    if sum(map(len, whole.values())) <= budget:
        return Packed(embedded=whole, beside={}, excerpt=False)
    beside = {f"{BESIDE}/{n}.js": chunk_script(n, text) for n, text in whole.items()}
    for groups in _EXCERPTS:
        short = {n: chunk(report, mine, groups=groups) for n, mine in gathered.items()}
        if sum(map(len, short.values())) <= budget:
            return Packed(embedded=short, beside=beside, excerpt=True)
    return Packed(embedded={}, beside=beside, excerpt=True)


def gather(report: StudyReport, samples: Iterable[ProblemSamples]) -> dict[int, list[ProblemSamples]]:
    """Samples by the number of their problem, in the order of the report's runs."""
    place = {key: n for n, key in enumerate(problem_order(report))}
    runs = {r.id: (i, r.benchmark) for i, r in enumerate(report.runs)}
    found: dict[int, list[ProblemSamples]] = {}
    for one in samples:
        n = place.get((runs.get(one.run, (0, ""))[1], one.problem))
        if n is not None:
            found.setdefault(n, []).append(one)
    return {n: sorted(found[n], key=lambda s: runs[s.run][0]) for n in sorted(found)}


def problem_order(report: StudyReport) -> list[tuple[str, str]]:
    """(benchmark, problem) of every problem of the report; a chunk's number is its place here."""
    named = [(p.benchmark, p.id) for p in report.problems]
    counted = [(r.benchmark, c.problem) for r in report.runs for c in r.counts]
    return list(dict.fromkeys([*named, *counted]))


def chunk(report: StudyReport, samples: list[ProblemSamples], groups: int | None = None) -> str:
    """One problem's samples as base64 of gzip of JSON. `groups` limits the groups of each run."""
    place = {r.id: i for i, r in enumerate(report.runs)}
    content = {
        "statement": _cut(samples[0].statement),
        "reference": _cut(samples[0].reference),
        "runs": {str(place[s.run]): _problem_samples(s, groups) for s in samples},
    }
    return base64.b64encode(gzip.compress(encode_json(content), 9, mtime=0)).decode()


def chunk_script(number: int, text: str) -> bytes:
    """A chunk as the file beside the page: base64 cannot hold anything that ends a string."""
    return f'assayChunk({number},"{text}")\n'.encode()


def _problem_samples(found: ProblemSamples, limit: int | None) -> dict[str, Any]:
    groups: dict[tuple[Any, ...], dict[str, Any]] = {}
    for sample in found.samples:
        key = _key(sample)
        group = groups.get(key)
        if group is None:
            group = groups[key] = _group(sample)
        group["members"].append(_member(sample, group["text"]))
    chosen = list(groups.values())
    if limit is not None and len(chosen) > limit:
        chosen = _varied(chosen, limit)
    return {"prompt": _cut(found.prompt), "of": len(found.samples), "groups": chosen}


def _key(sample: SampleView) -> tuple[Any, ...]:
    """What makes two samples one to a reader: the program (or else the text) and what was said of it."""
    body = sample.text if sample.program is None else sample.program
    return (sample.program is None, body, tuple((s.suite, s.outcome, s.detail) for s in sample.seen))


def _varied(groups: list[dict[str, Any]], limit: int) -> list[dict[str, Any]]:
    """The largest group of every combination of outcomes first, then the largest of the rest."""
    ordered = sorted(groups, key=lambda g: -len(g["members"]))
    first: dict[str, dict[str, Any]] = {}
    for group in ordered:
        first.setdefault(repr([s[:2] for s in group["seen"]]), group)
    chosen = list(first.values())
    kept = {id(g) for g in chosen}
    return [*chosen, *(g for g in ordered if id(g) not in kept)][:limit]


def _group(sample: SampleView) -> dict[str, Any]:
    """A group of one. `program` is a place in the text where it is one, which halves the page."""
    text, program = _cut(sample.text), sample.program
    where: Any = None if program is None else _cut(program)
    if program and len(sample.text) <= LONGEST and (at := sample.text.find(program)) >= 0:
        where = [_units(sample.text[:at]), _units(program)]
    return {
        "text": text,
        "program": where,
        "how": sample.extraction,
        "seen": [_seen(s) for s in sample.seen],
        "members": [],
    }


def _units(text: str) -> int:
    """Length in UTF-16 code units, which is how JavaScript counts."""
    return len(whole(text).encode("utf-16-le")) // 2


def _seen(it: Seen) -> list[Any]:
    return [it.suite, it.outcome, _cut(it.detail, 2000), round(1000 * it.run_seconds, 2)]


def _member(sample: SampleView, text: str) -> list[Any]:
    """[index, tokens, finish] and, where it differs from the group's first, the text."""
    mine = _cut(sample.text)
    return [
        sample.index,
        sample.completion_tokens,
        sample.finish_reason,
        *([] if mine == text else [mine]),
    ]


def _cut(text: str, longest: int = LONGEST) -> str:
    text = whole(text)
    if len(text) <= longest:
        return text
    return f"{text[:longest]}\n[… {len(text) - longest:,} more characters are in the run's folder]"


def grid(report: StudyReport) -> dict[str, Any]:
    """The viewer's index: runs, problems, and how many passed of each; a few bytes a cell."""
    order = problem_order(report)
    place = {key: n for n, key in enumerate(order)}
    titles = {(p.benchmark, p.id): p for p in report.problems}
    return {
        "problems": [
            [b, p, titles[b, p].entry_point, titles[b, p].difficulty]
            if (b, p) in titles
            else [b, p, "", None]
            for b, p in order
        ],
        "counts": [
            {
                suite: [
                    [place[r.benchmark, c.problem], c.passed, c.graded] for c in r.counts if c.suite == suite
                ]
                for suite in dict.fromkeys(c.suite for c in r.counts)
            }
            for r in report.runs
        ],
    }
