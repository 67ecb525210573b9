"""Memory of a large study: resident size while 1,000 problems × 100 candidates are sampled, graded and reported.

    python benchmarks/memory.py [--problems 1000] [--n 100] [--length 600]

Own problems, and a server that answers each with one of fifty programs of about LENGTH characters. Prints the main
process's resident size at each tenth of the candidates on disk, and at its end.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STUDY = """
title = "memory"
[sampling]
samples_per_problem = {n}
[estimates]
k = [1]
[[benchmarks]]
file = "p.jsonl"
[[models]]
name = "recorded"
backend = "openai"
endpoint = "{endpoint}"
protocol = "completion"
concurrency = 32
"""


def resident(pid: int) -> float:
    """MiB; 0 once it has ended."""
    try:
        text = Path(f"/proc/{pid}/statm").read_text()
    except OSError:
        return 0.0
    return int(text.split()[1]) * 4096 / 2**20 if text.split()[1] != "0" else 0.0


def lines(path: Path, known: int, at: int) -> tuple[int, int]:
    """How many lines a growing file has, and where counting stopped."""
    with path.open("rb") as file:
        file.seek(at)
        for part in iter(lambda: file.read(1 << 20), b""):
            known += part.count(b"\n")
            at += len(part)
    return known, at


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=1000)
    parser.add_argument("--n", type=int, default=100)
    parser.add_argument("--length", type=int, default=600)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prompts = [f'def f{i}(x):\n    """Add {i} to x."""\n' for i in range(options.problems)]
        rows = [
            {
                "task_id": f"own/{i}", "prompt": prompt, "entry_point": f"f{i}",
                "test": f"def check(candidate):\n    assert candidate(1) == {i + 1}\n",
            }
            for i, prompt in enumerate(prompts)
        ]  # fmt: skip
        (folder / "p.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        answers = {
            prompt: [
                f"    y = {j}\n    # {'x' * options.length}\n    return x + {i if j % 2 else j}\n"
                for j in range(50)
            ]
            for i, prompt in enumerate(prompts)
        }
        (folder / "answers.json").write_text(json.dumps(answers))
        server = Path(__file__).with_name("answering.py")
        command = [sys.executable, str(server), "answers.json", "0"]
        serving = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
        try:
            assert serving.stdout is not None
            endpoint = f"http://127.0.0.1:{serving.stdout.readline().strip()}"
            (folder / "s.toml").write_text(STUDY.format(n=options.n, endpoint=endpoint))
            started = time.monotonic()
            study = subprocess.Popen(
                [sys.executable, "-m", "modelassay.cli.main", "study", "s.toml"], cwd=folder,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            total, step, count, at, peak = options.problems * options.n, 1, 0, 0, 0.0
            while study.poll() is None:
                time.sleep(0.2)
                peak = max(peak, resident(study.pid))
                for path in (folder / "assay-work" / "runs").glob("*/completions.jsonl"):
                    count, at = lines(path, count, at)
                while step <= 10 and count >= total * step / 10:
                    print(
                        f"{step:3d}0 % sampled: {resident(study.pid):7.0f} MiB after {time.monotonic() - started:.0f} s"
                    )
                    step += 1
            print(f"peak {peak:.0f} MiB, exit {study.returncode}, {time.monotonic() - started:.0f} s")
        finally:
            serving.kill()


if __name__ == "__main__":
    main()
