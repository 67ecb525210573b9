"""What the Hub answers about models: `/api/models/NAME`, a page of a listing, and a dataset's leaderboard.

Read are existence, size (from the headers of the safetensors files, never from the name), licence, parent, the date on
which the repository was made, and the scores of `model-index` and of the community's results.
"""

import re
from typing import Any, Final

from modelassay.evidence.fact_files import size_text
from modelassay.reading.claims.claims_draft import ClaimsDraft
from modelassay.reading.claims.json_rows import JsonRows, Path, share_of
from modelassay.reading.claims.model_cards import PASS_AT
from modelassay.reading.language.mentions import Mention
from modelassay.sources.hub_client import creation_day

_HUB_ID: Final = re.compile(r"[\w.-]+/[\w.-]+")
_OF_A_MODEL: Final = frozenset(
    ("baseModels", "cardData", "createdAt", "evalResults", "gated", "gguf", "model-index", "modelId", "pipeline_tag", "safetensors", "sha", "siblings")
)  # fmt: skip
_OF_A_RANK: Final = frozenset(("rank", "modelId", "value"))


def is_model(data: Any) -> bool:
    """Is this what the Hub says of one model?"""
    name = data.get("id") or data.get("modelId") if isinstance(data, dict) else None
    return (
        isinstance(name, str) and _HUB_ID.fullmatch(name) is not None and len(_OF_A_MODEL & data.keys()) >= 1
    )


def is_ranking(data: Any) -> bool:
    """Is this a dataset's leaderboard?"""
    return (
        isinstance(data, list)
        and bool(data)
        and all(isinstance(r, dict) and r.keys() >= _OF_A_RANK for r in data)
    )


def read_answer(text: str, data: Any, draft: ClaimsDraft) -> bool:
    """File what the Hub says of a model, or of each model of a list; False when it is no such answer."""
    if is_model(data):
        _read_model((), JsonRows(text, data, draft))
        return True
    if isinstance(data, list) and data and all(is_model(row) and not is_ranking([row]) for row in data):
        rows = JsonRows(text, data, draft)
        for index in range(len(data)):
            _read_model((index,), rows)
        return True
    return False


def read_ranking(text: str, data: Any, draft: ClaimsDraft, dataset: str) -> bool:
    """File a dataset's leaderboard; False when it is none. dataset: the id in the address that answered it."""
    if not is_ranking(data):
        return False
    benchmark = draft.terms.benchmark(dataset)
    rows = JsonRows(text, data, draft)
    for index, row in enumerate(data):
        share = share_of(row["value"])
        told = PASS_AT.search(str(row.get("notes") or ""))
        if benchmark is None or share is None:
            rows.skip((index, "value"), "a result of a benchmark that is not known")
            continue
        rows.add(
            (index, "value"), "score", rows.owner(str(row["modelId"])), value=share,
            protocol=draft.terms.protocol(benchmark, str(row.get("notes") or "")),
            metric=f"pass@{told[1]}" if told else "",
        )  # fmt: skip
    return True


def _read_model(at: Path, rows: JsonRows) -> None:
    key = "id" if rows.text(*at, "id") else "modelId"
    owner = rows.owner(rows.text(*at, key))
    rows.add((*at, key), "existence", owner)
    total = rows.get(*at, "safetensors", "total")
    if isinstance(total, int | float) and total > 0:
        rows.add(
            (*at, "safetensors", "total"),
            "params",
            owner,
            written=size_text(float(total)),
            value=float(total),
        )
    licence = "license_name" if rows.text(*at, "cardData", "license_name") else "license"
    if rows.text(*at, "cardData", licence):
        rows.add((*at, "cardData", licence), "licence", owner)
    _read_parents(at, owner, rows)
    if made := creation_day(rows.text(*at, "createdAt")):
        rows.add((*at, "createdAt"), "release", owner, written=made)
    _read_index(at, owner, rows)
    _read_results(at, owner, rows)


def _read_parents(at: Path, owner: Mention, rows: JsonRows) -> None:
    parents = rows.get(*at, "cardData", "base_model")
    paths = [(*at, "cardData", "base_model")]
    if isinstance(parents, list):
        paths = [(*paths[0], index) for index in range(len(parents))]
    for path in paths:
        if rows.text(*path):
            parent = rows.owner(rows.text(*path))
            rows.add(path, "lineage", owner, other=parent.hub_id or parent.text)


def _read_index(at: Path, owner: Mention, rows: JsonRows) -> None:
    """`model-index`: what the card's front matter says, as the Hub hands it on."""
    for place in ((*at, "model-index"), (*at, "cardData", "model-index")):
        for entry in rows.rows(*place):
            for result in rows.rows(*entry, "results"):
                words = [rows.text(*result, "dataset", key) for key in ("name", "type", "config")]
                for metric in rows.rows(*result, "metrics"):
                    _read_metric(metric, words, owner, rows)


def _read_metric(at: Path, words: list[str], owner: Mention, rows: JsonRows) -> None:
    terms = rows.draft.terms
    benchmark = next(filter(None, map(terms.benchmark, (*words[:2], " ".join(words)))), None)
    told = PASS_AT.search(f"{rows.text(*at, 'type')} {rows.text(*at, 'name')}")
    share = share_of(rows.get(*at, "value"))
    if benchmark is None or told is None or share is None:
        rows.skip((*at, "value"), "a result of a benchmark or metric that is not known")
        return
    protocol = terms.protocol(benchmark, " ".join(words))
    rows.add((*at, "value"), "score", owner, value=share, protocol=protocol, metric=f"pass@{told[1]}")


def _read_results(at: Path, owner: Mention, rows: JsonRows) -> None:
    """The community's results (`.eval_results/*.yaml`), each with the data set it is on."""
    for row in rows.rows(*at, "evalResults"):
        own = (*row, "data") if isinstance(rows.get(*row, "data"), dict) else row
        benchmark = rows.draft.terms.benchmark(rows.text(*own, "dataset", "id"))
        notes, share = rows.text(*own, "notes"), share_of(rows.get(*own, "value"))
        if benchmark is None or share is None:
            rows.skip((*own, "value"), "a result of a benchmark that is not known")
            continue
        told = PASS_AT.search(notes)
        rows.add(
            (*own, "value"), "score", owner, value=share, protocol=rows.draft.terms.protocol(benchmark, notes),
            metric=f"pass@{told[1]}" if told else "",
        )  # fmt: skip
