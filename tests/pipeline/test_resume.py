"""A study killed at any moment goes on where it stopped and ends as an undisturbed one."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from support.running import COMMAND, demo_study

KILLS = 10


def start(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*COMMAND, "study", "s.toml"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=os.environ,
        # A test run in the background of a shell ignores Ctrl-C, and its children would inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads yet
    )


def lines(folder: Path, name: str) -> list[dict[str, object]]:
    """All lines of one kind of file, over all runs."""
    paths = sorted((folder / "assay-work" / "runs").glob(f"*/{name}.jsonl"))
    return [json.loads(line) for path in paths for line in path.read_text().splitlines()]


def outcomes(folder: Path) -> Counter[tuple[object, ...]]:
    return Counter(
        (g["problem"], g["index"], g["suite"], g["outcome"], g["text_sha256"])
        for g in lines(folder, "grades")
    )


@pytest.fixture(scope="module")
def undisturbed(root: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """A study that nobody disturbed, and how long it took."""
    folder = tmp_path_factory.mktemp("undisturbed")
    (folder / "s.toml").write_text(demo_study(root))
    begun = time.monotonic()
    process = start(folder)
    _, errors = process.communicate(timeout=240)
    assert process.returncode == 0, errors.decode()
    return folder, time.monotonic() - begun


def test_killed_study_ends_with_the_same_grades(
    undisturbed: tuple[Path, float], root: Path, tmp_path: Path
) -> None:
    """kill -9 at ten random moments, then to the end: same candidates, same grades, nothing twice."""
    calm, seconds = undisturbed
    (tmp_path / "s.toml").write_text(demo_study(root))
    moments = random.Random()
    for _ in range(KILLS):
        process = start(tmp_path)
        try:
            process.wait(timeout=moments.uniform(0.5, 1.1) * seconds * moments.random() + 0.3)
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate()

    last = start(tmp_path)
    _, errors = last.communicate(timeout=240)

    assert last.returncode == 0, errors.decode()
    assert outcomes(tmp_path) == outcomes(calm)
    for name in ("completions", "grades"):
        assert len(lines(tmp_path, name)) == len(lines(calm, name))


def test_finished_study_does_nothing_again(undisturbed: tuple[Path, float]) -> None:
    """Run once more, a finished study changes no candidate and no grade."""
    calm, _ = undisturbed
    files = sorted((calm / "assay-work" / "runs").glob("*/*.jsonl"))
    before = {
        path: (path.stat().st_mtime_ns, path.read_bytes())
        for path in files
        if path.stem in ("completions", "grades")
    }

    process = start(calm)
    process.communicate(timeout=240)

    assert process.returncode == 0
    assert {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in before} == before


def test_finished_study_loads_nothing_that_samples(undisturbed: tuple[Path, float]) -> None:
    """With all samples there, neither torch nor transformers is imported, which take seconds."""
    folder, _ = undisturbed
    command = [sys.executable, "-X", "importtime", *COMMAND[1:], "study", "s.toml"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    loaded = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines()}

    assert "modelassay.pipeline.study" in loaded
    assert not loaded & {"torch", "transformers"}


def test_interrupt_says_how_to_go_on(root: Path, tmp_path: Path) -> None:
    """Ctrl-C: exit 130 and one line that says what to do."""
    (tmp_path / "s.toml").write_text(demo_study(root, limit=30, n=40))
    process = start(tmp_path)
    deadline = time.monotonic() + 60
    while (
        not list((tmp_path / "assay-work").glob("runs/*/completions.jsonl")) and time.monotonic() < deadline
    ):
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)

    assert process.returncode == 130, errors.decode()
    assert "run the same command again" in errors.decode()
    assert "Traceback" not in errors.decode()
