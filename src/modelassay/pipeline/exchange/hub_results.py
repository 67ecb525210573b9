"""Scores as the Hugging Face Hub takes them: `.eval_results/*.yaml` and a card's `model-index`.

Neither has a place for an interval or for how samples were drawn, so both stand in the free text: a score without
them cannot be compared with another one.
"""

from collections.abc import Sequence
from typing import Any

import yaml

from modelassay import __version__
from modelassay.core.errors import InputError
from modelassay.core.measured import Estimate
from modelassay.pipeline.exchange.exported_run import ExportedRun
from modelassay.pipeline.exchange.hub_names import DATA_SETS, DataSet


def eval_results(runs: Sequence[ExportedRun], source_url: str = "") -> bytes:
    """A list of entries for `.eval_results/NAME.yaml`: the smallest k of the strictest suite, in percent."""
    entries = []
    for run in runs:
        data_set, best = _data_set(run), _strictest(run)[0]
        entry: dict[str, Any] = {
            "dataset": {"id": data_set.repository, "task_id": data_set.config},
            "value": _percent(best),
            "date": _date(run),
            "notes": note(run, best),
        }
        if source_url:
            entry["source"] = {"url": source_url, "name": f"modelassay run {run.manifest.plan_hash}"}
        entries.append(entry)
    return _yaml(entries)


def model_index(runs: Sequence[ExportedRun], source_url: str = "") -> bytes:
    """A card with nothing but front matter: `model-index` with every k of the strictest suite of each run.

    `args` of a metric holds what the metric rests on, and the interval as numbers, in percent as the value is.
    """
    results = []
    for run in runs:
        data_set = _data_set(run)
        result: dict[str, Any] = {
            "task": {"type": "text-generation", "name": "Code generation"},
            "dataset": {
                "type": data_set.repository, "name": data_set.name, "config": data_set.config,
                "split": data_set.split,
            },
            "metrics": [
                {
                    "type": "pass@k", "name": f"pass@{e.k}", "value": _percent(e), "verified": False,
                    "args": {
                        "k": e.k, "interval_low": round(100 * e.interval.low, 2),
                        "interval_high": round(100 * e.interval.high, 2), "interval_level": e.interval.level,
                        "notes": note(run, e),
                    },
                }
                for e in _strictest(run)
            ],
        }  # fmt: skip
        if source_url:
            result["source"] = {"name": f"modelassay run {run.manifest.plan_hash}", "url": source_url}
        results.append(result)
    name = runs[0].model.rpartition("/")[2]
    index = {"model-index": [{"name": name, "results": results}]}
    return b"---\n" + _yaml(index) + b"---\n"


def one_model(runs: Sequence[ExportedRun]) -> None:
    """Raises InputError where runs are of several models: these files belong to one repository."""
    names = list(dict.fromkeys(run.model for run in runs))
    if len(names) > 1:
        raise InputError(
            f"runs of {len(names)} models, and the file belongs to one: {', '.join(names[:3])}",
            path=runs[1].folder.root,
            hint="export the runs of one model at a time",
        )


def note(run: ExportedRun, estimate: Estimate) -> str:
    """Protocol and interval in one line: `pass@1, n=50, t=0.2, chat prompt, 164 problems, 95% CI 34.9-47.6, …`."""
    plan, interval = run.manifest.plan, estimate.interval
    parts = [f"pass@{estimate.k}", f"n={estimate.samples_per_problem}"]
    if plan.decoding is not None:
        parts += [
            f"t={plan.decoding.temperature:g}",
            f"top_p={plan.decoding.top_p:g}",
            f"protocol {plan.protocol}",
        ]
    else:
        parts += ["precomputed samples, protocol and decoding not known"]
    parts += [f"{plan.benchmark} {plan.benchmark_version}", f"{estimate.problems} problems"]
    parts += [
        f"{100 * interval.level:g}% CI {100 * interval.low:.1f}-{100 * interval.high:.1f} ({interval.target})"
    ]
    if estimate.ungraded or estimate.left_out:
        parts += [f"{estimate.ungraded} samples ungraded, {estimate.left_out} problems left out"]
    parts += [f"suite {estimate.suite}", f"graded by modelassay {__version__}"]
    return ", ".join(parts)


def _strictest(run: ExportedRun) -> list[Estimate]:
    """The estimates of the last suite, which is the strictest."""
    return [e for e in run.estimates if e.suite == run.suite_names[-1]]


def _data_set(run: ExportedRun) -> DataSet:
    found = DATA_SETS.get(run.manifest.plan.benchmark)
    if found is None:
        raise InputError(
            f"{run.manifest.plan.benchmark} is no data set of the Hub",
            path=run.folder.root,
            hint="every-eval-ever, inspect, csv and parquet hold scores of any set",
        )
    return found


def _percent(estimate: Estimate) -> float:
    return round(100 * estimate.value, 2)


def _date(run: ExportedRun) -> str:
    started = run.manifest.started
    return started if started.endswith("Z") else started.replace("+00:00", "Z")


def _yaml(content: object) -> bytes:
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=1000).encode()
