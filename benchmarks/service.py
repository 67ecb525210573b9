"""How many samples a second the grader's service answers beside the grader in one process, and how it scales with workers.

    python benchmarks/service.py --workers 2 --batch 256 --seconds 10 --rounds 5

The two alternate, on the same samples, all different so that none is run for another; each turn takes a number of seconds
and no number of samples, so that the whole ends on a slow or busy machine, too. Then: the latency of batches at 80 % of
the measured rate, or that this rate could not be held; and 200 hostile programs among honest ones at full load, with every
verdict compared with the right one.
"""

import argparse
import functools
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from modelassay.grading import Grader
from modelassay.sources.problems.custom_problems import problems_of_rows

ROWS: list[dict[str, Any]] = [
    {
        "task_id": f"sum/{n}",
        "text": "Sum the squares below n.",
        "test_list": [f"assert squares({m}) == {sum(i * i for i in range(m))}" for m in range(5 + n, 25 + n)],
    }
    for n in range(16)
]
RIGHT = "def squares(n):\n    return sum(i * i for i in range(n))\n"
WRONG = "def squares(n):\n    return sum(i * i for i in range(n)) + (n > 10)\n"
# One of each kind of harm; a number makes each text another program.
HOSTILE = [
    "import os\nos._exit(0)\n",
    "import sys\nsys.exit(0)\n",
    "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\ndef squares(n): return 0\n",
    "def squares(n):\n    while True: pass\n",
    "def squares(n):\n    x = []\n    while True: x.append(bytearray(1 << 24))\n",
    "import os\ndef squares(n):\n    while True:\n        try: os.fork()\n        except OSError: return 0\n",
    "class E(int):\n    def __eq__(self, o): return True\n    __hash__ = int.__hash__\ndef squares(n): return E()\n",
    "import builtins\nbuiltins.AssertionError = Exception\ndef squares(n): return 0\n",
    "def squares(n): return 'x' * (1 << 28)\n",
    "import sys\nsys.setrecursionlimit(10**9)\ndef squares(n): return squares(n)\n",
]


