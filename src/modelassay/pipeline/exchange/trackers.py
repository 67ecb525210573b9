"""Scores into an experiment tracker's own files on this disk: Weights & Biases in offline mode, and Trackio's database.

Nothing is sent: `wandb sync FOLDER` and `trackio sync` do that, when their user says so.
"""

import contextlib
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from modelassay.core.errors import InputError
from modelassay.pipeline.exchange.exported_run import ExportedRun, need_estimates
from modelassay.pipeline.exchange.tables import run_row


def track(run: ExportedRun, tracker: str, folder: Path) -> tuple[int, Path, str]:
    """Log one run's scores under its own name, its plan as settings; how many scores, where.

    Raises InputError where the tracker is not installed, or the run has no estimates.
    """
    need_estimates(run, tracker)
    name, settings, scores = run.folder.root.resolve().name, _settings(run), _scores(run)
    if tracker == "trackio":
        _keep_trackio_here(folder)
    try:
        import_module(tracker)  # before a folder is made
    except ImportError as error:
        raise InputError(
            f"{tracker} is not installed", hint=f"pip install 'modelassay[{tracker}]', or --to scores-csv"
        ) from error
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.redirect_stdout(sys.stderr):  # both say what they do there
        if tracker == "wandb":
            _wandb(folder, name, settings, scores)
        else:
            _trackio(folder, name, settings, scores)
    return len(run.estimates), folder, "scores"


def _settings(run: ExportedRun) -> dict[str, Any]:
    """What identifies the run, as far as it is known."""
    known = {key: value for key, value in run_row(run).items() if key != "run" and value is not None}
    return {**known, "plan_hash": run.manifest.plan_hash, "sandbox_level": run.manifest.sandbox_level}


def _scores(run: ExportedRun) -> dict[str, float]:
    """`base/pass@1`, and its interval's ends beside it."""
    found: dict[str, float] = {}
    for e in run.estimates:
        key = f"{e.suite}/pass@{e.k}"
        found |= {key: e.value, f"{key}/low": e.interval.low, f"{key}/high": e.interval.high}
    return found


def _wandb(folder: Path, name: str, settings: dict[str, Any], scores: dict[str, float]) -> None:
    import wandb

    quiet = wandb.Settings(silent=True, console="off")
    run = wandb.init(
        mode="offline", dir=str(folder), project="modelassay", name=name, config=settings, settings=quiet
    )
    run.log(scores)
    run.finish()


def _keep_trackio_here(folder: Path) -> None:
    """Its folder is read once, when it is imported; with one of the other two it would send what is logged."""
    os.environ["TRACKIO_DIR"] = str(folder.resolve())
    for name in ("TRACKIO_SPACE_ID", "TRACKIO_SERVER_URL"):
        os.environ.pop(name, None)


def _trackio(folder: Path, name: str, settings: dict[str, Any], scores: dict[str, float]) -> None:
    import trackio

    trackio.init(project="modelassay", name=name, config=settings, embed=False)
    trackio.log(scores)
    trackio.finish()
