"""OpenCompass's predictions: an object of answers under their places in the data set."""

from collections.abc import Mapping
from typing import Any

from modelassay.sampling.identify import Names
from modelassay.sampling.precomputed.raw import Raw, raws


def is_predictions(document: object) -> bool:
    """Whether this is one object of numbered predictions."""
    return (
        isinstance(document, Mapping)
        and bool(document)
        and all(isinstance(k, str) and k.isdecimal() for k in document)
        and all(isinstance(v, Mapping) and "prediction" in v for v in document.values())
    )


def samples(place: str, entry: Mapping[str, Any], names: Names) -> list[Raw]:
    """The answers to one problem: known by `gold`, where that is an id, else by its place. Raises MalformedError."""
    gold = entry.get("gold")
    problem = names.by_id(gold) if isinstance(gold, str) and len(gold) < 100 else None
    place = f"entry {place}" if problem is None else place
    problem = problem or names.by_place(int(place.rpartition(" ")[2]))
    return raws(problem, place, entry["prediction"], "prediction", "unknown")


def by_place(document: Mapping[str, Any], names: Names) -> bool:
    """Whether its problems are told by their places."""
    return not all(isinstance(e.get("gold"), str) and names.by_id(e["gold"]) for e in document.values())
