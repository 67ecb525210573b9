"""The rules that a study file must keep, beyond the types of its keys; a breach is named with its line."""

import math
import re
from collections.abc import Callable
from pathlib import Path

from modelassay.core.errors import InputError
from modelassay.pipeline.plan.study_file import Study
from modelassay.sources.hub import hub_id


def find_key(text: str, table: str, key: str) -> int | None:
    """The 1-based line where `key` (or a table of that name) stands under [table]; None when not found."""
    current = ""
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?", line)
        if header:
            current = header[1]
            if current == ".".join(filter(None, (table, key))):
                return number
        elif current == table and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
            return number
    return None


def check_study(study: Study, path: Path, text: str) -> None:
    """What types can't say: names that must exist or be unique, numbers that must be in range. Raises InputError."""

    def wrong(message: str, hint: str, table: str = "", key: str = "") -> InputError:
        return InputError(message, path=path, line=find_key(text, table, key), hint=hint)

    names = [m.name for m in study.models]
    for name in names:
        if names.count(name) > 1:
            raise wrong(
                f"two models are named {name!r}", "give each model a name of its own", "models", "name"
            )
    if study.baseline is not None and study.baseline not in names:
        raise wrong(
            f"baseline {study.baseline!r} is not a model in this study",
            f"models: {', '.join(names)}",
            "",
            "baseline",
        )
    _check_benchmarks(study, wrong)
    _check_models(study, wrong)
    _check_numbers(study, wrong)
    if find_key(text, "estimates", "k") is not None:  # the usual ks are those that the samples allow
        _check_ks(study, wrong)


def _check_models(study: Study, wrong: Callable[..., InputError]) -> None:
    """Each model has what its backend needs."""
    for model in study.models:
        if model.protocol is not None and model.protocols:
            raise wrong(
                f"model {model.name!r} has both protocol and protocols",
                "keep one of them",
                "models",
                "protocols",
            )
        asks = model.protocol is not None or model.protocols
        if model.backend == "replay" and not model.recordings:
            raise wrong(
                f"model {model.name!r} replays nothing",
                "add [[models.recordings]] with benchmark and samples",
                "models",
                "backend",
            )
        known = [name for entry in study.benchmarks for name in (entry.name, entry.file) if name]
        for recording in model.recordings:
            if recording.benchmark not in known:
                raise wrong(
                    f"a file of samples of {model.name!r} is of {recording.benchmark!r}, which is no benchmark of this study",
                    f"its benchmarks are {', '.join(known) or 'none'}",
                    "models.recordings",
                    "benchmark",
                )
        if model.backend == "openai" and (model.endpoint is None or not asks):
            raise wrong(
                f"model {model.name!r} lacks an endpoint or a protocol",
                'add endpoint = "http://127.0.0.1:8000" and protocol = "completion" or "chat"',
                "models",
                "name",
            )
        if model.hub_id is not None and hub_id(model.hub_id) != (model.hub_id, None):
            raise wrong(
                f"hub_id {model.hub_id!r} is not owner/name",
                'write hub_id = "owner/name", and a commit, tag or branch as revision = "…"',
                "models",
                "hub_id",
            )
        nowhere = model.path is None and model.hub_id is None
        if model.backend in ("transformers", "vllm") and (nowhere or not asks):
            raise wrong(
                f"model {model.name!r} lacks a path or a protocol",
                'add path = "folder with the weights" or hub_id = "owner/name", and protocol = "completion" or "chat"',
                "models",
                "name",
            )


def _check_ks(study: Study, wrong: Callable[..., InputError]) -> None:
    """No k above the number of samples; of precomputed ones it is known only when they are read."""
    largest, n = max(study.estimates.k), study.sampling.samples_per_problem
    if largest > n and any(m.backend != "replay" for m in study.models):
        raise wrong(
            f"pass@{largest} needs {largest} samples for every problem, samples_per_problem is {n}",
            f"take k up to {n}, or samples_per_problem = {largest}",
            "estimates",
            "k",
        )


