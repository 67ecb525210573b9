"""Sets of custom problems: how many references pass in plain Python, how many pass here, and why not where they do not.

    python benchmarks/references.py PROBLEMS … [--packages numpy,pandas] [--seconds 120] [--list] [--first 0] [--count 100]

PROBLEMS: files as `assay grade --problems` takes them. In plain Python a reference is put above its own tests, as
the file has them, and run in a process of its own, which has loaded pytest and nothing of ours: a `check` is called, asserts
run as they stand, and functions and classes of tests are run by pytest. It has this machine's network and files, and no sandbox. --list names every
problem whose reference does not pass in one of the two.
"""

import argparse
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
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


# A Python that has loaded pytest and nothing of ours; each reference runs in a process that is forked from it.
PLAIN = """
import os, resource, runpy, signal, sys, traceback
import pytest
for line in sys.stdin:
    folder, how, seconds = line.rstrip("\\n").split("\\t")
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        said = os.open("said.txt", os.O_WRONLY | os.O_CREAT)
        for target, source in ((0, os.open(os.devnull, os.O_RDONLY)), (1, said), (2, said)):
            os.dup2(source, target)
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
        signal.alarm(10 * int(seconds))
        code = 1
        try:
            if how == "pytest":
                code = int(pytest.main(["-q", "-x", "-p", "no:cacheprovider", "test_reference.py"]))
            else:
                sys.path.insert(0, folder)
                runpy.run_path("test_reference.py", run_name="__main__")
                code = 0
        except SystemExit as ended:
            code = 0 if not ended.code else 1
        except BaseException:
            traceback.print_exc()
        sys.stdout.flush()
        os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class PlainPython:
    """Runs references in plain Python, one after the other."""

    def __init__(self, seconds: float) -> None:
        self._seconds = int(seconds)
        self._process = subprocess.Popen(
            [sys.executable, "-c", PLAIN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, problem: Problem, row: dict[str, object]) -> str:
        """Why a reference fails; "" where it passes."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        source, with_pytest = plain_source(problem, row)
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "test_reference.py").write_text(source, "utf-8")
            how = "pytest" if with_pytest else "script"
            self._process.stdin.write(f"{folder}\t{how}\t{self._seconds}\n")
            self._process.stdin.flush()
            status = int(self._process.stdout.readline())
            text = (Path(folder) / "said.txt").read_text("utf-8", "replace")
        if status == 0:
            return ""
        if status in (-signal.SIGKILL, -signal.SIGXCPU, -signal.SIGALRM):
            return f"not done after {self._seconds} s of CPU, or ten times that"
        said = [line for line in text.splitlines() if line.strip()]
        errors = [line for line in said if line.startswith("E  ")] or said
        return (errors[0 if with_pytest else -1] if errors else f"status {status}").strip()[:160]

    def close(self) -> None:
        """End it."""
        self._process.communicate()


def run_here(grader: Grader, problem: Problem) -> tuple[str, str]:
    """Why the reference does not pass here ("" where it does), and the mode."""
    sample = Completion(problem=problem.id, index=0, text=problem.reference or "", form="program")
    try:
        grade = grader.grade(problem, [sample])[-1]
    except AssayError as error:
        return " ".join((error.message.partition("not graded: ")[2] or error.message).split()), ""
    why = "" if grade.outcome == "passed" else f"{grade.outcome}: {grade.detail}"
    return " ".join(why.split()), grade.mode


def of_set(path: Path, packages: tuple[str, ...], seconds: float, chosen: slice) -> Iterator[Found]:
    """What became of each reference of a file, or of its chosen rows."""
    problems = load(path).problems
    rows = [row for _, row in problem_rows(path)]
    plain = PlainPython(seconds)
    with Grader(Limits(packages=packages)) as grader:
        for problem, row in list(zip(problems, rows, strict=True))[chosen]:
            if problem.reference is not None:
                here, mode = run_here(grader, problem)
                yield Found(problem.id, plain.run(problem, row), here, mode)
    plain.close()


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
    parser.add_argument("--first", type=int, default=0, help="of the rows of each file")
    parser.add_argument("--count", type=int, default=1_000_000)
    given = parser.parse_args()
    chosen = slice(given.first, given.first + given.count)
    packages = tuple(filter(None, given.packages.split(",")))
    print(
        "| set | references | pass in plain Python | of these pass here | border | sealed | pass here alone |"
    )
    print("|---|---|---|---|---|---|---|", flush=True)
    for path in given.problems:
        found = []
        for one in of_set(path, packages, given.seconds, chosen):
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
