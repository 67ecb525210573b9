"""Every mistake in the input is one line that names the file, the line or key and the remedy; exit 1."""

import gzip
import json
import subprocess
from pathlib import Path

import pytest

from support.running import COMMAND, Assay, demo_study


def one_line(text: str) -> str:
    """The only line of an error, which is no traceback."""
    lines = [line for line in text.splitlines() if line.startswith("assay: ")]
    assert len(lines) == 1, text
    assert "Traceback" not in text
    assert " — " in lines[0], "an error without a remedy"
    return lines[0]


def test_unknown_key_is_named_with_its_line(assay: Assay, tmp_path: Path, root: Path) -> None:
    """A key that no table has: file, line, key, and the key that was probably meant."""
    text = demo_study(root).replace("max_tokens", "max_token")
    (tmp_path / "s.toml").write_text(text)
    line = text.splitlines().index("max_token = 80") + 1

    done = assay("study", "s.toml")

    assert done.returncode == 1
    error = one_line(done.stderr)
    assert f"s.toml:{line}: unknown key 'max_token' in [sampling]" in error
    assert "did you mean 'max_tokens'?" in error


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "samples_per_problem = 10",
            'samples_per_problem = "ten"',
            "a whole number is expected here, not a text",
        ),
        ("samples_per_problem = 10", "samples_per_problem = 0", "samples_per_problem must be at least 1"),
        ('title = "small"', "", "the study lacks the key 'title'"),
        ('baseline = "demo-base-0.5m"', 'baseline = "nobody"', "baseline 'nobody' is not a model"),
        ('title = "small"', 'title = "small', "not valid TOML"),
    ],
)
def test_wrong_value_is_explained(
    assay: Assay, tmp_path: Path, root: Path, old: str, new: str, expected: str
) -> None:
    """A value of the wrong type or range, a missing key, broken TOML."""
    (tmp_path / "s.toml").write_text(demo_study(root).replace(old, new, 1))

    done = assay("study", "s.toml")

    assert done.returncode == 1
    assert expected in one_line(done.stderr)
    assert "s.toml" in one_line(done.stderr)


def test_a_folder_or_a_note_is_no_study(assay: Assay, tmp_path: Path) -> None:
    """What was given is named, and what makes a study of it."""
    (tmp_path / "note.md").write_text("# Models\n\nsome text\n")

    folder, note = assay("study", "."), assay("plan", "note.md")

    assert (folder.returncode, note.returncode) == (1, 1)
    assert "this is a folder, not a study file" in one_line(folder.stderr)
    assert "`assay init note.md` makes one from a note" in one_line(note.stderr)


def test_missing_study_file(assay: Assay) -> None:
    """A study that isn't there."""
    done = assay("study", "nowhere.toml")

    assert done.returncode == 1
    assert "nowhere.toml: no such study file" in one_line(done.stderr)


def test_missing_model_path(assay: Assay, tmp_path: Path, root: Path) -> None:
    """A model folder that isn't there is found before anything is sampled."""
    (tmp_path / "s.toml").write_text(
        demo_study(root).replace('demo-instruct-3m"\nprotocol', 'gone"\nprotocol')
    )

    done = assay("study", "s.toml")

    assert done.returncode == 1
    assert "no model folder for 'demo-instruct-3m'" in one_line(done.stderr)
    assert not list((tmp_path / "assay-work").glob("runs/*/completions.jsonl"))


@pytest.mark.parametrize("name", ["nosuchset", "mbpp+@9.9"])
def test_unknown_benchmark(assay: Assay, tmp_path: Path, root: Path, name: str) -> None:
    """A benchmark or version that isn't there."""
    (tmp_path / "s.toml").write_text(demo_study(root).replace('name = "starter"', f'name = "{name}"'))

    done = assay("study", "s.toml")

    assert done.returncode == 1
    assert name.split("@", maxsplit=1)[0] in one_line(done.stderr)


def test_benchmark_offline(assay: Assay, tmp_path: Path, root: Path) -> None:
    """A problem set that would have to be downloaded, with the network off."""
    (tmp_path / "s.toml").write_text(demo_study(root).replace('name = "starter"', 'name = "humaneval+"'))

    done = assay("study", "s.toml", "--offline", ASSAY_DATA="", XDG_CACHE_HOME=str(tmp_path / "cache"))

    assert done.returncode == 1
    assert "humaneval+" in one_line(done.stderr)


def test_empty_note(assay: Assay, tmp_path: Path) -> None:
    """A note without a word."""
    (tmp_path / "note.md").write_text("")

    done = assay("audit", "note.md")

    assert done.returncode == 1
    assert "note.md" in one_line(done.stderr)


