"""Every Eval Ever 0.3.0: one aggregate record of an evaluation, and a line for every sample and suite beside it.

The schema is that of the package every_eval_ever 0.3.0 (JSON Schema, Draft 7). It has places for an interval with its
level and method and for decoding arguments; what else the protocol is stands in `additional_details`, whose values are
texts. A sample of n for one problem has no place of its own: `sample_id` is `problem#index`.
"""

import datetime
import hashlib
import json
import re
import uuid
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Final

from modelassay.core.encoding import encode_json, whole
from modelassay.core.errors import InputError
from modelassay.core.measured import Estimate
from modelassay.pipeline.exchange.evaluation import Answer, Evaluation
from modelassay.pipeline.exchange.hub_names import DATA_SETS, display_name

SCHEMA_VERSION: Final = "0.3.0"
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._+-]+")


def paths_of(evaluation: Evaluation) -> tuple[str, str]:
    """Where the two files stand below the data store's root, with the pattern that it checks.

    The name's UUID is made from the evaluation's identity, so that exporting it again replaces its files.
    Raises InputError where the model has no name of the form org/name, which the path is made of.
    """
    developer, _, name = evaluation.model.partition("/")
    if not developer or not name or "/" in name:
        raise InputError(
            f"the model is called {evaluation.model!r}, and a record of Every Eval Ever lies below org/name",
            hint="say the model's name of the Hub with --model org/name",
        )
    digest = hashlib.sha256(f"{evaluation.identity} {evaluation.model}".encode()).digest()
    stem = uuid.UUID(bytes=digest[:16], version=4)
    folder = PurePosixPath("data", _slug(evaluation.benchmark), developer, name)
    return f"{folder}/{stem}.json", f"{folder}/{stem}_samples.jsonl"


def _slug(benchmark: str) -> str:
    return _UNSAFE.sub("-", benchmark.replace("+", "-plus")).strip("-.") or "unknown"


def evaluation_id(evaluation: Evaluation) -> str:
    """`eval_name/model_id/timestamp`, from the time at which the evaluation began."""
    model = evaluation.model.replace("/", "_")
    return f"{_slug(evaluation.benchmark)}/{model}/{_epoch(evaluation.started)}"


def sample_lines(evaluation: Evaluation) -> Iterator[bytes]:
    """One line per sample and suite that has a verdict. A sample without one is in none."""
    for answer in evaluation.answers():
        for suite, passed in answer.passed.items():
            yield encode_json(_sample(evaluation, answer, suite, passed)) + b"\n"


def _sample(evaluation: Evaluation, answer: Answer, suite: str, passed: bool) -> dict[str, Any]:
    reference = [answer.reference] if answer.reference else []
    row: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION, "evaluation_id": evaluation_id(evaluation), "model_id": evaluation.model,
        "evaluation_name": _name(evaluation, suite), "evaluation_result_id": _result_id(evaluation, suite, 1),
        "sample_id": f"{answer.problem}#{answer.index}",
        "sample_hash": hashlib.sha256(whole(answer.prompt + "".join(reference)).encode()).hexdigest(),
        "interaction_type": "single_turn",
        "input": {"raw": answer.prompt, "formatted": answer.sent, "reference": reference},
        "output": {"raw": [answer.raw]},
        "answer_attribution": [
            {
                "turn_idx": 0, "source": "output.raw", "extracted_value": answer.program,
                "extraction_method": answer.extraction or "unknown", "is_terminal": True,
            }
        ],
        "evaluation": {"score": float(passed), "is_correct": passed},
        "metadata": {"suite": suite, "outcome": answer.outcomes.get(suite, "unknown"), **answer.details},
    }  # fmt: skip
    if answer.prompt_tokens is not None and answer.completion_tokens is not None:
        row["token_usage"] = {
            "input_tokens": answer.prompt_tokens, "output_tokens": answer.completion_tokens,
            "total_tokens": answer.prompt_tokens + answer.completion_tokens,
        }  # fmt: skip
    return row