def _check_benchmarks(study: Study, wrong: Callable[..., InputError]) -> None:
    for entry in study.benchmarks:
        shown = entry.name or entry.file or ""
        rules = [
            (bool(entry.name) != bool(entry.file), "a benchmark needs either a name or a file", "name"),
            (
                entry.problems is None or entry.problems >= 1,
                f"problems of {shown} must be at least 1",
                "problems",
            ),
            (entry.problems is None or not entry.ids, f"{shown} has both problems and ids", "ids"),
        ]
        for held, message, key in rules:
            if not held:
                raise wrong(message, "fix that key", "benchmarks", key)


def _check_numbers(study: Study, wrong: Callable[..., InputError]) -> None:
    s, e = study.sampling, study.estimates
    rules = [
        (s.samples_per_problem >= 1, "samples_per_problem must be at least 1", "sampling", "samples_per_problem"),
        (0 <= s.temperature < math.inf, "temperature must be a number that is not negative", "sampling", "temperature"),
        (0 < s.top_p <= 1, "top_p must be above 0 and at most 1", "sampling", "top_p"),
        (s.top_k >= 0, "top_k must not be negative; 0 is all tokens", "sampling", "top_k"),
        (0 <= s.min_p < 1, "min_p must be at least 0 and below 1", "sampling", "min_p"),
        (0 < s.repetition_penalty < math.inf, "repetition_penalty must be above 0; 1 is none", "sampling", "repetition_penalty"),
        (math.isfinite(s.presence_penalty), "presence_penalty must be a number; 0 is none", "sampling", "presence_penalty"),
        (math.isfinite(s.frequency_penalty), "frequency_penalty must be a number; 0 is none", "sampling", "frequency_penalty"),
        (all(s.stop), "stop must hold no empty text", "sampling", "stop"),
        (s.max_tokens >= 1, "max_tokens must be at least 1", "sampling", "max_tokens"),
        (bool(e.k) and min(e.k) >= 1, "k must list numbers of 1 or more", "estimates", "k"),
        (0 < e.level < 1, "level must be between 0 and 1", "estimates", "level"),
        (0 <= e.margin < 1, "margin must be a share between 0 and 1, such as 0.05", "estimates", "margin"),
        (e.price_per_hour is None or 0 < e.price_per_hour < math.inf, "price_per_hour must be above 0", "estimates", "price_per_hour"),
        (study.grading.workers >= 1, "workers must be at least 1", "grading", "workers"),
    ]  # fmt: skip
    if study.sequential is not None:
        dated = e.cutoff is not None or any(m.cutoff for m in study.models)
        rules += [
            (not e.best_of_n, "best_of_n needs all samples: not with [sequential], which stops at what came out", "estimates", "best_of_n"),
            (not dated, "cutoff needs all problems: not with [sequential], which stops at what came out", "estimates", "cutoff"),
        ]  # fmt: skip
        q, problems = study.sequential, study.sequential.stop == "problems"
        whole = problems and any(m.backend == "transformers" for m in study.models)
        rules += [
            (problems or study.baseline is not None, "sampling in rounds needs a baseline to compare with", "", "sequential"),
            (not whole, "transformers samples whole problems: use vllm, a server or precomputed samples", "sequential", "stop"),
            (q.candidates_per_round >= 1, "candidates_per_round must be at least 1", "sequential", "candidates_per_round"),
            (q.k is None or 1 <= q.k <= s.samples_per_problem, "k must be from 1 to samples_per_problem", "sequential", "k"),
            (q.problems_per_round is None or q.problems_per_round >= 1, "problems_per_round must be at least 1",
             "sequential", "problems_per_round"),
        ]  # fmt: skip
    for held, message, table, key in rules:
        if not held:
            raise wrong(message, "fix that key", table, key)
