"""One name for one thing: from what a document writes to a hub id, or to an honest "I do not know".

Families, makers and aliases are data in vocabulary.toml; sizes, kinds and versions are tokens that must agree
(names.py). A name that fits several models is ambiguous and keeps its alternatives; what surrounds it may
decide (`Context`), a guess may not. An unknown name stays unknown; a name that its maker's complete list of
releases does not have is `not-released` and keeps the hub id that it would have.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

from modelassay.core.published import ModelFacts
from modelassay.core.records import Record
from modelassay.evidence.base import Evidence
from modelassay.evidence.model_files import ReleaseList
from modelassay.evidence.names import ModelName, parse_name, split_org, without_form

How = Literal[
    "link", "hub-id", "name", "alias", "only-version", "context", "ambiguous", "unknown", "not-released"
]

_LINK = re.compile(
    r"(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co)/(?:api/models/)?([\w.-]+/[\w.-]+)", re.I
)
_NOT_ORGS = {
    "spaces",
    "datasets",
    "blog",
    "papers",
    "docs",
    "collections",
    "models",
    "api",
    "learn",
    "organizations",
}
_NOMINAL = 0.12  # how far a counted size may lie from the nominal one: 2.6B is no 2B, 7.6B is a 7B
_MEMORY = 20_000  # resolutions kept: a document names the same models again and again
_DATA = Path(__file__).with_name("vocabulary.toml")
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


class Resolution(Record):
    """What a name resolves to. `alternatives` are hub ids it could also mean, the likeliest first."""

    written: str
    hub_id: str | None
    how: How
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True)
class Context:
    """What surrounds a name: an org named beside it, the kind said of it, models the document named in full."""

    org: str | None = None
    kind: Literal["base", "instruct"] | None = None
    named: tuple[str, ...] = ()


class Vocabulary:
    """Names of models, built from vocabulary.toml and the evidence base's hub ids."""

    def __init__(
        self,
        data: Mapping[str, Any],
        models: Mapping[str, ModelFacts],
        releases: Mapping[str, ReleaseList] | None = None,
    ) -> None:
        self.data = data
        self._releases = releases or {}
        self._models = models
        self._canonical = {name.lower(): name for name in (*data["hub"]["known"], *models)}
        self._parsed = {name: parse_name(split_org(name)[1]) for name in self._canonical.values()}
        self._resolved: dict[tuple[str, Context], Resolution] = {}
        self._aliases: dict[str, str] = {_squash(name): hub_id for name, hub_id in data["names"].items()}
        self._family_of_key: dict[str, str] = {}
        self._key_aliases: dict[str, str] = {}
        for family, row in data["families"].items():
            self._family_of_key.update(dict.fromkeys(row["keys"], family))
            self._key_aliases.update(dict.fromkeys(row["aliases"], row["keys"][0]))
        self._by_key: dict[str, list[str]] = defaultdict(list)
        for name, parsed in self._parsed.items():
            if "/" in name:
                self._by_key[self._key(parsed)].append(name)

    @classmethod
    def load(cls, evidence: Evidence, path: Path | None = None) -> "Vocabulary":
        """Read the vocabulary that goes with an evidence base."""
        return cls(_read_data(path or _DATA), evidence.models, evidence.releases)

    @cached_property
    def keys(self) -> frozenset[str]:
        """Family keys that a name can start from, aliases included."""
        return frozenset(self._by_key) | frozenset(self._family_of_key) | frozenset(self._key_aliases)

    @cached_property
    def orgs(self) -> frozenset[str]:
        """Organisations that own a known model, lower case."""
        return frozenset(split_org(name)[0].lower() for name in self._canonical.values() if "/" in name)

    @cached_property
    def plain_names(self) -> frozenset[str]:
        """Names of known models that are not on the hub, and aliases, squashed."""
        return frozenset(_squash(n) for n in self._canonical.values() if "/" not in n) | frozenset(
            self._aliases
        )

    def quantised_copy_of(self, text: str) -> str | None:
        """The hub id of the model that a quantised copy holds, told by its name; `None` for any other name, and for a
        copy that the evidence knows itself."""
        whole = without_form(split_org(text)[1] or text)
        return None if whole is None or self.known(text) else self.resolve(whole).hub_id

    def release_list(self, text: str) -> ReleaseList | None:
        """The maker's complete list of releases when it has no model of this size (or no tuned one), else `None`.

        Versions, quantised copies and names under another org are not held against the list; nor is a size that
        is the counted size of a listed model ("1.54B" for a 1.5B).
        """
        org, bare = split_org(text)
        name = parse_name(bare)
        family = self._family_of_key.get(self._key(name), "")
        listed = self._releases.get(family)
        if listed is None or name.size is None or name.extras or name.experts or self.known(text):
            return None
        if name.version is not None and name.version[0] not in "01":  # a later line has its own releases
            return None
        if org and org.lower() != self.data["families"][family]["maker"].lower():
            return None
        sizes = listed.tuned_sizes if name.tuned else listed.sizes
        counted = not (name.size / 1e9).is_integer()  # "1.54B" for a 1.5B; "15B" is never a 14B
        near = name.size in sizes or any(abs(name.size - s) <= _NOMINAL * s for s in sizes if counted)
        return None if near or self._is_counted(name) else listed

    def _is_counted(self, name: ModelName) -> bool:
        """Is a written size the true size of a model of this family and kind, rather than a nominal one?"""
        facts = [self._models.get(m) for m in self._by_key.get(self._key(name), []) if self._official(m)]
        kinds = ("instruct",) if name.tuned else ("instruct", "base")
        counted = [f.params for f in facts if f is not None and f.params is not None and f.kind in kinds]
        return name.size is not None and any(abs(n - name.size) <= 0.01 * name.size for n in counted)

    def _spelled(self, written: str, name: ModelName) -> str:
        """The hub id that a name of a known family would have: its maker's, as a reader would spell it."""
        maker = self.data["families"][self._family_of_key[self._key(name)]]["maker"]
        return written if "/" in written else f"{maker}/{'-'.join(written.split())}"

    def is_curated(self, text: str) -> bool:
        """Does a name belong to a family that vocabulary.toml lists?"""
        return self._key(parse_name(text)) in self._family_of_key

    def calls_a_kind(self, text: str, word: str) -> bool:
        """Does the maker of a name's family call a kind of its models by this word?"""
        family = self._family_of_key.get(self._key(parse_name(text)))
        maker = self.data["families"][family]["maker"] if family else ""
        return word in self.data["kinds"].get(maker, {}).values()

    def resolve(self, text: str, context: Context | None = None) -> Resolution:
        """Find the model a name or link means.

        A link or `org/name` resolves to itself (in its known spelling when it is known). A plain name resolves
        when exactly one model has its tokens; makers come before copies that share the name.
        """
        key = (text, context or Context())
        if key not in self._resolved:
            if len(self._resolved) > _MEMORY:
                self._resolved.clear()
            self._resolved[key] = self._resolve(*key)
        return self._resolved[key]

    def _resolve(self, text: str, context: Context) -> Resolution:
        written = text.strip().strip("`*_\"'")
        linked = _LINK.search(written)
        if linked is not None and linked[1].partition("/")[0].lower() not in _NOT_ORGS:
            return self._explicit(linked[1].removesuffix(".git"), written, "link")
        if _HUB_ID.fullmatch(written):
            return self._explicit(written, written, "hub-id")
        alias = self._aliases.get(_squash(written))
        if alias is not None and context.org is None:
            return Resolution(written=written, hub_id=alias, how="alias")
        return self._by_tokens(written, context)

    def _explicit(self, hub_id: str, written: str, how: Literal["link", "hub-id"]) -> Resolution:
        known = self._canonical.get(hub_id.lower())
        return Resolution(written=written, hub_id=known or hub_id, how=how)

    def _by_tokens(self, written: str, context: Context) -> Resolution:
        name = parse_name(written)
        group = self._by_key.get(self._key(name), [])
        if context.org is not None:
            own = [m for m in group if split_org(m)[0].lower() == context.org.lower()]
            chosen = [m for m in own if self._same_size(name, m) and self._same_kind(name, m, context.kind)]
            chosen = chosen or [m for m in own if self._same_size(name, m) and name.kind is None]
            if len(chosen) == 1:
                return Resolution(written=written, hub_id=chosen[0], how="context")
        near = self._makers_first([m for m in group if name.size is None or self._same_size(name, m)])
        same = []
        if (
            context.kind == "instruct" and name.kind is None
        ):  # a bare name among tuned models means the tuned one
            same = [
                m
                for m in near
                if self._agrees(replace(name, kind="instruct"), m, None)
                or self._is_tuned_alone(name, m, near)
            ]
        same = same or [m for m in near if self._agrees(name, m, context.kind)]
        official = [m for m in same if self._official(m)]
        others = tuple(m for m in same if m not in official)
        exact = [m for m in official if self._parsed[m].version == name.version]
        if exact:
            return Resolution(
                written=written, hub_id=exact[0], how="name", alternatives=(*exact[1:], *others)
            )
        sized = name.size is None and any(self._parsed[m].size is not None for m in group)
        if name.version is None and len(official) == 1 and not sized:
            return Resolution(written=written, hub_id=official[0], how="only-version", alternatives=others)
        plain = self._canonical.get(written.lower())
        if plain is not None:
            return Resolution(written=written, hub_id=plain, how="name")
        return self._from_context(written, name, near, context)

    def _from_context(self, written: str, name: ModelName, near: list[str], context: Context) -> Resolution:
        """An incomplete name means the one related model that the document named in full."""
        fits = [m for m in near if self._completes(name, m)]
        if not near and name.size is not None and len(name.family) >= 4:
            # "DeepSeek-1.3B" after DeepSeek-Coder-1.3B-Instruct: part of a family's name, with its size.
            fits = [m for m in context.named if self._shortens(name, m)]
        named = [m for m in context.named if m in fits]
        if len(set(named)) == 1:
            return Resolution(written=written, hub_id=named[0], how="context", alternatives=tuple(near))
        if self.release_list(written) is not None:
            hub_id = self._spelled(written, name)
            return Resolution(written=written, hub_id=hub_id, how="not-released", alternatives=tuple(near))
        if not near:
            return Resolution(written=written, hub_id=None, how="unknown")
        return Resolution(written=written, hub_id=None, how="ambiguous", alternatives=tuple(near))

    def _is_tuned_alone(self, name: ModelName, model: str, near: Sequence[str]) -> bool:
        """Is it the maker's one tuned model of this name, whatever the maker calls its kind?"""
        tuned = [
            m
            for m in near
            if self._official(m) and self._parsed[m].tuned and self._parsed[m].extras == name.extras
        ]
        return tuned == [model]

    def _completes(self, name: ModelName, model: str) -> bool:
        """Does the model add to the name without contradicting a token the name has?"""
        full = self._parsed[model]
        return (
            (name.kind is None or self._same_kind(name, model, None))
            and (name.version is None or name.version == full.version)
            and name.extras <= full.extras
            and not (name.size is None and not name.family)
        )

    def _shortens(self, name: ModelName, model: str) -> bool:
        full = parse_name(split_org(model)[1])
        kinds = name.kind is None or name.kind == full.kind
        return kinds and name.size == full.size and self._key(full).startswith(name.family)

    def _agrees(self, name: ModelName, model: str, kind: str | None) -> bool:
        full = self._parsed[model]
        return (
            name.extras == full.extras
            and name.experts == full.experts
            and (name.size is not None or full.size is None)  # equal sizes were checked before
            and self._same_kind(name, model, kind)
        )

    def _same_size(self, name: ModelName, model: str) -> bool:
        """Equal size tokens; a name without one is measured by its true size, to the digits written."""
        full = self._parsed[model]
        if full.size is not None:
            return full.size == name.size
        facts = self._models.get(model)
        if name.size is None or facts is None or facts.params is None:
            return False
        return abs(facts.params - name.size) <= 0.05 * name.size

    def _same_kind(self, name: ModelName, model: str, said: str | None) -> bool:
        """Equal kind words. `said` is a kind told beside the name ("(Base)") and counts when the name has none."""
        full = self._parsed[model].kind
        word = name.kind or ("base" if said == "base" else None)
        if word == full:
            return True
        maker = self.data["kinds"].get(split_org(model)[0], {})
        if word is not None and full is not None and maker.get(word) == full:
            return True
        if word == "base" and full is None:
            if self._has_base_of(name, model):
                return False  # the one that says so itself is meant
            facts = self._models.get(model)
            return facts is None or facts.kind in (None, "base")
        return False

    def _has_base_of(self, name: ModelName, model: str) -> bool:
        """Does the maker have a model of this name that says "base" itself?"""
        org = split_org(model)[0]
        group = self._by_key.get(self._key(name), [])
        return any(
            self._parsed[m].kind == "base" and self._same_size(name, m) and split_org(m)[0] == org
            for m in group
        )

    def _official(self, model: str) -> bool:
        """A bare name means its maker's model; a copy that borrows the name has to be named with its org."""
        family = self._family_of_key.get(self._key(self._parsed[model]))
        return family is None or split_org(model)[0] == self.data["families"][family]["maker"]

    def _makers_first(self, models: Iterable[str]) -> list[str]:
        return sorted(models, key=lambda m: (not self._official(m), m.lower()))

    def _key(self, name: ModelName) -> str:
        return self._key_aliases.get(name.family, name.family)

    def family(self, hub_id: str) -> str | None:
        """The family a model is released in ("DeepSeek-Coder"), or `None`. A copy belongs to its name's family."""
        return self._family_of_key.get(self._key(parse_name(split_org(hub_id)[1])))

    def size(self, hub_id: str) -> float | None:
        """Parameters as the name says them (1.3e9), or one of its other names; `None` when none has a size."""
        own = parse_name(split_org(hub_id)[1]).size
        others = (parse_name(name).size for name, model in self.data["names"].items() if model == hub_id)
        return own if own is not None else next(filter(None, others), None)

    def siblings(self, hub_id: str) -> tuple[str, ...]:
        """Other known models of the same family and maker's line: sizes, kinds, versions, copies."""
        family = self.family(hub_id)
        key = self._key(parse_name(split_org(hub_id)[1]))
        keys = self.data["families"][family]["keys"] if family else [key]
        names = [m for k in keys for m in self._by_key.get(k, [])]
        return tuple(sorted((m for m in names if m.lower() != hub_id.lower()), key=str.lower))

    def variant(
        self, hub_id: str, *, kind: Literal["base", "instruct"] | None = None, size: float | None = None
    ) -> str | None:
        """The sibling by the same maker that differs only in kind or size, or `None` when that is not one model."""
        own = parse_name(split_org(hub_id)[1])
        org = split_org(hub_id)[0].lower()
        wanted = size if size is not None else own.size
        tuned = (own.tuned or False) if kind is None else kind == "instruct"
        fits = [
            m
            for m in (*self.siblings(hub_id), hub_id)
            if split_org(m)[0].lower() == org
            and parse_name(split_org(m)[1]).size == wanted
            and bool(parse_name(split_org(m)[1]).tuned) == tuned
        ]
        same_version = [m for m in fits if parse_name(split_org(m)[1]).version == own.version]
        fits = same_version or fits
        return fits[0] if len(fits) == 1 else None

    def known(self, hub_id: str) -> bool:
        """Is this hub id in the evidence base or the vocabulary?"""
        return hub_id.lower() in self._canonical


@lru_cache(maxsize=4)
def _read_data(path: Path) -> Mapping[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


@lru_cache(maxsize=4096)
def curated_family(name: ModelName) -> str | None:
    """The family in vocabulary.toml that a name belongs to, or `None`."""
    rows = _read_data(_DATA)["families"].items()
    return next((f for f, row in rows if name.family in row["keys"] or name.family in row["aliases"]), None)


def _squash(text: str) -> str:
    """A name without case and separators, for looking up aliases."""
    return re.sub(r"[\s_-]+", "", text.lower())
