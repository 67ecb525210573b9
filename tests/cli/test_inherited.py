"""What a shell hands on is no matter, or is named in one line with the remedy."""

import json
import subprocess
from pathlib import Path

import pytest

from support.running import COMMAND

ROW = {
    "task_id": "p", "prompt": "def add(a, b):\n", "entry_point": "add", "canonical_solution": "    return a + b\n",
    "test": "def check(candidate):\n    assert candidate(2, 3) == 5\n",
}  # fmt: skip


def graded(folder: Path, shell: str) -> subprocess.CompletedProcess[str]:
    """`assay grade` after a line of shell."""
    (folder / "problems.jsonl").write_text(json.dumps(ROW))
    (folder / "samples.jsonl").write_text(json.dumps({"task_id": "p", "completion": "    return a + b\n"}))
    command = " ".join([*COMMAND, "grade samples.jsonl --problems problems.jsonl --workdir w --out o"])
    return subprocess.run(
        ["bash", "-c", f"{shell}\n{command}"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    "shell",
    ["trap '' CHLD", "exec >&-", "exec <&- >&- 2>&-", "export PYTHONIOENCODING=ascii LC_ALL=C", "ulimit -n 40", "trap '' ALRM VTALRM"],
)  # fmt: skip
def test_is_no_matter(tmp_path: Path, shell: str) -> None:
    """Ignored signals, closed or narrow streams and few descriptors change no grade."""
    done = graded(tmp_path, shell)

    assert done.returncode == 0, done.stderr
    (row,) = map(json.loads, (tmp_path / "o" / "grades.jsonl").read_text().splitlines())
    assert row["outcome"] == "passed"


@pytest.mark.parametrize(
    ("shell", "remedy"),
    [("ulimit -v 3000000", "ulimit -v unlimited"), ("ulimit -f 0", "ulimit -f unlimited")],
)
def test_is_named(tmp_path: Path, shell: str, remedy: str) -> None:
    """Too little memory would be blamed on samples; files of no size cannot be written."""
    done = graded(tmp_path, shell)

    assert done.returncode == 1
    assert remedy in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
