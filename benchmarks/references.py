"""Sets of custom problems: how many references pass in plain Python, how many pass here, and why not where they do not.

    python benchmarks/references.py PROBLEMS … [--packages numpy,pandas] [--seconds 120] [--list]

PROBLEMS: files as `assay grade --problems` takes them. In plain Python a reference is put above its own tests, as the file
has them, in a file of its own, and that is run by this interpreter: a `check` is called, asserts run as they stand, and
functions and classes of tests are run by pytest. It has this machine's network and files, and no sandbox. --list names every
problem whose reference does not pass in one of the two.
"""

import argparse
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from modelassay.core.errors import AssayError
from modelassay.core.measured import Completion
from modelassay.core.problems import Problem
from modelassay.grading import Grader
from modelassay.grading.sandbox.limits import Limits
from modelassay.problems import load
from modelassay.sources.problems.assert_rows import in_our_form
from modelassay.sources.problems.problem_rows import problem_rows
from modelassay.sources.problems.python_source import defined

WORKERS = 2


@dataclass(frozen=True)
class Found:
    """What became of one reference. plain, here: "" where it passes, else why not; mode: how it was judged here."""

    problem: str
    plain: str
    here: str
    mode: str


def plain_source(problem: Problem, row: dict[str, object]) -> tuple[str, bool]:
    """The reference above its tests, and whether pytest has to run them."""
    row = in_our_form(row)
    head = f"{problem.reference}\n"
    if "test_list" in row:
        imports, asserts = row.get("test_imports") or [], row["test_list"]
        assert isinstance(imports, list)
        assert isinstance(asserts, list)
        return "\n".join([head, *imports, str(row.get("test_setup_code") or ""), *asserts]), False
    test = str(row["test"])
    if "check" in defined(test):
        return f"{head}{test}\ncheck({problem.entry_point})\n", False
    return f"{head}{test}\n", "def test" in test


def run_plain(problem: Problem, row: dict[str, object], seconds: float) -> str:
    """Why the reference fails in plain Python; "" where it passes."""
    source, with_pytest = plain_source(problem, row)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "test_reference.py"
        file.write_text(source, "utf-8")
        module = ["-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"] if with_pytest else []
        try:
            done = subprocess.run(
                ["/bin/bash", "-c", f'ulimit -t {seconds:.0f}; exec "$@"', "bash", sys.executable, *module, file.name], check=False, cwd=folder, capture_output=True, text=True,
                errors="replace", timeout=10 * seconds, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return f"not done after {10 * seconds:g} s"
    if done.returncode in (-signal.SIGKILL, -signal.SIGXCPU):
        return f"not done after {seconds:g} s of CPU"
    if done.returncode == 0:
        return ""
    said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    errors = [line for line in said if line.startswith("E  ")] or said
    return (errors[0 if with_pytest else -1] if errors else f"status {done.returncode}").strip()[:160]


def run_here(grader: Grader, problem: Problem) -> tuple[str, str]:
    """Why the reference does not pass here ("" where it does), and the mode."""
    sample = Completion(problem=problem.id, index=0, text=problem.reference or "", form="program")
    try:
        grade = grader.grade(problem, [sample])[-1]
    except AssayError as error:
        return " ".join((error.message.partition("not graded: ")[2] or error.message).split()), ""
    why = "" if grade.outcome == "passed" else f"{grade.outcome}: {grade.detail}"
    return " ".join(why.split()), grade.mode


def of_set(path: Path, packages: tuple[str, ...], seconds: float) -> Iterator[Found]:
    """What became of each reference of a file."""
    problems = load(path).problems
    rows = [row for _, row in problem_rows(path)]
    with Grader(Limits(packages=packages), workers=WORKERS) as grader, ThreadPoolExecutor(WORKERS) as pool:
        for problem, row in zip(problems, rows, strict=True):
            if problem.reference is None:
                continue
            plain = pool.submit(run_plain, problem, row, seconds)
            here, mode = run_here(grader, problem)
            yield Found(problem.id, plain.result(), here, mode)


def main() -> None:
    """Print a table; what did not pass to stderr."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("problems", nargs="+", type=Path)
    parser.add_argument("--packages", default="", help="comma-separated; as assay grade's")
    parser.add_argument(
        "--seconds", type=float, default=120.0, help="of CPU, for one reference in plain Python"
    )
    parser.add_argument("--list", action="store_true")
    given = parser.parse_args()
    packages = tuple(filter(None, given.packages.split(",")))
    print(
        "| set | references | pass in plain Python | of these pass here | border | sealed | pass here alone |"
    )
    print("|---|---|---|---|---|---|---|", flush=True)
    for path in given.problems:
        found = []
        for one in of_set(path, packages, given.seconds):
            found.append(one)
            if given.list and (one.plain or one.here):
                print(
                    f"{one.problem}: plain: {one.plain or 'passes'}; here: {one.here or 'passes'}",
                    file=sys.stderr, flush=True,
                )  # fmt: skip
        plain = [f for f in found if not f.plain]
        both = Counter(f.mode for f in plain if not f.here)
        alone = sum(bool(f.plain) and not f.here for f in found)
        print(
            f"| {path.name} | {len(found)} | {len(plain)} | {both.total()} | {both['border']} | {both['sealed']} | {alone} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
