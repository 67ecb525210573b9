"""The grader at full load: hostile candidates among honest ones, and a machine that is busy with other work.

Slow (minutes): ASSAY_SLOW=1.
"""

import json
import multiprocessing
import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from grading.test_hostile import OWN, SHARED, body_of, descendants, problem, processes_left
from modelassay.core.measured import Completion
from modelassay.grading import Grader
from support.running import Assay

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.environ.get("ASSAY_SLOW"), reason="takes minutes; set ASSAY_SLOW=1"),
]
HONEST, HOSTILE = 2000, 200
LONGEST = (
    20.0  # seconds that one hostile candidate may cost at the very most, all limits and restarts together
)


def hostile(canary: Path) -> list[Completion]:
    """Cheats and abuses of both collections, again from the start until there are enough; index from HONEST on."""
    texts = [(path.read_text(), "program") for path in OWN]
    texts += [(body_of(path.read_text(), canary), "continuation") for path in SHARED]
    chosen = [texts[i % len(texts)] for i in range(HOSTILE)]
    return [
        Completion(problem="add", index=HONEST + i, text=f"{text}\n# {i}\n", form=form)  # type: ignore[arg-type]
        for i, (text, form) in enumerate(chosen)
    ]


def honest() -> list[Completion]:
    """Right and wrong programs in turn, no two alike."""
    bodies = [f"    return a {'-' if i % 2 else '+'} b  # {i}\n" for i in range(HONEST)]
    return [
        Completion(problem="add", index=i, text=body, form="continuation") for i, body in enumerate(bodies)
    ]


@pytest.mark.alone
def test_hostile_among_honest(tmp_path: Path) -> None:
    """Two hundred among two thousand: honest verdicts as ever, a bounded time, no worker lost, nothing left behind."""
    (tmp_path / "keep.txt").write_text("keep")
    good, bad = honest(), hostile(tmp_path)
    mixed = [c for i, one in enumerate(good) for c in ([bad[i // 10], one] if i % 10 == 0 else [one])]
    litter = set(Path("/dev/shm").iterdir())
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with Grader(workers=2, dedupe=False) as grader:
        grader.grade(problem("add"), ["    return a + b\n"] * 200)  # both workers at work
        time.sleep(1)
        before, started = len(descendants()), time.monotonic()

        grades = {g.index: g.outcome for g in grader.grade(problem("add"), mixed)}

        seconds = time.monotonic() - started
        assert processes_left(before) <= before
        again = grader.grade(problem("add"), ["    return a + b\n", "    return a - b\n"] * 50)
    assert len(grades) == HONEST + HOSTILE
    assert {grades[i] for i in range(0, HONEST, 2)} == {"passed"}
    assert {grades[i] for i in range(1, HONEST, 2)} == {"failed"}
    assert [g.outcome for g in again] == ["passed", "failed"] * 50
    assert seconds < HOSTILE * LONGEST / 2
    assert [p.name for p in tmp_path.iterdir()] == ["keep.txt"]
    assert set(Path("/dev/shm").iterdir()) <= litter
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - used < 300_000


def _burn() -> None:
    while True:
        pass


@contextmanager
def busy(loops: int) -> Iterator[None]:
    """That many processes that take all the CPU they get."""
    burning = [multiprocessing.get_context("spawn").Process(target=_burn, daemon=True) for _ in range(loops)]
    for process in burning:
        process.start()
    try:
        yield
    finally:
        for process in burning:
            process.kill()
            process.join()


def verdicts(folder: Path) -> dict[tuple[str, int, str], str]:
    rows = map(json.loads, (folder / "grades.jsonl").read_text().splitlines())
    return {(g["problem"], g["index"], g["suite"]): g["outcome"] for g in rows}


def test_the_same_verdicts_beside_two_busy_loops(
    assay: Assay, shared: Path, benchmarks: Path, tmp_path: Path
) -> None:
    """Limits are of CPU time: five real samples of each problem, endless loops among them, alone and in a crowd."""
    (given,) = (shared / "data" / "samples" / "codegen-16b-n100").glob("HumanEval*.jsonl")
    rows = [json.loads(line) for line in given.read_text().splitlines()]
    for row in rows:
        row["samples"] = row["samples"][:5]
    (tmp_path / "s.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    grade = ("grade", "s.jsonl", "--benchmark", "humaneval+", "--data", benchmarks, "--no-dedupe", "--out")

    alone = assay(*grade, "alone", timeout=1800)
    with busy(2):
        crowded = assay(*grade, "crowded", timeout=1800)

    assert alone.returncode == crowded.returncode == 0, crowded.stderr
    assert "timed-out" in verdicts(tmp_path / "alone").values()
    assert verdicts(tmp_path / "crowded") == verdicts(tmp_path / "alone")
