"""Rewards from `assay serve-grader` in the shapes that TRL, verl and OpenRLHF ask for. Needs httpx alone.

    assay serve-grader --port 8765        and        ASSAY_GRADER=http://127.0.0.1:8765 in the trainer's environment

The data set needs a column (or `ground_truth`, `labels`) with the row of each problem as JSON, as
`assay grade --problems` takes it. What could not be graded, through no fault of the sample, is never a 0: TRL gets None,
which it leaves out; the others have no word for it and get an exception, after some tries.
"""

import json
import os
import time
from typing import Any

import httpx

TRIES = 20


class NotGradedError(RuntimeError):
    """Samples have no verdict, through no fault of theirs."""


def graded(
    rows: list[dict[str, Any]], texts: list[str], deadline_seconds: float = 120.0
) -> list[float | None]:
    """The reward of each text under the problem's row beside it; None where there is no verdict."""
    names = [json.dumps(row, sort_keys=True) for row in rows]
    number = {name: f"p{n}" for n, name in enumerate(dict.fromkeys(names))}
    body = {
        "problems": [{**json.loads(name), "task_id": short} for name, short in number.items()],
        "samples": [
            {"task_id": number[name], "completion": text, "id": place}
            for place, (name, text) in enumerate(zip(names, texts, strict=True))
        ],
        "deadline_seconds": deadline_seconds,
    }
    rewards: list[float | None] = [None] * len(texts)
    for result in _post("/v1/grade", body, deadline_seconds)["results"]:
        rewards[result["id"]] = result["reward"]
    return rewards


def _post(path: str, body: dict[str, Any], seconds: float) -> dict[str, Any]:
    """The service's answer; asked again while it is full or starting."""
    address = os.environ.get("ASSAY_GRADER", "http://127.0.0.1:8765")
    token = os.environ.get("ASSAY_TOKEN")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    for tries in range(TRIES):
        try:
            response = httpx.post(address + path, json=body, headers=headers, timeout=seconds + 30)
        except httpx.ConnectError:
            time.sleep(min(2.0**tries / 10, 10))
            continue
        if response.status_code not in (429, 503):
            if response.status_code != 200:
                raise NotGradedError(f"{address}{path}: {response.status_code} {response.text[:300]}")
            found: dict[str, Any] = response.json()
            return found
        time.sleep(float(response.headers.get("Retry-After", 1)))
    raise NotGradedError(f"{address} took nothing in {TRIES} tries")


def _complete(rewards: list[float | None]) -> list[float]:
    """Raises NotGradedError where one is missing."""
    if None in rewards:
        raise NotGradedError(f"{rewards.count(None)} of {len(rewards)} samples have no verdict")
    return [float(r) for r in rewards if r is not None]


# --- TRL: GRPOTrainer(reward_funcs=trl_reward, …), with a column `problem` ----------------------------------
def trl_reward(completions: list[Any], problem: list[str], **columns: Any) -> list[float | None]:
    """One reward per completion. A conversational completion is a list of messages, of which the last counts."""
    texts = [c if isinstance(c, str) else c[-1]["content"] for c in completions]
    return graded([json.loads(p) for p in problem], texts)


# --- verl: custom_reward_function.path=…/rewards.py, .name=compute_score ------------------------------------
def compute_score(
    data_source: str, solution_str: str, ground_truth: str, extra_info: Any = None, **more: Any
) -> float:
    """The reward of one answer; `ground_truth` is the problem's row as JSON."""
    return _complete(graded([json.loads(ground_truth)], [solution_str]))[0]


def compute_score_batched(
    data_sources: list[str],
    solution_strs: list[str],
    ground_truths: list[str],
    extra_infos: Any = None,
    **more: Any,
) -> list[float]:
    """The same for a batch (verl's reward manager `batch`)."""
    return _complete(graded([json.loads(g) for g in ground_truths], list(solution_strs)))


# --- OpenRLHF: --remote_rm_url …/rewards.py, with the row as label ------------------------------------------
def reward_func(queries: list[str], prompts: list[str], labels: list[str], **more: Any) -> dict[str, Any]:
    """Rewards, scores and logs as tensors. A query is the prompt with its answer."""
    import torch

    answers = [q.removeprefix(p) for q, p in zip(queries, prompts, strict=True)]
    rewards = torch.tensor(_complete(graded([json.loads(label) for label in labels], answers)))
    return {"rewards": rewards, "scores": rewards, "extra_logs": {"passed": (rewards == 1).float()}}