def record(evaluation: Evaluation, organization: str, rows: int, checksum: str) -> bytes:
    """The aggregate record. organization: who publishes it; rows, checksum: of the file of samples."""
    _, samples = paths_of(evaluation)
    developer = evaluation.model.partition("/")[0]
    relationship = "other"
    if organization:
        relationship = "first_party" if organization.lower() == developer.lower() else "third_party"
    known = [("made_from", evaluation.identity), ("inferred", "; ".join(evaluation.inferred))]
    content: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "evaluation_id": evaluation_id(evaluation),
        "evaluation_timestamp": evaluation.started or None,
        "retrieved_timestamp": str(_epoch(evaluation.started)),
        "source_metadata": {
            "source_name": evaluation.origin, "source_type": "evaluation_run",
            "source_organization_name": organization or "unknown", "evaluator_relationship": relationship,
            "additional_details": {name: text for name, text in known if text},
        },
        "eval_library": {
            "name": evaluation.library[0], "version": evaluation.library[1],
            "additional_details": evaluation.library_details,
        },
        "model_info": _model(evaluation),
        "evaluation_results": [_result(evaluation, e) for e in evaluation.estimates],
        "detailed_evaluation_results": {
            "format": "jsonl", "file_path": samples, "hash_algorithm": "sha256", "checksum": checksum, "total_rows": rows,
        },
    }  # fmt: skip
    return json.dumps(_without_none(content), indent=1, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _model(evaluation: Evaluation) -> dict[str, Any]:
    developer, _, name = evaluation.model.partition("/")
    engine = evaluation.engine
    return {
        "name": name, "id": evaluation.model, "developer": developer,
        "inference_engine": {"name": engine[0], "version": engine[1]} if engine else None,
        "additional_details": {
            "deployment_type": "self_deployed" if evaluation.self_deployed else "unknown",
            "model_availability": "open_weights" if evaluation.self_deployed else "unknown",
            **evaluation.model_details,
        },
    }  # fmt: skip


def _result(evaluation: Evaluation, estimate: Estimate) -> dict[str, Any]:
    interval = estimate.interval
    counted = {
        "interval_target": interval.target, "samples_per_problem": str(estimate.samples_per_problem),
        "ungraded_samples": str(estimate.ungraded), "problems_left_out": str(estimate.left_out),
    }  # fmt: skip
    return {
        "evaluation_result_id": _result_id(evaluation, estimate.suite, estimate.k),
        "evaluation_name": _name(evaluation, estimate.suite),
        "source_data": _source_data(evaluation),
        "metric_config": {
            "metric_id": "pass_at_k", "metric_name": f"pass@{estimate.k}", "metric_kind": "pass_rate",
            "metric_unit": "proportion", "metric_parameters": {"k": estimate.k, "n": estimate.samples_per_problem},
            "lower_is_better": False, "score_type": "continuous", "min_score": 0, "max_score": 1,
        },
        "score_details": {
            "score": estimate.value, "details": counted,
            "uncertainty": {
                "confidence_interval": {
                    "lower": interval.low, "upper": interval.high, "confidence_level": interval.level,
                    "method": f"{interval.method}; problems are the clusters",
                },
                "num_samples": estimate.problems,
            },
        },
        "generation_config": {
            "generation_args": evaluation.generation, "additional_details": evaluation.generation_details,
        },
    }  # fmt: skip


def _source_data(evaluation: Evaluation) -> dict[str, Any]:
    known = DATA_SETS.get(evaluation.benchmark)
    name = f"{display_name(evaluation.benchmark)} {evaluation.version}".strip()
    if known is None:
        return {"dataset_name": name, "source_type": "other", "additional_details": evaluation.data_details}
    return {
        "dataset_name": name, "source_type": "hf_dataset", "hf_repo": known.repository, "hf_split": known.split,
        "samples_number": len(evaluation.problems), "sample_ids": list(evaluation.problems),
        "additional_details": evaluation.data_details,
    }  # fmt: skip


def _name(evaluation: Evaluation, suite: str) -> str:
    """`HumanEval+`; its weaker suite is `HumanEval+ (base tests)`, which is not the set of that name for MBPP."""
    suites = list(dict.fromkeys(e.suite for e in evaluation.estimates))
    shown = display_name(evaluation.benchmark)
    return shown if not suites or suite == suites[-1] else f"{shown} ({suite} tests)"


def _result_id(evaluation: Evaluation, suite: str, k: int) -> str:
    return f"{_slug(evaluation.benchmark)}/{suite}/pass@{k}"


def _epoch(started: str) -> int:
    """Seconds since 1970; 0 where the time is not known."""
    try:
        when = datetime.datetime.fromisoformat(started)
    except ValueError:
        return 0
    return int((when if when.tzinfo else when.replace(tzinfo=datetime.UTC)).timestamp())


def _without_none(content: Any) -> Any:
    if isinstance(content, dict):
        return {k: _without_none(v) for k, v in content.items() if v is not None}
    return [_without_none(v) for v in content] if isinstance(content, list) else content
