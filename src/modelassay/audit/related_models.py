"""How near two models are: the same weights under another name, a variant, another size, a relative.

Two sources: lineage in the evidence (what was tuned from what), and names taken apart into typed tokens, so
that 1.3B is never 13B. A name can make two models related; it never makes them the same.
"""

from functools import lru_cache

from modelassay.core.records import Record
from modelassay.evidence.base import Evidence
from modelassay.evidence.names import ModelName, parse_name, split_org
from modelassay.evidence.vocabulary import curated_family

# What each difference costs. Numbers wander most easily to the other variant of the same size.
COSTS = {
    "packaging": 0.5, "kind": 1.0, "version": 1.0, "tuned": 1.0, "variant": 1.0, "generation": 1.0, "edition": 1.0, "size": 1.5,
}  # fmt: skip
_WORDS = {
    "packaging": "a copy of the same model in another format",
    "kind": "the other of base and instruct",
    "version": "another version",
    "tuned": "tuned from it or the model it was tuned from",
    "variant": "a close variant",
    "generation": "another version of the family",
    "edition": "another edition of the family",
    "size": "another size",
}


class Relation(Record):
    """How one model differs from a related one. Empty: the same model."""

    differences: tuple[str, ...]

    @property
    def distance(self) -> float:
        """0 for the same model; about 1 for each thing that differs."""
        return sum(COSTS[name] for name in self.differences)

    @property
    def is_loose(self) -> bool:
        """A neighbour in the maker's line: near enough for a slip on one benchmark, too far for one across two."""
        return not {"generation", "edition"}.isdisjoint(self.differences)

    def describe(self) -> str:
        """The difference in words, for an explanation."""
        return " and ".join(_WORDS[name] for name in self.differences) or "the same model"


@lru_cache(maxsize=4096)
def _take_apart(hub_id: str) -> tuple[str, ModelName]:
    maker, name = split_org(hub_id)
    return maker.lower(), parse_name(name)


def relate(one: str, two: str, evidence: Evidence) -> Relation | None:
    """How `two` differs from `one`; `None` when nothing says that they are related."""
    if one.lower() == two.lower():
        return Relation(differences=())
    (maker, a), (other_maker, b) = _take_apart(one), _take_apart(two)
    same_name = bool(a.family) and a.family == b.family
    same_maker = maker == other_maker or not maker or not other_maker
    if same_name and same_maker:
        return Relation(differences=_name_differences(a, b, one, two, evidence) or ("variant",))
    line = _line_difference(a, b) if same_maker else None
    if line is not None:
        return Relation(differences=(line, *_name_differences(a, b, one, two, evidence)))
    if parent(one, evidence) == two or parent(two, evidence) == one:
        return Relation(differences=("tuned",))
    shared = parent(one, evidence)
    if shared is not None and shared == parent(two, evidence):
        return Relation(differences=("tuned", "variant"))
    if same_name and a.size is not None and a.size == b.size:
        return Relation(differences=("tuned",))
    return None


def _line_difference(a: ModelName, b: ModelName) -> str | None:
    """How two names of one maker's line differ: in a number (phi-1, phi-2; gemma, gemma-1.1), or by edition
    within a family (Magicoder-DS, Magicoder-S-DS). `None` when nothing says that one is taken for the other."""
    words, others = (tuple(w for w in name.words if w[0].isalpha()) for name in (a, b))
    if words and words == others:
        return "generation"
    family = curated_family(a)
    return "edition" if family is not None and family == curated_family(b) else None


def _name_differences(a: ModelName, b: ModelName, one: str, two: str, evidence: Evidence) -> tuple[str, ...]:
    differs = {
        "packaging": a.extras != b.extras,
        "kind": _other_kind(a, b, one, two, evidence),
        "version": a.version != b.version,
        "size": (a.size, a.experts) != (b.size, b.experts),
    }
    return tuple(name for name, yes in differs.items() if yes)


def _other_kind(a: ModelName, b: ModelName, one: str, two: str, evidence: Evidence) -> bool:
    """Base and instruct; where the evidence knows the kind of one only, the words of both names decide."""
    kinds = tuned(one, evidence), tuned(two, evidence)
    return a.tuned != b.tuned if None in kinds else kinds[0] != kinds[1]


def tuned(hub_id: str, evidence: Evidence) -> bool | None:
    """Whether it is an instruct model: what the evidence says, else what the name says, else `None`."""
    model = evidence.model(hub_id)
    if model is not None and model.kind is not None:
        return model.kind == "instruct"
    return _take_apart(hub_id)[1].tuned


def parent(hub_id: str, evidence: Evidence) -> str | None:
    """What the model was tuned from, as far as the evidence tells."""
    model = evidence.model(hub_id)
    return None if model is None else model.tuned_from


def ancestors(hub_id: str, evidence: Evidence) -> tuple[str, ...]:
    """Parent, grandparent and so on; stops at a loop."""
    found: list[str] = []
    step = parent(hub_id, evidence)
    while step is not None and step not in found:
        found.append(step)
        step = parent(step, evidence)
    return tuple(found)
