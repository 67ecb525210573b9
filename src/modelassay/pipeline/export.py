"""`assay export`: a run's candidates as other tools read them, so that its score can be had from them, too."""

import gzip
import json
from pathlib import Path

from modelassay.core.errors import InputError, MissingError
from modelassay.core.measured import Completion, Manifest
from modelassay.core.store import read_records, write_bytes
from modelassay.core.workdir import RunDir
from modelassay.grading.extract import extract
from modelassay.pipeline.problems import Source
from modelassay.pipeline.report_runs import chosen_of


def export_run(path: Path, out: Path, source: Source) -> int:
    """Write a run's candidates as EvalPlus's and human-eval's `samples.jsonl`, one line each; how many.

    `solution` is the whole program as it is graded here, `completion` what follows human-eval's prompt where the
    candidate is a continuation of it. A candidate without a program has an empty `solution`, so that it counts
    as tried. `.gz` packs. Raises MissingError where there is no run, InputError where it has no candidate.
    """
    run = RunDir(path)
    manifests = read_records(run.manifest, Manifest)
    completions = read_records(run.completions, Completion)
    if not manifests:
        hint = "give a run's folder, as `assay study` and `assay grade` make them"
        raise MissingError("no run", path=path, hint=hint)
    if not completions:
        raise InputError("this run has no candidate", path=run.completions, hint="run the same study again")
    problems = {p.id: p for p in chosen_of(manifests[-1], run, source).problems.problems}
    lines = []
    for completion in completions:
        problem = problems[completion.problem]
        found = extract(problem.prompt, problem.entry_point, completion.text, completion.form)
        row = {"task_id": completion.problem, "solution": found.source or ""}
        if completion.form == "continuation":
            row["completion"] = completion.text
        lines.append(json.dumps(row) + "\n")
    data = "".join(lines).encode()
    write_bytes(out, gzip.compress(data, mtime=0) if out.suffix == ".gz" else data)
    return len(lines)
