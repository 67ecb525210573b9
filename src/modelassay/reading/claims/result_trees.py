"""Result files of harnesses and programs: a JSON tree whose keys name benchmarks, metrics, languages and a model.

{"humaneval": {"pass@1": 0.27}, "config": {"model": "org/name"}} and its like, at any depth. A number is a score when
its own key, or one above it, names a benchmark and all keys between are words of a result; anything else is left.
"""

import re
from typing import Any, Final

from msgspec.structs import replace as with_fields

from modelassay.core.published import Protocol
from modelassay.evidence.names import split_org
from modelassay.reading.claims.claims_draft import ClaimsDraft
from modelassay.reading.language.mentions import Mention
from modelassay.reading.language.passages import Passage, Scope
from modelassay.reading.language.terms import LANGUAGES, Term
from modelassay.reading.layout.inline_text import Plain
from modelassay.reading.layout.json_places import Leaf, leaves

_METRIC: Final = re.compile(r"pass[\s_-]*(?:@|at)[\s_-]*(\d+)(?:,[\w-]+)?", re.I)
_RESULT: Final = re.compile(
    r"scores?|values?|acc(?:uracy)?|results?|overall|avg|average|mean|full|base|plus|extra|base tests|instruct|complete|hard|metrics?|pass_at_k|all|total_score|exact_match|em",
    re.I,
)
_MODEL_KEY: Final = re.compile(
    r"model(?:[_ ]?(?:name|id|path|name_or_path))?|pretrained|checkpoint|hub_id|repo(?:_id)?|hf_model", re.I
)
_CACHED: Final = re.compile(r"\bmodels--([\w.-]+?)--([\w.-]+)")  # a folder in the Hub's cache
_MODEL_ARGS: Final = re.compile(r"pretrained=([^,\s]+)")


def read_tree(
    text: str,
    data: Any,
    draft: ClaimsDraft,
    *,
    first: int = 1,
    model: Mention | None = None,
    harness: str | None = None,
) -> bool:
    """File the scores of a JSON value that stands at line `first`; False when its keys name no benchmark."""
    found = list(leaves(text, data))
    named = _model_of(found, draft) or model
    any_score = False
    for leaf in found:
        if not isinstance(leaf.value, int | float):
            continue
        place = _place_of(leaf, draft)
        if place is None:
            continue
        protocol, metric = place
        any_score = True
        owner = _owner_above(leaf, draft) or named
        passage, span = _fragment(text, leaf, first)
        share = (
            float(leaf.value) if abs(leaf.value) <= 1 and isinstance(leaf.value, float) else leaf.value / 100
        )
        if not 0 <= share <= 1:
            continue
        if owner is None:
            draft.skip(passage, span, "a score, but the file does not say of which model")
            continue
        draft.add(
            passage, span, "score", model=owner, protocol=with_fields(protocol, harness=harness), metric=metric,
            written=text[leaf.start : leaf.end], value=round(share, 10), measured_by="writer",
        )  # fmt: skip
    return any_score


def _place_of(leaf: Leaf, draft: ClaimsDraft) -> tuple[Protocol, str] | None:
    """The protocol and metric that the keys of a number say, or `None` where they say none."""
    keys = [key for key in leaf.path if isinstance(key, str)]
    metric, version, plus, hard = "", None, False, False
    for depth in range(len(keys) - 1, -1, -1):
        key = keys[depth].strip()
        told = _METRIC.fullmatch(key)
        term = _term(key, draft)
        if term is not None and term.kept:
            return _protocol(term, version, plus, hard), metric or "pass@1"
        if told is not None:
            metric = f"pass@{told[1]}"
        elif key.lower() in LANGUAGES:
            version = LANGUAGES[key.lower()]
        elif _RESULT.fullmatch(key):
            plus = plus or key.lower() in ("plus", "extra")
            hard = hard or key.lower() == "hard"
        elif term is not None or not (depth < len(keys) - 1 and metric):
            return None
    return None


def _term(key: str, draft: ClaimsDraft) -> Term | None:
    """The benchmark that a key names, if it names nothing else."""
    terms = draft.terms.find("benchmarks", key)
    if len(terms) != 1:
        return None
    rest = re.sub(r"pass\s?@\s?\d+|[\W_]+", "", f"{key[: terms[0].start]} {key[terms[0].end :]}")
    return terms[0] if len(rest) <= 12 else None


def _protocol(term: Term, version: str | None, plus: bool, hard: bool) -> Protocol:
    name = term.name
    if plus and name in ("humaneval", "mbpp"):
        name += "+"
    if hard and name == "bigcodebench":
        name += "-hard"
    return Protocol(benchmark=name, version=term.version or version)


def _model_of(found: list[Leaf], draft: ClaimsDraft) -> Mention | None:
    """The model that the file names under a key of its own."""
    for leaf in found:
        key = next((key for key in reversed(leaf.path) if isinstance(key, str)), "")
        if not isinstance(leaf.value, str) or len(leaf.path) > 3:
            continue
        told = _MODEL_ARGS.search(leaf.value)
        if told is not None:
            return _mention(told[1], draft)
        if (
            _MODEL_KEY.fullmatch(key)
            and re.search(r"[A-Za-z]{2}", leaf.value)
            and leaf.value.lower() not in ("hf", "vllm")
            and not leaf.value.startswith("<")  # "<your model>" holds the place of a name
        ):
            return _mention(leaf.value, draft)
    return None


def _owner_above(leaf: Leaf, draft: ClaimsDraft) -> Mention | None:
    """The model that a key above the number is: {"org/name": {"humaneval": …}}."""
    for key in leaf.path[:-1]:
        if not isinstance(key, str) or _term(key, draft) is not None:
            continue
        resolution = draft.vocabulary.resolve(key)
        if resolution.hub_id is not None and resolution.how != "hub-id":
            return Mention(0, len(key), key, resolution)
        if resolution.how == "hub-id" and re.search(r"\d|[A-Z]", split_org(key)[1]):
            return Mention(0, len(key), key, resolution)
    return None


def _mention(name: str, draft: ClaimsDraft) -> Mention:
    cached = _CACHED.search(name)
    name = f"{cached[1]}/{cached[2]}" if cached is not None else name
    parts = name.rstrip("/").split("/")
    shown = "/".join(parts[-2:]) if len(parts) == 2 and name[0] not in "./~" else parts[-1]
    return Mention(0, len(shown), shown, draft.vocabulary.resolve(shown))


def _fragment(text: str, leaf: Leaf, first: int) -> tuple[Passage, list[tuple[int, int]]]:
    start = leaf.key_start if "\n" not in text[leaf.key_start : leaf.start] else leaf.start
    begins = text.rfind("\n", 0, start) + 1
    line = text.count("\n", 0, start) + first  # few numbers of a tree are scores
    piece = text[start : leaf.end]
    return Passage(Plain(piece, [(0, line, start - begins)]), Scope()), [(0, len(piece))]
