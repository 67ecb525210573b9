"""Tests of whole programs in a second: this project's grader beside other ways, on the same programs, alternating.

    python benchmarks/stdin.py [--livecodebench DIR] [--earlier PYTHON] [--rounds 5] [--tests 10 100]
    python benchmarks/stdin.py --memory 100000      # the caller's memory over so many tests
    python benchmarks/stdin.py --large 100 [--of 10]  # memory for a problem with so many megabytes of tests, so many tests
    python benchmarks/stdin.py --load 4             # verdicts alone and beside so many busy loops

DIR: a checkout of LiveCodeBench/LiveCodeBench, whose own evaluator is run in a process of its own, one at a time. Ways:

- ours: one `Grader` with one test runner; the tests of a program that can leave nothing behind share a sandboxed process, as these do
- a process each: the same, with a program that names `type`, so that every test has a sandboxed process of its own
- livecodebench: `check_correctness` of its evaluator, which starts two processes for a program, without isolation
- bare fork: a process that forks for each test and runs the compiled program there, without isolation or limits
- fresh sandbox: a sandboxed interpreter started for each test
- one by one: ours, each test graded as a problem of its own
- earlier: PYTHON is the interpreter of an earlier build of this project (bf892c6), which had functions only: each test an assert
  on a function with the same body, graded as a problem of its own
- ours, first wrong and livecodebench, first wrong: the same program with a wrong answer to the first test, where both stop; programs in a second
"""

import argparse
import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from modelassay.core.problems import Problem, Programs, Suite
from modelassay.grading import Grader
from modelassay.grading.sandbox.limits import Limits
from modelassay.grading.sandbox.process_start import Limit, sandbox_settings
from modelassay.grading.sandbox.program_runs import ProgramFile, run_program
from modelassay.grading.sandbox.sandbox import Sandbox

SMALL = "a, b = map(int, input().split())\nprint(a + b)\n"
HELPERS = "".join(
    f"def helper_{n}(row):\n    best = {{}}\n    for i, x in enumerate(row):\n        if x % {n + 2}:\n"
    f"            best[i] = max(best.get(i - 1, 0), x)\n    return [v for _, v in sorted(best.items())]\n\n"
    for n in range(15)
)
CONTEST = (
    "import sys\nfrom collections import defaultdict, deque\nimport heapq\n\n" + HELPERS + "def main():\n"
    "    data = sys.stdin.read().split()\n    print(int(data[0]) + int(data[1]))\n\nif __name__ == '__main__':\n    main()\n"
)
PROGRAMS = {"two lines": SMALL, "120 lines": CONTEST}
FUNCTION = "def add(a, b):\n    return a + b\n"
FUNCTIONS = {
    SMALL: FUNCTION,
    CONTEST: "import sys\nfrom collections import defaultdict, deque\nimport heapq\n\n" + HELPERS + FUNCTION,
}
_PEER = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
from lcb_runner.evaluation.compute_code_generation_metrics import check_correctness
for line in sys.stdin:
    source, sample = json.loads(line)
    started = time.perf_counter()
    result, _ = check_correctness(sample, source, timeout=6, debug=False)
    right = all(r is True or r == 1 for r in result)
    print(json.dumps([time.perf_counter() - started, right != sample.get("wrong", False)]), flush=True)
"""
_EARLIER = """
import json, sys, time
from modelassay.core.measured import Asserts, Problem, Suite
from modelassay.grading import Grader
with Grader(dedupe=False) as grader:
    for line in sys.stdin:
        source, count = json.loads(line)
        started = time.perf_counter()
        right = True
        for n in range(count):
            suite = Suite(name="base", oracle=Asserts(asserts=(f"assert add({n}, {n + 1}) == {2 * n + 1}",)))
            problem = Problem(id="sum", prompt="", entry_point="add", suites=(suite,))
            right = grader.grade(problem, [source])[0].outcome == "passed" and right
        print(json.dumps([time.perf_counter() - started, right]), flush=True)
"""
_FORKS = """
import json, os, sys, time
def one(code, given):
    stdin = os.memfd_create("stdin")
    os.write(stdin, given)
    os.lseek(stdin, 0, 0)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(stdin, 0)
        os.dup2(write, 1)
        os.close(read)
        sys.stdin = open(0, closefd=False)
        sys.stdout = open(1, "w", closefd=False)
        try:
            exec(code, {"__name__": "__main__"})
            sys.stdout.flush()
        finally:
            os._exit(0)
    os.close(write)
    said = b""
    while part := os.read(read, 65536):
        said += part
    os.waitpid(child, 0)
    os.close(read)
    os.close(stdin)
    return said
