"""Memory and time of a study of very many recorded samples: grading, a resume after a kill, and the report.

    python benchmarks/many_samples.py 10000 100000 --graded 200

For each number: a study of that many samples, all different, deduplication off, is begun and killed as soon as it grades. All
grades but `--graded` are then written by this script, since running a million programs says nothing of the driver's memory.
The study is run again to its end. Reported: seconds until it grades again, seconds in all, the largest memory of the driver
process (its test runners not counted) until it grades again and in all, and the size of the report.
"""

import argparse
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ASSAY = Path(sys.executable).parent / "assay"
PROBLEMS = 100
STUDY = """
title = "many"
[sampling]
preflight = false
[estimates]
k = [1, 10]
[grading]
dedupe = false
[[benchmarks]]
file = "problems.jsonl"
[[models]]
name = "recorded"
backend = "replay"
[[models.recordings]]
benchmark = "problems.jsonl"
samples = "samples.jsonl"
"""


def text_of(problem: int, index: int) -> str:
    """Some 400 characters, as a short answer has; every third is wrong."""
    filler = "".join(f"    # {index} {line} of an answer that is as long as most\n" for line in range(6))
    return f"{filler}    return a + b + {problem + (index % 3 == 0)}\n"


def write_inputs(folder: Path, samples: int) -> None:
    """The study, its problems and its samples."""
    (folder / "study.toml").write_text(STUDY)
    rows = [
        {"task_id": f"p/{n}", "prompt": f"def add{n}(a, b):\n", "entry_point": f"add{n}",
         "test": f"def check(candidate):\n    assert candidate(2, 3) == {5 + n}\n"}
        for n in range(PROBLEMS)
    ]  # fmt: skip
    (folder / "problems.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with (folder / "samples.jsonl").open("w") as file:
        for index in range(samples // PROBLEMS):
            for n in range(PROBLEMS):
                file.write(json.dumps({"task_id": f"p/{n}", "completion": text_of(n, index)}) + "\n")


class Study:
    """One run of the study, watched."""

    def __init__(self, folder: Path, assay: Path = ASSAY) -> None:
        command = [str(assay), "study", str(folder / "study.toml"), "--offline"]
        self.began = time.perf_counter()
        self._folder = folder
        self.process = subprocess.Popen(
            [*command, "--workdir", str(folder / "work")],
            stdout=subprocess.DEVNULL, stderr=(folder / "said.txt").open("w"), start_new_session=True,
        )  # fmt: skip

    @property
    def grades(self) -> Path:
        found = list((self._folder / "work").glob("runs/*/grades.jsonl"))
        return found[0] if found else self._folder / "none"

    def until_it_grades(self, size: int) -> float:
        """Seconds until the file of grades is larger than that."""
        while not self.grades.exists() or self.grades.stat().st_size <= size:
            assert self.process.poll() is None, (self._folder / "said.txt").read_text()
            time.sleep(0.02)
        return time.perf_counter() - self.began

    def peak_mib(self) -> float:
        """The driver's largest memory so far."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def write_grades(study: Study, samples: int, left: int) -> int:
    """Grades of all samples but the last; the size of their file. How the program was found is as the build itself says."""
    each = samples // PROBLEMS
    extraction = json.loads(study.grades.read_text().splitlines()[0])["extraction"]
    with study.grades.open("w") as file:
        for n in range(PROBLEMS):
            for index in range(each if n < PROBLEMS - 1 else each - left):
                text = text_of(n, index)
                outcome = "failed" if index % 3 == 0 else "passed"
                grade = {
                    "problem": f"p/{n}", "index": index, "suite": "base", "outcome": outcome, "run_seconds": 0.001,
                    "extraction": extraction, "text_sha256": hashlib.sha256(text.encode()).hexdigest()[:16],
                }  # fmt: skip
                file.write(json.dumps(grade) + "\n")
    return study.grades.stat().st_size


def finished_study(folder: Path, samples: int, assay: Path = ASSAY) -> Path:
    """The work directory of such a study, begun and ended by a build; all its grades but 50 are written by this script."""
    write_inputs(folder, samples)
    first = Study(folder, assay)
    first.until_it_grades(0)
    os.killpg(first.process.pid, signal.SIGKILL)
    first.process.wait()
    write_grades(first, samples, 50)
    assert Study(folder, assay).process.wait() == 0, (folder / "said.txt").read_text()
    return folder / "work"


def measured(samples: int, left: int) -> dict[str, Any]:
    """One number of samples."""
    with tempfile.TemporaryDirectory(prefix="many-samples-") as name:
        folder = Path(name)
        write_inputs(folder, samples)
        first = Study(folder)
        begun = first.until_it_grades(0)
        first_peak = first.peak_mib()
        os.killpg(first.process.pid, signal.SIGKILL)
        first.process.wait()
        size = write_grades(first, samples, left)
        again = Study(folder)
        resumed = again.until_it_grades(size)
        peak = again.peak_mib()
        while again.process.poll() is None:
            try:
                peak_all = again.peak_mib()
            except (OSError, StopIteration):
                break
            time.sleep(0.02)
        assert again.process.wait() == 0, (folder / "said.txt").read_text()
        report = (folder / "work" / "report.html").stat().st_size
        return {
            "samples": samples, "first_grade_seconds": round(begun, 1), "first_peak_mib": round(first_peak),
            "resume_seconds": round(resumed, 1), "resume_peak_mib": round(peak), "peak_mib": round(peak_all),
            "seconds": round(time.perf_counter() - again.began, 1), "report_bytes": report,
        }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("samples", type=int, nargs="+")
    parser.add_argument("--graded", type=int, default=50, help="samples that are left to be graded")
    options = parser.parse_args()
    for number in options.samples:
        print(json.dumps(measured(number, options.graded)), flush=True)


if __name__ == "__main__":
    main()
