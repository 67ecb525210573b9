"""Samples that cheat or abuse: none passes with wrong code, none leaves a trace, none harms a neighbour."""

import os
import resource
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelassay.core.measured import Completion
from modelassay.core.problems import Check, Problem, Suite
from modelassay.grading import Grader

OWN = sorted((Path(__file__).parent / "hostile").glob("*.py.txt"))
SHARED = sorted((Path(__file__).resolve().parents[3] / "shared" / "hostile").glob("[ac][0-9]*.py"))
PROMPT = 'def {name}(a, b):\n    """Add two numbers."""\n'
ASSERTS = {
    "add": "    assert candidate(2, 3) == 5\n    assert candidate(0, 1) == 1\n    assert candidate(-4, 9) == 5\n"
    "    assert candidate(10, 20) == 30\n    assert candidate(7, 8) == 15\n",
    "addf": "    for x, y in ((0.5, 0.25), (1.5, 2.0), (3.25, -1.0)):\n"
    "        assert abs(candidate(x, y) - (x + y)) < 1e-6\n",
}


def problem(name: str) -> Problem:
    """`add` with integers or `addf` with floats, both in HumanEval's form and without a reference."""
    check = "def check(candidate):\n" + ASSERTS[name]
    return Problem(
        id=name,
        prompt=PROMPT.format(name="add"),
        entry_point="add",
        suites=(Suite(name="base", oracle=Check(source=check)),),
    )


def header(text: str, key: str) -> str:
    return next(
        (line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith(f"# {key}:")), ""
    )


def body_of(text: str, canary: Path) -> str:
    """The candidate in a file of the shared folder: the function's body."""
    body = text.split("\ndef add(a, b):\n", 1)[1]
    return body.replace("@CANARY@", str(canary)).replace("@@SURROGATE@@", "\ud800")


def descendants() -> set[int]:
    """Every process below this one."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:  # it has ended meanwhile
                continue
    found = {os.getpid()}
    while more := {p for p, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {os.getpid()}


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader(dedupe=False) as grader:
        yield grader


@pytest.fixture(scope="module")
def whole(grader: Grader) -> int:
    """How many processes the grader has when all its workers are up."""
    grader.grade(problem("add"), ["    return a + b\n"] * 50)
    time.sleep(1)
    return len(descendants())


def processes_left(most: int) -> int:
    """How many processes there are, once there are no more than `most` or ten seconds have passed."""
    end = time.monotonic() + 10
    while (count := len(descendants())) > most and time.monotonic() < end:
        time.sleep(0.05)
    return count


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    (tmp_path / "keep.txt").write_text("keep")
    return tmp_path


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """What the candidates that reach for the network try to reach."""
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind(("127.0.0.1", 45678))
        except OSError:
            pytest.skip("port 45678 is in use")
        server.listen()
        server.setblocking(False)
        yield server


def check_neighbours(grader: Grader, name: str, hostile: str, form: str) -> str:
    """Grade a hostile candidate among honest ones; its outcome."""
    texts = ["    return a + b\n", hostile, "    return a + b\n", "    return a - b\n"]
    forms = ["continuation", form, "continuation", "continuation"]
    completions = [
        Completion(problem=name, index=i, text=text, form=form)  # type: ignore[arg-type]
        for i, (text, form) in enumerate(zip(texts, forms, strict=True))
    ]

    outcomes = [g.outcome for g in grader.grade(problem(name), completions)]

    assert [outcomes[0], outcomes[2], outcomes[3]] == ["passed", "passed", "failed"]
    return outcomes[1]


@pytest.mark.parametrize("path", SHARED, ids=lambda p: p.stem)
def test_shared(
    path: Path,
    grader: Grader,
    whole: int,
    canary: Path,
    listener: socket.socket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The recorded cheats do not pass and the recorded abuses leave nothing behind."""
    monkeypatch.setenv("SECRET_TOKEN", "hidden")
    text = path.read_text()
    litter = set(Path("/dev/shm").iterdir())
    grader.grade(problem("add"), ["    return a + b\n"])
    started = time.monotonic()

    outcome = check_neighbours(grader, header(text, "problem"), body_of(text, canary), "continuation")

    assert time.monotonic() - started < 60
    assert header(text, "class") != "cheat" or outcome != "passed"
    assert [p.name for p in canary.iterdir()] == ["keep.txt"]
    assert (canary / "keep.txt").read_text() == "keep"
    assert set(Path("/dev/shm").iterdir()) <= litter
    assert processes_left(whole) <= whole
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize("path", OWN, ids=lambda p: p.name.removesuffix(".py.txt"))
def test_own(path: Path, grader: Grader, whole: int) -> None:
    """Our own cheats and abuses; an abuse that gets what it wants raises SystemExit, which is an error.

    Among them are honest programs that a guard could take for what it guards against.
    """
    text = path.read_text()
    grader.grade(problem("add"), ["    return a + b\n"])
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    outcome = check_neighbours(grader, "add", text, "program")

    if header(text, "class") == "honest":
        assert outcome == header(text, "outcome")
        return
    assert outcome != "passed" or header(text, "class") == "abuse"
    assert outcome != "error" or header(text, "class") == "cheat" or "SystemExit" not in text
    assert processes_left(whole) <= whole
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - used < 300_000
    assert not Path("/tmp/owned").exists()