for line in sys.stdin:
    source, inputs, outputs = json.loads(line)
    started = time.perf_counter()
    code = compile(source, "<candidate>", "exec")
    right = all(one(code, i.encode()).decode().split() == o.split() for i, o in zip(inputs, outputs))
    print(json.dumps([time.perf_counter() - started, right]), flush=True)
"""


def tests_of(count: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Inputs and outputs of a sum."""
    return tuple(f"{n} {n + 1}\n" for n in range(count)), tuple(f"{2 * n + 1}\n" for n in range(count))


def problem_of(count: int, **more: Any) -> Problem:
    """A sum with so many tests."""
    inputs, outputs = tests_of(count)
    oracle = Programs(inputs=inputs, outputs=outputs, comparison="livecodebench", **more)
    return Problem(id="sum", prompt="", entry_point="", suites=(Suite(name="base", oracle=oracle),))


class Peer:
    """Another way in a process of its own, which tells its seconds and whether all was right."""

    def __init__(self, script: str, *arguments: str, python: str = sys.executable) -> None:
        self._process = subprocess.Popen(
            [python, "-c", script, *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def ask(self, question: Any) -> float:
        """Seconds for one program and its tests."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        print(json.dumps(question), file=stdin, flush=True)
        seconds, right = json.loads(stdout.readline())
        assert right
        return float(seconds)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


def timed(action: Callable[[], object]) -> float:
    """Seconds that it takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def fresh(source: str, count: int) -> None:
    """A sandbox of its own for each test."""
    fields = {name: getattr(Limits(), name) for name in Limits().__struct_fields__}
    inputs, outputs = tests_of(count)
    for given, right in zip(inputs, outputs, strict=True):
        with Sandbox(sandbox_settings(fields)) as sandbox, ProgramFile(source.encode()) as file:
            assert (
                run_program(sandbox, file, given.encode(), Limit(6, 6, 6, 1 << 20)).output.decode() == right
            )


def graded(grader: Grader, source: str, count: int) -> None:
    """All tests in one grading."""
    assert grader.grade(problem_of(count), [source])[0].outcome == "passed"


def one_by_one(grader: Grader, source: str, count: int) -> None:
    """Each test in a grading of its own."""
    for _ in range(count):
        graded(grader, source, 1)


def failed(grader: Grader, source: str, count: int) -> None:
    """All tests in one grading, of which the first fails."""
    grade = grader.grade(problem_of(count), [source.replace("print(", "print(1 + ", 1)])[0]
    assert grade.outcome == "failed"


def compare(rounds: int, counts: Sequence[int], livecodebench: str | None, earlier: str | None) -> None:
    """Every way on every program, in turns; medians of tests in a second."""
    peers = {"forks": Peer(_FORKS)}
    if livecodebench:
        peers["livecodebench"] = Peer(_PEER, livecodebench)
    if earlier:
        peers["earlier"] = Peer(_EARLIER, python=earlier)
    with Grader(dedupe=False) as grader:
        graded(grader, SMALL, 20)
        graded(grader, CONTEST, 20)
        for name, source in PROGRAMS.items():
            for count in counts:
                show(name, count, measured(ways_of(grader, peers, source, count), rounds))
    for peer in peers.values():
        peer.close()


def ways_of(
    grader: Grader, peers: dict[str, Peer], source: str, count: int
) -> dict[str, Callable[[], float]]:
    """Seconds of a test, each way; of a program where its first test fails."""
    inputs, outputs = tests_of(count)
    sample = {"input_output": json.dumps({"inputs": inputs, "outputs": outputs})}
    wrong = source.replace("print(", "print(1 + ", 1)
    few = min(count, 5)
    ways: dict[str, Callable[[], float]] = {
        "ours": lambda: timed(lambda: graded(grader, source, count)) / count,
        "a process each": lambda: timed(lambda: graded(grader, "type\n" + source, count)) / count,
        "bare fork": lambda: peers["forks"].ask([source, inputs, outputs]) / count,
        "one by one": lambda: timed(lambda: one_by_one(grader, source, count)) / count,
        "fresh sandbox": lambda: timed(lambda: fresh(source, few)) / few,
        "ours, first wrong": lambda: timed(lambda: failed(grader, source, count)),
    }
    if "livecodebench" in peers:
        ways["livecodebench"] = lambda: peers["livecodebench"].ask([source, sample]) / count
        ways["livecodebench, first wrong"] = lambda: peers["livecodebench"].ask(
            [wrong, {**sample, "wrong": True}]
        )
    if "earlier" in peers:
        ways["earlier"] = lambda: peers["earlier"].ask([FUNCTIONS[source], count]) / count
    return ways


def measured(ways: dict[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each way, each round all of them."""
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            found[name].append(way())
    return found


def show(name: str, count: int, found: dict[str, list[float]]) -> None:
    """Tests in a second, and how many times as many ours is."""
    for way, seconds in found.items():
        median = statistics.median(seconds)
        ours = statistics.median(found["ours, first wrong" if "wrong" in way else "ours"])
        print(
            f"{name}, {count} tests: {way:26} {1 / median:8.0f} a second"
            f" (from {1 / max(seconds):.0f} to {1 / min(seconds):.0f}); ours / this {median / ours:.2f}"
        )


def memory(tests: int) -> None:
    """Resident memory of the caller and of all its children as tests go by."""
    problem = problem_of(1000)
    with Grader(dedupe=False) as grader:
        for done in range(0, tests + 1, 1000):
            if done % (tests // 5) == 0:
                print(
                    f"after {done} tests: {resident()} KiB resident in the caller, {below()} KiB in all below it"
                )
            if done < tests:
                assert grader.grade(problem, [SMALL])[0].outcome == "passed"


def large(megabytes: int, count: int) -> None:
    """Peak memory of one problem with large tests, beside the size of the tests. The program reads one byte of each."""
    size = megabytes * 1_000_000 // count
    inputs = tuple(f" {n:03}".rjust(size, "7") for n in range(count))
    oracle = Programs(inputs=inputs, outputs=("1\n",) * count)
    problem = Problem(id="large", prompt="", entry_point="", suites=(Suite(name="base", oracle=oracle),))
    before = resident()
    watch = Watch()
    with Grader(workers=1) as grader:
        assert grader.grade(problem, ["import os\nos.read(0, 1)\nprint(1)"])[0].outcome == "passed"
        print(f"{megabytes} MB of tests: the caller held {before} KiB with them, at most {peak()} KiB later;")
        print(f"its processes hold {below()} KiB now, at most {watch.close()} KiB before")


def load(loops: int) -> None:
    """The verdicts of 500 programs alone and beside busy loops."""
    problem = problem_of(3, time_limit_seconds=1.0)
    kinds = (
        "a, b = map(int, input().split())\nprint(a + b + {0} - {0})",
        "a, b = map(int, input().split())\nprint(a + b if a != {0} % 3 else 0)",
        "import time\na, b = map(int, input().split())\ntime.sleep(0.0{0})\nprint(a + b)",
        "n = {0}\nwhile n < 300_000:\n    n += 1\na, b = map(int, input().split())\nprint(a + b)",
        "print({0}); 1 / 0",
    )
    programs = [kinds[n % len(kinds)].format(n) for n in range(500)]
    found = []
    for busy in (0, loops):
        running = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(busy)]
        with Grader(dedupe=False, workers=2) as grader:
            started = time.perf_counter()
            grades = grader.grade(problem, programs)
            print(f"beside {busy} busy loops: {time.perf_counter() - started:.1f} s")
        found.append([(g.outcome, g.tests_passed) for g in grades])
        for process in running:
            process.kill()
            process.wait()
    print(f"verdicts that differ: {sum(a != b for a, b in zip(*found, strict=True))} of {len(programs)}")


def resident() -> int:
    """KiB of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


def peak() -> int:
    """KiB that this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def below() -> int:
    """KiB of the proportional memory of all processes below this one, whichever of a process's threads started them."""
    total, left = 0, [os.getpid()]
    while left:
        process = left.pop()
        with contextlib.suppress(OSError):  # it has ended
            tasks = list(Path(f"/proc/{process}/task").iterdir())
            children = [int(c) for task in tasks for c in (task / "children").read_text().split()]
            total += sum(map(proportional, children))
            left += children
    return total


def proportional(process: int) -> int:
    """KiB of a process, memory that n processes share counted as an nth; 0 where it has ended."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


class Watch(threading.Thread):
    """The most that all processes below this one held at once, looked at 100 times a second until it is closed."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most = 0
        self._closed = threading.Event()
        self.start()

    def run(self) -> None:
        while not self._closed.wait(0.01):
            self.most = max(self.most, below())

    def close(self) -> int:
        """KiB."""
        self._closed.set()
        self.join()
        return self.most


def main() -> None:
    """Whatever the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--livecodebench", metavar="DIR")
    parser.add_argument("--earlier", metavar="PYTHON")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tests", type=int, nargs="+", default=[10, 100])
    parser.add_argument("--memory", type=int)
    parser.add_argument("--large", type=int)
    parser.add_argument("--of", type=int, default=10)
    parser.add_argument("--load", type=int)
    asked = parser.parse_args()
    if asked.memory:
        memory(asked.memory)
    if asked.large:
        large(asked.large, asked.of)
    if asked.load:
        load(asked.load)
    if not (asked.memory or asked.large or asked.load):
        compare(asked.rounds, asked.tests, asked.livecodebench, asked.earlier)


if __name__ == "__main__":
    main()
