"""The share of programs that cheat which each mode of judging lets through, and which those are.

    python benchmarks/sealed_cheats.py [--hostile DIR]

The cheats are those of tests/grading/hostile that are marked as such, and files `c….py` in DIR, written for a function
`add(a, b)`. They are graded under two forms of tests, in the sealed mode and across the trust boundary, beside a right
program, which has to pass. No cheat gives the sum, so one that passes was let through.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from modelassay.core.measured import Completion
from modelassay.core.problems import Check, Problem, Suite
from modelassay.grading import Grader

OWN = Path(__file__).resolve().parents[1] / "tests" / "grading" / "hostile"
CAPTURES = "import contextlib, io\n"  # what sends a problem without a reference to the sealed mode
QUIET = "    with contextlib.redirect_stdout(io.StringIO()):\n        pass\n"
RIGHT = "def add(a, b):\n    return a + b\n"
TESTS = {
    "values written out": "    assert candidate(2, 3) == 5\n    assert candidate(10, 20) == 30\n",
    "computed beside the sample": "    for a, b in ((2, 3), (0, 1)):\n        assert candidate(a, b) == a + b\n",
}


def cheats(folder: Path | None) -> Iterator[tuple[str, str]]:
    """Names and programs; only those that define the function."""
    for path in sorted(OWN.glob("*.py.txt")):
        text = path.read_text("utf-8")
        if "# class: cheat" in text and "def add(a, b)" in text:
            yield path.name, text
    for path in sorted(folder.glob("c[0-9]*.py")) if folder else ():
        text = path.read_text("utf-8").split("# ---", 1)[-1]
        if "def add(a, b)" in text:
            yield path.name, text


def problem(body: str, *, sealed: bool) -> Problem:
    """The tests for one mode: they capture output, without which they are asked across the boundary."""
    source = (CAPTURES if sealed else "") + "def check(candidate):\n" + (QUIET if sealed else "") + body
    return Problem(
        id="add", prompt="def add(a, b):\n", entry_point="add",
        suites=(Suite(name="base", oracle=Check(source=source)),),
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--hostile", type=Path)
    listed = list(cheats(parser.parse_args().hostile))
    texts = [RIGHT, *(text for _, text in listed)]
    samples = [Completion(problem="add", index=i, text=t, form="program") for i, t in enumerate(texts)]
    print("| tests | mode | cheats | let through | ended otherwise |\n|---|---|---|---|---|")
    through: list[str] = []
    with Grader() as grader:
        for name, body in TESTS.items():
            for sealed in (True, False):
                first, *others = grader.grade(problem(body, sealed=sealed), samples)
                assert first.outcome == "passed", first
                mode = "sealed" if sealed else "border"
                passed = [g for g in others if g.outcome == "passed"]
                through += [f"{name}, {mode}: {listed[g.index - 1][0]}" for g in passed]
                counts = Counter(g.outcome for g in others if g.outcome != "passed")
                told = ", ".join(f"{o} {n}" for o, n in counts.most_common())
                print(f"| {name} | {mode} | {len(others)} | {len(passed)} | {told} |", flush=True)
    print("\n".join(through))


if __name__ == "__main__":
    main()
