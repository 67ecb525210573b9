"""Model cards: YAML front matter with `model-index`, licence and base model, and `.eval_results` files.

A `value` in a model-index may be percent or a fraction, a number or text; what is at most 1 and has decimals is a
fraction. The card's model is the one its model-index names, else the one its first heading names.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import yaml
from msgspec.structs import replace as with_fields

from modelassay.reading.claims.claims_draft import ClaimsDraft
from modelassay.reading.language.mentions import Mention
from modelassay.reading.language.passages import Passage, Scope
from modelassay.reading.layout.inline_text import make_plain

PASS_AT = re.compile(r"pass[\s_-]*(?:@|at)[\s_-]*(\d+)", re.I)
_VALUE = re.compile(r"\W{0,3}?([~≈∼]|about\s|approx\.?\s)?\s*(\d*\.?\d+(?:e[+-]?\d+)?)\s*(%|percent)?", re.I)
# What an entry of a model-index is called when nobody called it anything.
_NO_NAME = re.compile(r"\W*(?:model|results?|eval\w*|name|model[ _-]?name|untitled|none|null)?\W*", re.I)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def compose(lines: list[str]) -> yaml.Node | None:
    """The YAML of some lines as nodes that know their lines; `None` when it is not YAML."""
    try:
        return yaml.compose("\n".join(lines), _LOADER)
    except (yaml.YAMLError, ValueError):
        return None


def card_model(lines: list[str], draft: ClaimsDraft) -> Mention | None:
    """The model that a front matter's model-index names, or `None`. `lines`: the front matter with its `---`."""
    root = compose(lines[1:-1])
    for entry in _items(_get(root, "model-index")):
        name = _text(_get(entry, "name"))
        if name:
            resolution = draft.vocabulary.resolve(name)
            return Mention(0, len(name), name, resolution)
    return None


def read_front_matter(
    lines: list[str], model: Mention | None, draft: ClaimsDraft, *, sure: bool = False
) -> None:
    """File what a card's front matter claims. `model`: whose card it is; without one nothing can be filed.

    sure: the card's repository is known, so an entry that names no known model is of this one.
    """
    root = compose(lines[1:-1])
    if root is None:
        return
    for entry in _items(_get(root, "model-index")):
        name = _text(_get(entry, "name"))
        owner = Mention(0, len(name), name, draft.vocabulary.resolve(name)) if name else model
        if _NO_NAME.fullmatch(name) is not None or (sure and owner is not None and owner.hub_id is None):
            owner = model
        for result in _items(_get(entry, "results")):
            _read_result(result, owner, draft)
    if model is not None:
        _read_header(root, model, draft)


def _read_header(root: yaml.Node, model: Mention, draft: ClaimsDraft) -> None:
    licence = _get(root, "license_name") or _get(root, "license")
    if licence is not None and _text(licence):
        passage = _passage(licence, draft, 1)
        draft.add(passage, [(0, len(passage.text))], "licence", model=model, written=_text(licence))
    parents = _get(root, "base_model")
    for parent in _items(parents) or ([parents] if parents is not None else []):
        written = _text(parent)
        if written:
            resolution = draft.vocabulary.resolve(written)
            passage = _passage(parent, draft, 1)
            draft.add(
                passage,
                [(0, len(passage.text))],
                "lineage",
                model=model,
                written=written,
                other=resolution.hub_id or written,
            )


def _read_result(result: yaml.Node, owner: Mention | None, draft: ClaimsDraft) -> None:
    dataset = _get(result, "dataset")
    words = " ".join(filter(None, (_text(_get(dataset, key)) for key in ("name", "type", "config"))))
    name, kind = _text(_get(dataset, "name")), _text(_get(dataset, "type"))
    benchmark = draft.terms.benchmark(name) or draft.terms.benchmark(kind) or draft.terms.benchmark(words)
    several = _several(_items(_get(result, "metrics")))
    for metric in _items(_get(result, "metrics")):
        value = _get(metric, "value")
        if value is None:
            continue
        told = PASS_AT.search(f"{_text(_get(metric, 'type'))} {_text(_get(metric, 'name'))}")
        if benchmark is None or owner is None or told is None:
            passage = _passage(value, draft, 1)
            draft.skip(
                passage, [(0, len(passage.text))], "a result of a benchmark or metric that is not known"
            )
            continue
        note = "one of several values of this metric" if told[1] in several else ""
        _file(value, owner, benchmark, f"pass@{told[1]}", draft, 1, f"{words} {note}".strip())


