"""Time and memory of `assay report` on very many samples, of this build and another one in turn.

    python benchmarks/report_pages.py --other ../other/.venv/bin/assay --samples 100000 --rounds 3

For each build: a study of that many samples (benchmarks/many_samples.py's, all different), graded and finished once by that build
itself, since the files of two builds may differ; then `assay report` on its folder, round after round, each in a process of its
own. Reported: seconds, seconds of CPU, which say more on a busy machine, and the largest
memory of the process.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from many_samples import ASSAY, finished_study


def reported(assay: Path, work: Path) -> dict[str, float]:
    """One `assay report`: seconds, seconds of CPU, and MiB."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [str(assay), "report", "--workdir", str(work), "--offline"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, said.decode()
    cpu = usage.ru_utime + usage.ru_stime
    return {"seconds": time.perf_counter() - began, "cpu": cpu, "mib": usage.ru_maxrss / 1024}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--other", type=Path, help="the command of another build")
    parser.add_argument("--samples", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    builds = {"this": ASSAY} | ({"other": options.other} if options.other else {})
    with tempfile.TemporaryDirectory(prefix="report-pages-") as name:
        works = {}
        for build, assay in builds.items():
            folder = Path(name) / build
            folder.mkdir()
            works[build] = finished_study(folder, options.samples, assay)
        found: dict[str, list[dict[str, float]]] = {build: [] for build in works}
        for _ in range(options.rounds):
            for build, work in works.items():
                found[build].append(reported(builds[build], work))
                print(json.dumps({build: found[build][-1]}), flush=True)
    summary: dict[str, Any] = {"samples": options.samples}
    for build, rounds in found.items():
        for key in ("seconds", "cpu", "mib"):
            values = sorted(r[key] for r in rounds)
            summary[f"{build}_{key}"] = [
                round(v, 1) for v in (values[0], statistics.median(values), values[-1])
            ]
    if options.other:
        for key in ("seconds", "cpu", "mib"):
            summary[f"ratio_{key}"] = [
                round(a[key] / b[key], 2) for a, b in zip(found["this"], found["other"], strict=True)
            ]
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
