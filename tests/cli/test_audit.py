"""What `assay audit` prints: for people the worst first, for scripts one record a line and an exit code."""

from pathlib import Path

import pytest

from support.running import Assay

NOTE = (
    "# Note\n\n"
    "- deepseek-ai/deepseek-coder-1.3b-instruct: HumanEval pass@1 65.2% (DeepSeek-Coder paper)\n"
    "- deepseek-ai/deepseek-coder-1.3b-instruct: MBPP pass@1 83.1% (DeepSeek-Coder paper)\n"
)


@pytest.fixture
def note(tmp_path: Path) -> Path:
    """A note with one right score and one that the source it names contradicts."""
    path = tmp_path / "note.md"
    path.write_text(NOTE)
    return path


def test_only_what_is_not_confirmed_is_listed(assay: Assay, note: Path) -> None:
    """The wrong score takes two lines; the right one is counted."""
    done = assay("audit", str(note))

    assert done.returncode == 0
    assert f"{note}:4: contradicted · deepseek-ai/deepseek-coder-1.3b-instruct · mbpp" in done.stdout
    assert f"{note}:3:" not in done.stdout
    assert done.stdout.endswith("6 claims: 2 contradicted, 4 confirmed\n")


def test_all_lists_confirmed_claims_too(assay: Assay, note: Path) -> None:
    """--all adds them after what is wrong."""
    lines = assay("audit", str(note), "--all").stdout.splitlines()

    where = [line.split(" · ")[0] for line in lines if line.startswith(f"{note}:") and " · " in line]
    assert where[0] == f"{note}:4: contradicted"
    assert f"{note}:3: confirmed" in where


def test_the_corrected_copy_is_named(assay: Assay, note: Path) -> None:
    """Its path stands at the end of the messages, and the file is there."""
    done = assay("audit", str(note))

    path = Path(done.stderr.split("corrected copy: ")[1].splitlines()[0])
    assert (note.parent / path).is_file()


def test_diff_prints_what_the_copy_changes(assay: Assay, note: Path) -> None:
    """A unified diff whose removed line holds the wrong number."""
    done = assay("audit", str(note), "--diff")

    assert done.stdout.startswith(f"--- {note}")
    removed = [line for line in done.stdout.splitlines() if line.startswith("-") and "83.1%" in line]
    assert len(removed) == 1


@pytest.mark.parametrize(("verdict", "status"), [("contradicted", 1), ("no-such-model", 0)])
def test_fail_on_sets_the_exit_code(assay: Assay, note: Path, verdict: str, status: int) -> None:
    """1 where a claim has the verdict, so that CI can stop on it."""
    assert assay("audit", str(note), "--fail-on", verdict).returncode == status


def test_fail_on_takes_only_verdicts(assay: Assay, note: Path) -> None:
    """A word that is no verdict is a usage error which lists them."""
    done = assay("audit", str(note), "--fail-on", "wrong")

    assert done.returncode == 2
    assert "misattributed" in done.stderr


def test_a_table_in_a_pipe_is_not_padded(assay: Assay) -> None:
    """Cells stand between tabs, so that `cut -f` and grep work."""
    lines = assay("benchmarks").stdout.splitlines()

    assert lines[0].split("\t")[:2] == ["name", "version"]
    assert all(line == line.rstrip() and "  " not in line for line in lines)


def test_a_note_without_a_claim_has_no_copy(assay: Assay, tmp_path: Path) -> None:
    """Nothing was to be corrected, and the message says so."""
    note = tmp_path / "shopping.md"
    note.write_text("Milk, bread and two apples.\n")
    done = assay("audit", note, "--workdir", tmp_path / "work")

    assert done.returncode == 0
    assert "no corrected copy: no claim was read in it" in done.stderr
    assert not (tmp_path / "work" / "corrected").exists()
