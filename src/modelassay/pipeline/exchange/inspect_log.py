"""Inspect's log of version 2, `.eval`: a zip with a header, the summaries and one file per sample and epoch.

Sample j of a problem is epoch j + 1. The layout was read from logs that inspect_ai 0.3.285 writes, which reads these.
"""

import io
import zipfile
from typing import Any, Final

from modelassay import __version__
from modelassay.core.encoding import encode_json
from modelassay.core.measured import Completion
from modelassay.core.problems import Problem
from modelassay.pipeline.exchange.exported_run import ExportedRun, Sample

_STOPS: Final = {"stop": "stop", "length": "max_tokens", None: "unknown"}
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # of every member, so that the same run gives the same bytes


def inspect_log(run: ExportedRun) -> bytes:
    """The whole log."""
    sink = io.BytesIO()
    summaries: list[dict[str, Any]] = []
    graded = 0
    with zipfile.ZipFile(sink, "w") as log:
        start = {"version": 2, "eval": _spec(run), "plan": _plan(run)}
        _add(log, "_journal/start.json", start)
        for problem, samples in run.by_problem():
            for sample in samples:
                entry = _sample(run, problem, sample)
                graded += bool(sample.grades)
                _add(log, f"samples/{problem.id}_epoch_{sample.completion.index + 1}.json", entry)
                summaries.append(_summary(entry))
        _add(log, "_journal/summaries/1.json", summaries)
        _add(log, "summaries.json", summaries)
        results = _results(run, len(summaries), graded)
        _add(log, "header.json", {**start, "status": "success", "results": results, "stats": _stats(run)})
    return sink.getvalue()


def _add(log: zipfile.ZipFile, name: str, content: object) -> None:
    member = zipfile.ZipInfo(name, _EPOCH)
    member.compress_type = zipfile.ZIP_DEFLATED
    log.writestr(member, encode_json(content))


def _spec(run: ExportedRun) -> dict[str, Any]:
    manifest, plan = run.manifest, run.manifest.plan
    decoding = plan.decoding
    config: dict[str, Any] = {}
    if decoding is not None:
        config = {
            "temperature": decoding.temperature, "top_p": decoding.top_p, "max_tokens": decoding.max_tokens,
            "stop_seqs": list(decoding.stop) or None, "seed": plan.seed,
        }  # fmt: skip
    samples = plan.samples_per_problem
    return {
        "eval_id": manifest.plan_hash, "run_id": manifest.plan_hash, "created": manifest.started,
        "task": plan.benchmark, "task_id": f"{plan.benchmark}-{manifest.plan_hash}", "task_version": plan.benchmark_version,
        "dataset": {
            "name": plan.benchmark, "samples": len(plan.problems), "sample_ids": list(plan.problems), "shuffled": False,
        },
        "model": run.model, "model_generate_config": {k: v for k, v in config.items() if v is not None},
        "config": {"epochs": samples, "epochs_reducer": ["mean"]} if samples else {},
        "packages": {"modelassay": __version__},
        "scorers": [{"name": suite} for suite in run.suite_names],
        "metadata": {
            "protocol": plan.protocol, "protocol_sha256": plan.protocol_sha256, "backend": plan.backend,
            "revision": plan.revision, "model_sha256": plan.model_sha256, "benchmark_sha256": plan.benchmark_sha256,
            "sandbox_level": manifest.sandbox_level, "grading_settings": manifest.grading_settings,
            "notes": list(manifest.notes),
        },
    }  # fmt: skip


def _plan(run: ExportedRun) -> dict[str, Any]:
    return {
        "name": "plan",
        "steps": [{"solver": f"protocol {run.manifest.plan.protocol or 'unknown'}", "params": {}}],
    }


def _stats(run: ExportedRun) -> dict[str, Any]:
    return {"started_at": run.manifest.started, "completed_at": run.manifest.started, "model_usage": {}}


def _results(run: ExportedRun, samples: int, graded: int) -> dict[str, Any]:
    """One score per suite; its metrics are pass@k, each with its interval in the metadata."""
    scores = []
    for suite in run.suite_names:
        metrics = {
            f"pass@{e.k}": {
                "name": f"pass@{e.k}", "value": e.value,
                "metadata": {
                    "low": e.interval.low, "high": e.interval.high, "level": e.interval.level,
                    "method": e.interval.method, "target": e.interval.target, "problems": e.problems,
                    "samples_per_problem": e.samples_per_problem, "ungraded": e.ungraded, "left_out": e.left_out,
                },
            }
            for e in run.estimates
            if e.suite == suite
        }  # fmt: skip
        scores.append(
            {
                "name": suite, "scorer": suite, "scored_samples": graded, "unscored_samples": samples - graded,
                "metrics": metrics,
            }
        )  # fmt: skip
    return {"total_samples": samples, "completed_samples": samples, "scores": scores}


def _sample(run: ExportedRun, problem: Problem, sample: Sample) -> dict[str, Any]:
    completion, sent = sample.completion, run.prompts.get(problem.id, problem.prompt)
    answer = {"role": "assistant", "content": completion.text, "source": "generate", "model": run.model}
    return {
        "id": problem.id, "epoch": completion.index + 1, "input": sent, "target": problem.reference or "",
        "messages": [{"role": "user", "content": sent, "source": "input"}, answer],
        "output": {
            "model": run.model,
            "choices": [{"message": answer, "stop_reason": _STOPS[completion.finish_reason]}],
            "completion": completion.text, **_usage(completion),
        },
        "scores": _scores(sample),
        "metadata": {"entry_point": problem.entry_point, "form": completion.form},
        "store": {}, "events": [], "model_usage": {}, "attachments": {},
    }  # fmt: skip


def _usage(completion: Completion) -> dict[str, Any]:
    if completion.prompt_tokens is None or completion.completion_tokens is None:
        return {}
    total = completion.prompt_tokens + completion.completion_tokens
    usage = {
        "input_tokens": completion.prompt_tokens, "output_tokens": completion.completion_tokens, "total_tokens": total
    }  # fmt: skip
    return {"usage": usage}


def _scores(sample: Sample) -> dict[str, Any]:
    return {
        suite: {
            "value": "C" if grade.outcome == "passed" else "I",
            "answer": sample.program,
            "explanation": f"{grade.outcome}: {grade.detail}" if grade.detail else grade.outcome,
            "metadata": {"extraction": grade.extraction, "run_seconds": grade.run_seconds},
        }
        for suite, grade in sample.grades.items()
    }


def _summary(entry: dict[str, Any]) -> dict[str, Any]:
    shown = {name: entry[name] for name in ("id", "epoch", "target", "metadata", "scores")}
    return {**shown, "input": entry["input"][:1000], "completed": True}