def test_note_in_another_encoding(assay: Assay, tmp_path: Path) -> None:
    """A note that is no UTF-8."""
    (tmp_path / "note.md").write_bytes("# Modèle\nQwen2.5-Coder-1.5B: 43,9 % à HumanEval\n".encode("latin-1"))

    done = assay("audit", "note.md")

    assert done.returncode == 1
    assert "note.md" in one_line(done.stderr)


@pytest.mark.parametrize("ending", [".jsonl", ".jsonl.gz"])
def test_broken_line_in_samples(assay: Assay, tmp_path: Path, ending: str) -> None:
    """A samples file with a line that is no JSON."""
    text = '{"task_id": "starter/1", "solution": "def f(): pass"}\n{"task_id": "starter/2", "solut\n'
    path = tmp_path / f"s{ending}"
    path.write_bytes(gzip.compress(text.encode()) if ending.endswith(".gz") else text.encode())

    done = assay("grade", path.name, "--benchmark", "starter", "--out", "out")

    assert done.returncode == 1
    assert f"s{ending}:2" in one_line(done.stderr)


def test_half_written_record_costs_only_itself(assay: Assay, tmp_path: Path, root: Path) -> None:
    """A torn last line is made again; a broken line elsewhere is named, and nothing is deleted."""
    (tmp_path / "s.toml").write_text(demo_study(root, limit=2, n=4))
    assert assay("study", "s.toml").returncode == 0
    run = next((tmp_path / "assay-work" / "runs").glob("demo-base*"))
    before = (run / "grades.jsonl").read_bytes()
    (run / "grades.jsonl").write_bytes(before[:-20])

    torn = assay("study", "s.toml")

    assert torn.returncode == 0, torn.stderr
    lines = before.splitlines()
    (run / "grades.jsonl").write_bytes(b"\n".join([lines[0], b'{"problem": "sta', *lines[1:], b""]))

    broken = assay("study", "s.toml")

    assert broken.returncode == 1
    assert "grades.jsonl:2: broken record" in one_line(broken.stderr)
    assert (run / "grades.jsonl").read_bytes().splitlines()[2:] == lines[1:]


def test_full_disk_is_one_line_and_keeps_the_work(tmp_path: Path, root: Path) -> None:
    """On a full disk the study stops with one line; with room again the same command goes on."""
    if subprocess.run(["unshare", "-Urm", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no user namespaces here, so no small file system to fill")
    (tmp_path / "s.toml").write_text(demo_study(root, limit=2, n=4))
    (tmp_path / "assay-work").mkdir()
    study = f"{' '.join(COMMAND)} study s.toml"
    script = (
        f"mount -t tmpfs -o size=16k none assay-work && {study}; echo first $?; "
        f"mount -o remount,size=64m assay-work && {study} >/dev/null; echo second $?; "
        "cat assay-work/runs/*/grades.jsonl | wc -l"
    )

    done = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert "No space left on device — free some space" in one_line(done.stderr)
    assert done.stdout.splitlines()[-3:] == ["first 1", "second 0", "16"], done.stdout + done.stderr


def test_samples_that_are_not_there(assay: Assay, root: Path) -> None:
    """`grade` names the path; it has no study file to correct."""
    done = assay("grade", "none.jsonl", "--problems", str(root / "examples/own-problems/asserts.jsonl"))
    assert done.returncode == 1
    assert "none.jsonl: no such file or folder of samples — check the path" in one_line(done.stderr)

    unnamed = assay("grade", "none")  # not "give a benchmark": nothing would come of it
    assert unnamed.returncode == 1
    assert "none: no such file or folder of samples" in one_line(unnamed.stderr)


@pytest.mark.parametrize("written", ["humanevalplus", "HumanEval_Plus", "human-eval+"])
def test_a_benchmark_in_another_spelling_is_suggested(assay: Assay, root: Path, written: str) -> None:
    """Nothing is guessed, but the nearest name comes first."""
    done = assay("grade", str(root / "examples/own-problems/answers.jsonl"), "--benchmark", written)
    assert "did you mean humaneval+? choose one of" in one_line(done.stderr)


def test_many_unknown_samples_are_counted(assay: Assay, root: Path, tmp_path: Path) -> None:
    """The first few by name and line, the rest as a number; the JSON has all."""
    asked = root / "examples/own-problems/asserts.jsonl"
    first = json.loads(asked.read_text().splitlines()[0])["task_id"]
    rows = [{"task_id": i, "completion": "x"} for i in [first, *(f"Zed/{n}" for n in range(40))]]
    (tmp_path / "s.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = assay("grade", "s.jsonl", "--problems", str(asked), "--json", "--skip-unjudgeable")
    assert "s.jsonl:2: Zed/0 is not a problem of this set; left out" in done.stderr
    assert "and 35 more samples of problems that are not of this set" in done.stderr
    assert done.stderr.count("Zed/") == 5
    assert len(json.loads(done.stdout)["unknown_problems"]) == 40
