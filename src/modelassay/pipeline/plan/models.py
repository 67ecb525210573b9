"""Where each model of a study is: a folder, or a commit of the Hub whose files are fetched into the shared cache.

Every model is looked up before any is fetched, and every one is fetched before anything is sampled: a name that is
wrong, gated or too large for the disk is an error at the start.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from modelassay.core.errors import AssayError, BackendError, MissingError
from modelassay.pipeline.plan.study_file import ModelEntry
from modelassay.sources.hub import (
    HubModel,
    Trust,
    check_room,
    fetch,
    gigabytes,
    hub_id,
    names_a_hub_model,
    resolve,
)


class Watching(Protocol):
    """What is told of a download (pipeline/run/progress.py)."""

    def stage(self, name: str, total: int, done: int = 0, unit: str = "") -> None:
        """A download begins: its name, how many bytes, how many there are."""

    def advance(self, units: int = 1) -> None:
        """Some bytes have arrived."""

    def note(self, text: str) -> None:
        """One line worth reading."""


@dataclass(frozen=True)
class Fetching:
    """How models of the Hub are had. weights: False for their small files alone.

    unresolved: whether a model that cannot be looked up is planned without what is not known, instead of an error.
    """

    weights: bool = True
    unresolved: bool = False
    watch: Watching | None = None


@dataclass(frozen=True)
class Place:
    """Where a model is. path: its folder; None for a server's without its tokenizer, and where it could not be looked up.

    hub: what the Hub has, for a model by name. trouble: why it could not be looked up.
    """

    path: Path | None = None
    hub: HubModel | None = None
    trouble: str = ""


NOWHERE: Final = Place()


@dataclass(frozen=True)
class Places:
    """The place of each model of a study, by its name."""

    of: Mapping[str, Place] = field(default_factory=dict)

    def __getitem__(self, model: str) -> Place:
        return self.of[model]


def by_name(entry: ModelEntry, folder: Path) -> ModelEntry:
    """The entry with a Hub id in the place of a `path` that is one; its folder is looked for first."""
    if entry.backend == "openai" or entry.path is None or not names_a_hub_model(entry.path, folder):
        return entry
    named = hub_id(entry.path)
    assert named is not None
    revision = named[1] or entry.revision
    return msgspec.structs.replace(entry, path=None, hub_id=named[0], revision=revision)


def locate(
    models: Sequence[ModelEntry], folder: Path, offline: bool, fetching: Fetching | None = None
) -> Places:
    """The place of every model that has weights or a tokenizer here. folder: where relative paths start.

    Raises AssayError with the model's name: nothing has been sampled then.
    """
    how = fetching or Fetching()
    found = {m.name: _look(m, folder, offline, how) for m in models if m.backend != "replay"}
    named = {name: place.hub for name, place in found.items() if place.hub is not None}
    if how.weights:
        check_room({hub.folder: hub for hub in named.values()}.values())
        for name, hub in named.items():
            found[name] = Place(_fetch(hub, offline, how.watch), hub)
    return Places(found)


def _look(model: ModelEntry, folder: Path, offline: bool, how: Fetching) -> Place:
    written = _hub_name(model, folder)
    if written is None:
        if model.path is None:
            return NOWHERE
        path = folder / model.path
        if not path.is_dir():
            hint = "give the folder that holds config.json, the tokenizer and the weights; or owner/name of the Hub"
            raise MissingError(f"no model folder for {model.name!r}", path=path, hint=hint)
        return Place(path)
    trust = Trust(pickled_weights=model.pickled_weights, remote_code=model.trust_remote_code)
    try:
        hub = resolve(written, trust, offline=offline)
    except AssayError as error:
        if how.unresolved:
            return Place(trouble=str(error))
        raise
    if model.backend == "openai":  # its weights are the server's
        hub = msgspec.structs.replace(hub, weights=())
    elif not model.trust_remote_code:
        _refuse_own_code(hub)
    if how.watch is not None and hub.id != written.partition("@")[0]:
        how.watch.note(f"{written} is called {hub.id} on the Hub now")
    return Place(hub.folder, hub)


def _hub_name(model: ModelEntry, folder: Path) -> str | None:
    """`owner/name[@revision]` of an entry that is to be had from the Hub, else None."""
    if model.path is not None:
        return model.path if names_a_hub_model(model.path, folder) else None
    if model.hub_id is None or model.backend == "openai":
        return None
    return f"{model.hub_id}@{model.revision}" if model.revision else model.hub_id


def _fetch(hub: HubModel, offline: bool, watch: Watching | None) -> Path:
    """The folder, with a line and a bar of bytes for what is missing."""
    missing = hub.missing_bytes
    if not missing or watch is None:
        return fetch(hub, offline=offline)
    total = hub.weight_bytes + sum(file.size for file in hub.small)
    watch.stage(f"fetching {hub.id} ({gigabytes(total)})", total, total - missing, unit="bytes")
    return fetch(hub, watch.advance, offline=offline)


def _refuse_own_code(hub: HubModel) -> None:
    """Raises BackendError for a repository whose own modules would have to run; where transformers has the architecture
    itself, they are never loaded.
    """
    needed = list(hub.tokenizer_code)
    if hub.model_code and not _is_built_in(hub.folder / "config.json"):
        needed += hub.model_code
    if needed:
        raise BackendError(
            f"{hub.id} would run Python code of its own ({', '.join(needed)})",
            hint="read that code; if you trust it: --trust-remote-code, or trust_remote_code = true for this model",
        )


def _is_built_in(config: Path) -> bool:
    """Whether transformers has the architecture itself; False where transformers is not installed."""
    try:
        from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES
    except ImportError:
        return False
    written: dict[str, Any] = json.loads(config.read_bytes())
    return written.get("model_type") in CONFIG_MAPPING_NAMES
