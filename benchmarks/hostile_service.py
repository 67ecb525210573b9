"""Hostile programs among honest ones through `assay serve-grader` at full load: is any verdict wrong, is anything lost?

    python benchmarks/hostile_service.py --honest 20000 --hostile 200 [--folder ../shared/hostile] [--workers 2]

Honest samples are right and wrong in turn, over 16 problems, no two alike. Hostile ones are the programs of tests/grading/hostile,
and those of `--folder` in the same form, again from the start until there are enough. All of them define `add` and many
return the sum in the end, so their problem asks for the product: one that passes has cheated. Batches of 256 are
posted by as many threads as keep the service full. A client that is told 429 comes again.

Reported: honest verdicts that changed, hostile samples that passed or were rewarded, samples without a verdict, processes of
the service before and after, samples a second of honest batches before and after, and what /metrics counts.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
from graders import descendants

from service import RIGHT, ROWS, WRONG

HERE = Path(__file__).parent
OWN = HERE.parent / "tests" / "grading" / "hostile"
PRODUCT = {
    "task_id": "product", "prompt": 'def add(a, b):\n    """Multiply."""\n', "entry_point": "add",
    "test": "def check(candidate):\n    assert candidate(2, 3) == 6\n    assert candidate(0, 1) == 0\n"
    "    assert candidate(-4, 9) == -36\n    assert candidate(10, 20) == 200\n    assert candidate(7, 8) == 56\n",
}  # fmt: skip
PROBLEMS = [*ROWS, PRODUCT]
Sample = dict[str, Any]


def hostile_texts(folder: Path | None, canary: Path) -> list[tuple[str, str]]:
    """Names and programs. Those of the folder are bodies below a head, and may name a canary's folder."""
    found = [(path.name, path.read_text("utf-8")) for path in sorted(OWN.glob("*.py.txt"))]
    for path in sorted(folder.glob("[ac][0-9]*.py")) if folder else ():
        head, body = path.read_text("utf-8").split("\ndef add(a, b):\n", 1)
        del head
        body = body.replace("@CANARY@", str(canary)).replace("@@SURROGATE@@", "\ud800")
        found.append((path.name, f"def add(a, b):\n{body}"))
    return found


def samples_of(honest: int, hostile: int, texts: list[tuple[str, str]]) -> list[Sample]:
    """All samples, the hostile ones spread evenly."""
    samples = [
        {"task_id": f"sum/{n % 16}", "completion": f"{RIGHT if n % 2 else WRONG}# {n}\n", "id": n}
        for n in range(honest)
    ]
    every = max(1, honest // max(1, hostile))
    for n in range(hostile):
        name, text = texts[n % len(texts)]
        bad = {"task_id": "product", "completion": f"{text}\n# {n}\n", "id": f"{name} {n}"}
        samples.insert(n * (every + 1), bad)
    return samples


class Service:
    """A running service, and one that posts to it."""

    def __init__(self, workers: int) -> None:
        command = [sys.executable, "-m", "modelassay", "serve-grader", "--workers", str(workers)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.client = httpx.Client(base_url=json.loads(self.process.stdout.readline())["url"], timeout=900)
        self.refused = 0

    def posted(self, batch: list[Sample]) -> dict[str, Any]:
        body = json.dumps({"problems": PROBLEMS, "samples": batch})  # ASCII: a lone surrogate goes as \ud800
        while True:
            response = self.client.post(
                "/v1/grade", content=body, headers={"Content-Type": "application/json"}
            )
            if response.status_code != 429:
                response.raise_for_status()
                found: dict[str, Any] = response.json()
                return found
            self.refused += 1
            time.sleep(float(response.headers["Retry-After"]))

    def rate(self, first: int, batches: int = 4) -> float:
        """Samples a second of honest batches, one after another; numbers from `first` on make new programs."""
        began = time.perf_counter()
        for n in range(batches):
            samples = samples_of(256, 0, [])
            for sample in samples:
                sample["completion"] += f"# {first + n}\n"
            assert len(self.posted(samples)["results"]) == 256
        return 256 * batches / (time.perf_counter() - began)

    def processes(self) -> Counter[str]:
        """What runs below it, by name."""
        found: Counter[str] = Counter()
        for process in descendants(self.process.pid):
            try:
                found[Path(f"/proc/{process}/comm").read_text().strip()] += 1
            except OSError:
                continue
        return found


def told(samples: list[Sample], answers: list[dict[str, Any]]) -> dict[str, Any]:
    """What the answers say of honest and of hostile samples."""
    results = {r["id"]: r for answer in answers for r in answer["results"]}
    ungraded = [u for answer in answers for u in answer["ungraded"]]
    changed = [r for r in results.values() if isinstance(r["id"], int) and r["passed"] != (r["id"] % 2 == 1)]
    bad = [r for r in results.values() if isinstance(r["id"], str)]
    return {
        "samples": len(samples), "answered": len(results), "ungraded": [(u["id"], u["reason"]) for u in ungraded][:10],
        "honest_changed": [(r["id"], r["outcome"], r["detail"]) for r in changed][:10], "hostile_answered": len(bad),
        "hostile_passed": [r["id"] for r in bad if r["passed"]], "hostile_rewarded_in_full": sum(r["reward"] == 1 for r in bad),
        "hostile_rewarded_in_part": [(r["id"], r["reward"]) for r in bad if 0 < r["reward"] < 1],
        "hostile_outcomes": dict(Counter(r["outcome"] for r in bad)),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--honest", type=int, default=20_000)
    parser.add_argument("--hostile", type=int, default=200)
    parser.add_argument("--folder", type=Path, help="more hostile programs")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--threads", type=int, default=6)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hostile-service-") as name:
        canary = Path(name)
        (canary / "keep.txt").write_text("keep")
        texts = hostile_texts(options.folder, canary)
        samples = samples_of(options.honest, options.hostile, texts)
        batches = [samples[n : n + 256] for n in range(0, len(samples), 256)]
        service = Service(options.workers)
        try:
            service.rate(0, 1)
            before, processes = (
                statistics.median(service.rate(10 * n + 1) for n in range(3)),
                service.processes(),
            )
            began = time.perf_counter()
            with ThreadPoolExecutor(options.threads) as threads:
                answers = list(threads.map(service.posted, batches))
            seconds = time.perf_counter() - began
            found = {"hostile_programs": len(texts), "seconds": round(seconds, 1), **told(samples, answers)}
            found["refused_with_429"] = service.refused
            found["rate_before"] = round(before)
            found["rate_after"] = round(statistics.median(service.rate(100 + 10 * n) for n in range(3)))
            found["processes_before"], found["processes_after"] = dict(processes), dict(service.processes())
            lines = service.client.get("/metrics").text.splitlines()
            found["metrics"] = [
                line for line in lines if line.startswith(("assay_grader_retries", "assay_grader_ungraded"))
            ]
            found["canary"] = sorted(p.name for p in canary.iterdir())
        finally:
            service.process.terminate()
            found_rc = service.process.wait(120)
    print(json.dumps({**found, "exit": found_rc}, indent=1))


if __name__ == "__main__":
    main()