def _several(metrics: Iterator[yaml.Node] | list[yaml.Node]) -> set[str]:
    """The k of every pass@k that one dataset has more than once, with different values."""
    found: dict[str, set[str]] = {}
    for metric in metrics:
        told = PASS_AT.search(f"{_text(_get(metric, 'type'))} {_text(_get(metric, 'name'))}")
        if told is not None:
            found.setdefault(told[1], set()).add(_text(_get(metric, "value")))
    return {k for k, values in found.items() if len(values) > 1}


def _file(
    value: yaml.Node, owner: Mention, benchmark: str, metric: str, draft: ClaimsDraft, first: int, words: str
) -> None:
    written = _text(value)
    found = _VALUE.match(written)
    passage = _passage(value, draft, first)
    if found is None:
        draft.skip(passage, [(0, len(passage.text))], "a value that is not a number")
        return
    number = float(found[2])
    share = number if number <= 1 and "." in found[2] and not found[3] else number / 100
    protocol = draft.terms.protocol(benchmark, words)
    if "several values" in words:
        protocol = with_fields(protocol, written="one of several values of this metric")
    if not 0 <= share <= 1:
        draft.skip(passage, [(0, len(passage.text))], "a score that is not a share")
        return
    draft.add(
        passage, [(0, len(passage.text))], "score", model=owner, protocol=protocol, metric=metric, written=written,
        value=round(share, 10), approximate=bool(found[1]),
    )  # fmt: skip


def read_eval_results(source: list[str], draft: ClaimsDraft, path: Path | None = None) -> None:
    """File a `.eval_results/*.yaml`: rows of dataset id and value. Its model is the repository that it lies in."""
    name = _repository(path)
    root = compose(source)
    for row in _items(root):
        dataset, value = _get(row, "dataset"), _get(row, "value")
        benchmark = draft.terms.benchmark(_text(_get(dataset, "id")))
        if value is None:
            continue
        notes = _text(_get(row, "notes"))
        told = PASS_AT.search(notes)
        if benchmark is None:
            passage = _passage(value, draft, 0)
            draft.skip(passage, [(0, len(passage.text))], "a result of a benchmark that is not known")
            continue
        unnamed = Mention(0, len(name), name, draft.vocabulary.resolve(name))
        _file(value, unnamed, benchmark, f"pass@{told[1]}" if told else "", draft, 0, notes)


def _repository(path: Path | None) -> str:
    """ "org/name" from "…/org/name/.eval_results/f.yaml", or from the hub's cache; "" where the path does not say."""
    parts = path.resolve().parts if path is not None else ()
    if ".eval_results" not in parts:
        return ""
    above = parts[: parts.index(".eval_results")]
    cached = next((part for part in reversed(above) if part.startswith("models--")), None)
    if cached is not None:
        return cached.removeprefix("models--").replace("--", "/", 1)
    return "/".join(above[-2:]) if len(above) > 2 else above[-1] if above else ""


def is_eval_results(source: list[str]) -> bool:
    """Is this text a list of results with dataset ids, rather than a note?"""
    head = "\n".join(source[:40])
    return re.match(r"\s*(?:#.*\n\s*)*-\s+(?:dataset|value)\s*:", head) is not None and "value:" in head


def _passage(node: yaml.Node, draft: ClaimsDraft, first: int) -> Passage:
    """The source line a node stands on, from its key on, as a passage to quote from."""
    number = node.start_mark.line + 1 + first
    raw = draft.source[number - 1]
    start = len(raw) - len(raw.lstrip(" -"))
    return Passage(make_plain([(number, start, raw[start:].rstrip())]), Scope())


def _get(node: yaml.Node | None, key: str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == key:
                found: yaml.Node = value
                return found
    return None


def _items(node: yaml.Node | None) -> Iterator[yaml.Node] | list[yaml.Node]:
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _text(node: yaml.Node | None) -> str:
    return str(node.value).strip() if isinstance(node, yaml.ScalarNode) else ""
