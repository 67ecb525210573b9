"""Samples as compressed chunks: one per problem, holding that problem under every run.

A chunk is JSON, gzipped, in base64; the page opens it with the browser's own DecompressionStream, so
that 100,000 samples cost nothing until a problem is opened. Equal programs with equal outcomes are
folded into one group. Chunks that fit the page's budget lie inside the page; otherwise the page holds an
excerpt (a few groups of each run and problem) and the full chunks lie beside it as `candidates/<n>.js`.
One problem is in memory at a time: chunks are handed on as soon as they no longer fit.

Not kept in a page: what a text has beyond `LONGEST` characters. The run folder has all of it.
"""

import base64
import gc
import gzip
import itertools
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from modelassay.core.encoding import encode_json, whole
from modelassay.report.content import StudyReport
from modelassay.report.samples import ProblemSamples, SampleView, Seen

BESIDE = "candidates"
BUDGET_BYTES = 1_300_000
LONGEST = 20_000
_EXCERPTS = (24, 12, 6, 3, 1)


Keep = Callable[[str, bytes], None]


class Packed(msgspec.Struct):
    """Chunks to put into the page (`embedded`, n → base64), and the numbers of those that lie beside it."""

    embedded: dict[int, str]
    beside: list[int]
    excerpt: bool


def pack(
    report: StudyReport, samples: Iterable[ProblemSamples], budget: int = BUDGET_BYTES, keep: Keep | None = None
) -> Packed:  # fmt: skip
    """Chunk n belongs to `problem_order(report)[n]`. Samples of unknown runs or problems are left out.

    samples: those of one problem one after the other, else ValueError. keep: is given the name and the bytes of each file
    beside the page; without it there is none.
    """
    with _without_collection():
        return _packed(report, samples, budget, keep)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Python's search for cycles costs a fourth of the packing of many samples, and none of their records is in one."""
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collected:
            gc.enable()


def _packed(report: StudyReport, samples: Iterable[ProblemSamples], budget: int, keep: Keep | None) -> Packed:
    whole: dict[int, str] = {}
    excerpts: dict[int, bytes] = {}
    beside: list[int] = []
    size = 0
    for n, mine in _by_problem(report, samples):
        if n in excerpts:
            raise ValueError(f"the samples of {mine[0].problem} do not come one after the other")
        content = _content(report, mine)
        text = _compressed(content)
        excerpts[n] = zlib.compress(encode_json(_excerpt(content, _EXCERPTS[0], in_order=True)), 1)
        size += len(text)
        whole[n] = text
        if size > budget:  # and not before: a page that holds all has no folder beside it
            for number, chunk_text in whole.items():
                beside.append(number)
                if keep is not None:
                    keep(f"{BESIDE}/{number}.js", chunk_script(number, chunk_text))
            whole.clear()
    if size <= budget:
        return Packed(embedded={n: whole[n] for n in sorted(whole)}, beside=[], excerpt=False)
    for groups in _EXCERPTS:
        short = _shortened(excerpts, groups, budget)
        if short is not None:
            return Packed(embedded=short, beside=sorted(beside), excerpt=True)
    return Packed(embedded={}, beside=sorted(beside), excerpt=True)


def _by_problem(
    report: StudyReport, samples: Iterable[ProblemSamples]
) -> Iterator[tuple[int, list[ProblemSamples]]]:
    """The number of each problem with its samples, in the order of the report's runs."""
    place = {key: n for n, key in enumerate(problem_order(report))}
    runs = {r.id: (i, r.benchmark) for i, r in enumerate(report.runs)}
    known = (one for one in samples if one.run in runs)
    for n, mine in itertools.groupby(known, key=lambda one: place.get((runs[one.run][1], one.problem))):
        if n is not None:
            yield n, sorted(mine, key=lambda one: runs[one.run][0])


def _shortened(excerpts: dict[int, bytes], groups: int, budget: int) -> dict[int, str] | None:
    """Chunks of so many groups of each run, None where they do not fit."""
    found: dict[int, str] = {}
    size = 0
    for n in sorted(excerpts):
        content = msgspec.json.decode(zlib.decompress(excerpts[n]))
        found[n] = _compressed(_excerpt(content, groups))
        size += len(found[n])
        if size > budget:
            return None
    return found


def problem_order(report: StudyReport) -> list[tuple[str, str]]:
    """(benchmark, problem) of every problem of the report; a chunk's number is its place here."""
    named = [(p.benchmark, p.id) for p in report.problems]
    counted = [(r.benchmark, c.problem) for r in report.runs for c in r.counts]
    return list(dict.fromkeys([*named, *counted]))


def chunks(report: StudyReport, samples: Iterable[ProblemSamples]) -> dict[int, str]:
    """Problems' samples as base64 of gzip of JSON, by the number of the problem."""
    return {n: _compressed(_content(report, mine)) for n, mine in _by_problem(report, samples)}


def _compressed(content: dict[str, Any]) -> str:
    # Level 6: 2 % more bytes than 9 on samples, for a third of the time.
    return base64.b64encode(gzip.compress(encode_json(content), 6, mtime=0)).decode()


def _content(report: StudyReport, samples: list[ProblemSamples]) -> dict[str, Any]:
    place = {r.id: i for i, r in enumerate(report.runs)}
    return {
        "statement": _cut(samples[0].statement),
        "reference": _cut(samples[0].reference),
        "runs": {str(place[s.run]): _problem_samples(s) for s in samples},
    }


def _excerpt(content: dict[str, Any], groups: int, *, in_order: bool = False) -> dict[str, Any]:
    """The same with so many groups of each run at most. in_order: as they came, so that a smaller one can be made of it."""
    runs = {
        place: run | {"groups": _varied(run["groups"], groups, in_order=in_order)}
        for place, run in content["runs"].items()
    }
    return content | {"runs": runs}


def chunk_script(number: int, text: str) -> bytes:
    """A chunk as the file beside the page: base64 cannot hold anything that ends a string."""
    return f'assayChunk({number},"{text}")\n'.encode()


def _problem_samples(found: ProblemSamples) -> dict[str, Any]:
    groups: dict[tuple[Any, ...], dict[str, Any]] = {}
    for sample in found.samples:
        key = _key(sample)
        group = groups.get(key)
        if group is None:
            group = groups[key] = _group(sample)
        group["members"].append(_member(sample, group["text"]))
    return {"prompt": _cut(found.prompt), "of": len(found.samples), "groups": list(groups.values())}


def _key(sample: SampleView) -> tuple[Any, ...]:
    """What makes two samples one to a reader: the program (or else the text) and what was said of it."""
    body = sample.text if sample.program is None else sample.program
    return (sample.program is None, body, tuple((s.suite, s.outcome, s.detail) for s in sample.seen))


def _varied(groups: list[dict[str, Any]], limit: int, *, in_order: bool) -> list[dict[str, Any]]:
    """The largest group of every combination of outcomes first, then the largest of the rest; all where they are few.

    in_order: the same groups in the order in which they were given.
    """
    if len(groups) <= limit:
        return groups
    ordered = sorted(groups, key=lambda g: -len(g["members"]))
    first: dict[str, dict[str, Any]] = {}
    for group in ordered:
        first.setdefault(repr([s[:2] for s in group["seen"]]), group)
    chosen = list(first.values())
    kept = {id(g) for g in chosen}
    chosen = [*chosen, *(g for g in ordered if id(g) not in kept)][:limit]
    if in_order:
        kept = {id(g) for g in chosen}
        return [g for g in groups if id(g) in kept]
    return chosen


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
    return len(text) if text.isascii() else len(whole(text).encode("utf-16-le")) // 2


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
