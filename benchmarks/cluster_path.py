"""Grading on a Ray cluster of this machine alone beside the local pool: the same recorded samples, alternating.

    .venv-cluster/bin/python benchmarks/cluster_path.py --samples 10000 --rounds 2

Samples a second between the first and the last tenth of the grades, so that starts and ends do not count, as the file of grades
grows; and the seconds of all, starts included.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from many_samples import write_inputs


def run(folder: Path, cluster: bool) -> tuple[float, float]:
    """Samples a second in between, and seconds in all."""
    work = folder / "work"
    shutil.rmtree(work, ignore_errors=True)
    command = [sys.executable, "-m", "modelassay", "study", str(folder / "study.toml"), "--offline"]
    command += ["--workdir", str(work), *(["--cluster", "auto"] if cluster else [])]
    began, seen = time.perf_counter(), [(0.0, 0)]
    said = (folder / "said.txt").open("w")
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said) as process:
        while process.poll() is None:
            size = sum(p.stat().st_size for p in work.glob("runs/*/grades.jsonl"))
            if size > seen[-1][1]:
                seen.append((time.perf_counter() - began, size))
            time.sleep(0.02)
    assert process.returncode == 0, (folder / "said.txt").read_text()[-2000:]
    seconds = time.perf_counter() - began
    (grades,) = work.glob("runs/*/grades.jsonl")
    lines, most = grades.read_bytes().count(b"\n"), max(size for _, size in seen)
    first = next(s for s in seen if s[1] >= most / 10)
    last = next(s for s in seen if s[1] >= 0.9 * most)
    return lines * (last[1] - first[1]) / most / (last[0] - first[0]), seconds


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    with tempfile.TemporaryDirectory(prefix="cluster-path-") as name:
        folder = Path(name)
        write_inputs(folder, options.samples)
        found = [(run(folder, False), run(folder, True)) for _ in range(options.rounds)]
    print(json.dumps({
        "samples": options.samples, "cpus": os.cpu_count(),
        "local_per_second": [round(local[0]) for local, _ in found], "cluster_per_second": [round(c[0]) for _, c in found],
        "local_over_cluster": round(statistics.median(local[0] / c[0] for local, c in found), 3),
        "local_seconds": [round(local[1], 1) for local, _ in found], "cluster_seconds": [round(c[1], 1) for _, c in found],
    }))  # fmt: skip


if __name__ == "__main__":
    main()