def samples_of(number: int, hostile: int = 0) -> list[dict[str, Any]]:
    """Samples over all problems, every second one right; of the hostile ones each is `hostile-…` by id."""
    honest = [
        {"task_id": f"sum/{n % 16}", "completion": f"{RIGHT if n % 2 else WRONG}# {n}\n", "id": f"{n}"}
        for n in range(number)
    ]
    every = max(1, number // max(1, hostile))
    for n in range(hostile):
        bad = {
            "task_id": f"sum/{n % 16}",
            "completion": f"{HOSTILE[n % len(HOSTILE)]}# {n}\n",
            "id": f"hostile-{n}",
        }
        honest.insert(min(len(honest), n * every + n), bad)
    return honest


Batches = Sequence[list[dict[str, Any]]]


def turn(grade: Callable[[list[dict[str, Any]]], object], batches: Batches, seconds: float) -> float:
    """Samples a second, batch after batch, for at least so many seconds; from the first batch again after the last."""
    began, done = time.perf_counter(), 0
    for batch in itertools.cycle(batches):
        grade(batch)
        done += len(batch)
        took = time.perf_counter() - began
        if took >= seconds:
            return done / took
    raise ValueError("no batches")


class InProcess:
    """The grader in this process."""

    def __init__(self, grader: Grader) -> None:
        self._grader = grader
        self._problems = {p.id: p for p in problems_of_rows(enumerate(ROWS, 1), Path("rows"))}

    def __call__(self, batch: list[dict[str, Any]]) -> None:
        names = dict.fromkeys(s["task_id"] for s in batch)
        self._grader.grade_many(
            [(self._problems[n], [s["completion"] for s in batch if s["task_id"] == n]) for n in names]
        )


def posted(client: httpx.Client, batch: list[dict[str, Any]]) -> dict[str, Any]:
    """The answer to one batch, asked again as long as the service is full."""
    while True:
        response = client.post("/v1/grade", json={"problems": ROWS, "samples": batch})
        if response.status_code != 429:
            response.raise_for_status()
            found: dict[str, Any] = response.json()
            return found
        time.sleep(float(response.headers["Retry-After"]))


def graded(client: httpx.Client, batch: list[dict[str, Any]]) -> None:
    """One batch, all of it with a verdict."""
    answer = posted(client, batch)
    assert len(answer["results"]) == len(batch), answer["ungraded"][:3]


def latencies(
    client: httpx.Client, rate: float, batch: list[dict[str, Any]], seconds: float
) -> dict[str, Any]:
    """Seconds to the answer of batches that are sent at this many samples a second, whatever is still open.

    Ends early where the service falls more than `seconds` behind: the rate is not held then, and a latency says nothing.
    """
    found: list[float] = []
    number = max(20, int(seconds * rate / len(batch)))
    with ThreadPoolExecutor(32) as threads:
        began = time.perf_counter()

        def one(due: float) -> None:
            if time.perf_counter() - due < seconds:
                posted(client, batch)
                found.append(time.perf_counter() - due)

        for n in range(number):
            due = began + n * len(batch) / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            threads.submit(one, due)
    found.sort()
    if len(found) < number:
        return {"rate": round(rate), "held": False, "answered": len(found), "of": number}
    return {
        "rate": round(rate), "held": True, "batches": number,
        "median": round(statistics.median(found), 4), "p99": round(found[min(number - 1, int(0.99 * number))], 4),
    }  # fmt: skip


def hostile_load(client: httpx.Client, honest: int, hostile: int) -> dict[str, Any]:
    """Verdicts of honest samples that changed, hostile ones that passed, and samples without a verdict."""
    samples = samples_of(honest, hostile)
    batches = [samples[n : n + 256] for n in range(0, len(samples), 256)]
    began = time.perf_counter()
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda batch: posted(client, batch), batches))
    results = [r for answer in answers for r in answer["results"]]
    wrong = [
        r for r in results if not r["id"].startswith("hostile") and r["passed"] != (int(r["id"]) % 2 == 1)
    ]
    passed = [r["id"] for r in results if r["id"].startswith("hostile") and r["passed"]]
    return {
        "honest": honest, "hostile": hostile, "seconds": round(time.perf_counter() - began, 1),
        "honest_changed": len(wrong), "hostile_passed": len(passed), "hostile_rewarded": sum(r["reward"] > 0 for r in results if r["id"].startswith("hostile")),
        "ungraded": sum(len(answer["ungraded"]) for answer in answers),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--seconds", type=float, default=10.0, help="of each turn")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--honest", type=int, default=0, help="honest samples beside --hostile ones; 0 leaves it out"
    )
    parser.add_argument("--hostile", type=int, default=200)
    options = parser.parse_args()
    samples = samples_of(64 * options.batch)
    batches = [samples[n : n + options.batch] for n in range(0, len(samples), options.batch)]
    command = [sys.executable, "-m", "modelassay", "serve-grader", "--workers", str(options.workers)]
    found: dict[str, Any] = {"workers": options.workers, "batch": options.batch, "seconds": options.seconds}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        try:
            with httpx.Client(base_url=url, timeout=600) as client:
                served = functools.partial(graded, client)
                with Grader(workers=options.workers) as grader:
                    here = InProcess(grader)
                    turn(here, batches, 0), turn(served, batches, 0)  # both warm
                    rates = [
                        (turn(here, batches, options.seconds), turn(served, batches, options.seconds))
                        for _ in range(options.rounds)
                    ]
                found["in_process"], found["service"] = ([round(r[i]) for r in rates] for i in (0, 1))
                found["ratio_median"] = round(statistics.median(s / p for p, s in rates), 3)
                rate = 0.8 * statistics.median(s for _, s in rates)
                found["batches_of_32_at_80_percent"] = latencies(client, rate, samples[:32], options.seconds)
                for workers in [n for n in (1, 2, 4) if n <= (os.cpu_count() or 1)]:
                    with Grader(workers=workers) as one:
                        turn(InProcess(one), batches, 0)
                        found.setdefault("by_workers", {})[workers] = [
                            round(turn(InProcess(one), batches, options.seconds)) for _ in range(3)
                        ]
                if options.honest:
                    found["hostile_load"] = hostile_load(client, options.honest, options.hostile)
        finally:
            process.terminate()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
