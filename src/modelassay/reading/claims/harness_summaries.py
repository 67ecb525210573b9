"""What harnesses write of a whole run: BigCodeBench's pass_at_k.json, submissions to BigCode's leaderboard, and NeMo
Evaluator's eval-*.json."""

from typing import Any, Final, Literal

from modelassay.core.published import Protocol
from modelassay.reading.claims.claims_draft import ClaimsDraft
from modelassay.reading.claims.json_rows import JsonRows, share_of
from modelassay.reading.claims.model_cards import PASS_AT

# The two prompts of BigCodeBench: the code with its docstring to complete, or an instruction in words.
_SPLITS: Final[dict[str, Literal["completion", "chat"]]] = {"complete": "completion", "instruct": "chat"}


def read_summary(text: str, data: Any, draft: ClaimsDraft) -> bool:
    """File the scores of one of these; False when it is neither."""
    if not isinstance(data, dict):
        return False
    if isinstance(data.get("model"), str) and data.get("split") in _SPLITS and "subset" in data:
        _read_bigcodebench(JsonRows(text, data, draft))
        return True
    if isinstance(data.get("benchmark"), dict) and isinstance(data["benchmark"].get("scores"), dict):
        _read_nemo_evaluator(JsonRows(text, data, draft))
        return True
    meta, results = data.get("meta"), data.get("results")
    if isinstance(meta, dict) and isinstance(meta.get("model"), str) and isinstance(results, list):
        _read_submission(JsonRows(text, data, draft))
        return True
    return False


def _read_bigcodebench(rows: JsonRows) -> None:
    """{"pass@1": 0.21, "model": …, "split": "instruct", "subset": "hard"}: shares of 1."""
    hard = rows.text("subset") == "hard"
    protocol = Protocol(
        benchmark="bigcodebench-hard" if hard else "bigcodebench", prompt_style=_SPLITS[rows.text("split")],
        harness="bigcodebench", written=f"split {rows.text('split')}, subset {rows.text('subset')}",
    )  # fmt: skip
    owner = rows.owner(rows.text("model"))
    for key, value in rows.data.items():
        told, share = PASS_AT.search(key), share_of(value, percent=False)
        if told and share is not None:
            rows.add((key,), "score", owner, value=share, protocol=protocol, metric=f"pass@{told[1]}")


def _read_nemo_evaluator(rows: JsonRows) -> None:
    """{"benchmark": {"name": …, "scores": {"pass@1": {"value": 0.33}}}, "config": {…}}: shares of 1."""
    task = rows.text("benchmark", "name")
    benchmark = rows.draft.terms.benchmark(task)
    model = _model_in(rows.get("config"))
    for name, score in rows.get("benchmark", "scores").items():
        place = ("benchmark", "scores", name, "value")
        told, share = PASS_AT.search(name), share_of(rows.get(*place), percent=False)
        if not told or share is None or not isinstance(score, dict):
            continue
        if benchmark is None:
            rows.skip(place, "a result of a benchmark that is not known")
        elif not model:
            rows.skip(place, "a score, but the file does not say of which model")
        else:
            protocol = rows.draft.terms.protocol(benchmark, task)
            owner = rows.owner(model)
            rows.add(place, "score", owner, value=share, protocol=protocol, metric=f"pass@{told[1]}")


def _model_in(config: object) -> str:
    """The model that a configuration names, at any depth: the first text under a key that says model."""
    if not isinstance(config, dict):
        return ""
    for key in ("model_id", "model_name", "model"):
        if isinstance(config.get(key), str):
            return str(config[key])
    return next((found for value in config.values() if (found := _model_in(value))), "")


def _read_submission(rows: JsonRows) -> None:
    """{"results": [{"task": "humaneval", "pass@1": 0.33}], "meta": {"model": …}}: shares of 1."""
    owner = rows.owner(rows.text("meta", "model"))
    for row in rows.rows("results"):
        task = rows.text(*row, "task")
        benchmark = rows.draft.terms.benchmark(task)
        for key, value in rows.get(*row).items():
            told, share = PASS_AT.search(key), share_of(value, percent=False)
            if not told or share is None:
                continue
            if benchmark is None:
                rows.skip((*row, key), "a result of a benchmark that is not known")
                continue
            protocol = rows.draft.terms.protocol(benchmark, task)
            rows.add((*row, key), "score", owner, value=share, protocol=protocol, metric=f"pass@{told[1]}")
