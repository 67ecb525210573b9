"""How many samples a second the grader's service answers beside the grader in one process, and how it scales with workers.

    python benchmarks/service.py --workers 2 --samples 2048 --batch 256 --rounds 5

The two alternate, on the same samples, all different so that none is run for another. Then: the latency of batches at
80 % of the measured rate, and 200 hostile programs among honest ones at full load, with every verdict compared with the
one that the grader in one process gives.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
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


def in_process(grader: Grader, batches: list[list[dict[str, Any]]]) -> float:
    """Samples a second of the grader in this process, batch after batch."""
    problems = {p.id: p for p in problems_of_rows(enumerate(ROWS, 1), Path("rows"))}
    began = time.perf_counter()
    for batch in batches:
        names = dict.fromkeys(s["task_id"] for s in batch)
        grader.grade_many(
            [(problems[n], [s["completion"] for s in batch if s["task_id"] == n]) for n in names]
        )
    return sum(map(len, batches)) / (time.perf_counter() - began)


def posted(client: httpx.Client, batch: list[dict[str, Any]]) -> dict[str, Any]:
    """The answer to one batch, asked again as long as the service is full."""
    while True:
        response = client.post("/v1/grade", json={"problems": ROWS, "samples": batch})
        if response.status_code != 429:
            response.raise_for_status()
            found: dict[str, Any] = response.json()
            return found
        time.sleep(float(response.headers["Retry-After"]))


def over_http(client: httpx.Client, batches: list[list[dict[str, Any]]]) -> float:
    """Samples a second of the service, batch after batch."""
    began = time.perf_counter()
    for batch in batches:
        answer = posted(client, batch)
        assert len(answer["results"]) == len(batch), answer["ungraded"][:3]
    return sum(map(len, batches)) / (time.perf_counter() - began)


def latencies(client: httpx.Client, rate: float, batch: list[dict[str, Any]], number: int) -> list[float]:
    """Seconds to the answer of batches that are sent at this many samples a second, whatever is still open."""
    found: list[float] = []
    with ThreadPoolExecutor(32) as threads:
        began = time.perf_counter()

        def one(due: float) -> None:
            posted(client, batch)
            found.append(time.perf_counter() - due)

        for n in range(number):
            due = began + n * len(batch) / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            threads.submit(one, due)
    return sorted(found)


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
    parser.add_argument("--samples", type=int, default=2048)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--honest", type=int, default=0, help="honest samples beside --hostile ones; 0 leaves it out"
    )
    parser.add_argument("--hostile", type=int, default=200)
    options = parser.parse_args()
    samples = samples_of(options.samples)
    batches = [samples[n : n + options.batch] for n in range(0, len(samples), options.batch)]
    command = [sys.executable, "-m", "modelassay", "serve-grader", "--workers", str(options.workers)]
    found: dict[str, Any] = {"workers": options.workers, "batch": options.batch, "samples": options.samples}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        try:
            with httpx.Client(base_url=url, timeout=600) as client, Grader(workers=options.workers) as grader:
                in_process(grader, batches[:1])
                over_http(client, batches[:1])
                rates = [
                    (in_process(grader, batches), over_http(client, batches)) for _ in range(options.rounds)
                ]
                grader.close()
                found["in_process"], found["service"] = ([round(r[i]) for r in rates] for i in (0, 1))
                found["ratio_median"] = round(statistics.median(s / p for p, s in rates), 3)
                rate = 0.8 * statistics.median(s for _, s in rates)
                took = latencies(client, rate, samples[:32], 200)
                found["batches_of_32_at_80_percent"] = {
                    "median": round(took[100], 4),
                    "p99": round(took[197], 4),
                }
                for workers in (1, 2, 4):
                    if workers <= (os.cpu_count() or 1):
                        with Grader(workers=workers) as one:
                            in_process(one, batches[:1])
                            found.setdefault("by_workers", {})[workers] = [
                                round(in_process(one, batches)) for _ in range(3)
                            ]
                if options.honest:
                    found["hostile_load"] = hostile_load(client, options.honest, options.hostile)
        finally:
            process.terminate()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
