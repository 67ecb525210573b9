"""A model's `config.json` by name: from a folder, from the Hub's cache on this machine, else from the Hub.

Nothing but this one file is fetched.
"""

from pathlib import Path
from typing import Any

from modelassay.core.errors import MissingError, OfflineError
from modelassay.sources.hub import hub_id
from modelassay.sources.hub_client import asking, cache_folder, endpoint, is_offline, token
from modelassay.sources.hub_fetch import cached_commit, snapshot_folder
from modelassay.sources.hub_files import CONFIG, json_object


def model_config(model: str, *, offline: bool = False) -> dict[str, Any]:
    """The configuration of a model folder, a `config.json`, or `owner/name[@revision]`.

    Raises MissingError, InputError (no JSON object), or OfflineError where it would have to be fetched and cannot.
    """
    file = config_file(model, offline=offline)
    return _parsed(file.read_bytes(), file)


def config_file(model: str, *, offline: bool = False) -> Path:
    """Where that configuration is on this machine, fetched if need be. Raises MissingError, OfflineError."""
    path = Path(model)
    if path.is_dir():
        path = path / "config.json"
    if path.is_file():
        return path
    named = hub_id(model)
    if path.name == "config.json" or named is None:
        raise MissingError(
            "no such model", path=model, hint="give a folder with a config.json, or owner/name of the Hub"
        )
    name, revision = named
    kept = cached_config(name, revision or "")
    if kept is None:
        if is_offline(offline):
            hint = "run without --offline once"
            raise OfflineError(f"{model} is not in the Hub's cache on this machine", hint=hint)
        kept = _fetched(model, name, revision)
    return kept


def cached_config(name: str, revision: str) -> Path | None:
    """Its `config.json` in the Hub's cache; `None` when it is not there. An empty revision is `main`."""
    found = snapshot_folder(name, cached_commit(name, revision)) / CONFIG
    return found if found.is_file() else None


def _fetched(model: str, name: str, revision: str | None) -> Path:
    from huggingface_hub import hf_hub_download

    def ask() -> str:
        return hf_hub_download(
            name, "config.json", revision=revision, cache_dir=cache_folder(), endpoint=endpoint(), token=token() or False
        )  # fmt: skip

    try:
        return Path(asking(model, ask))
    except MissingError as error:
        if "has no config.json" in error.message:
            error.hint = "check the name; GGUF repositories have none"
        raise


def _parsed(content: bytes, path: Path) -> dict[str, Any]:
    return json_object(content, path, hint="give the model's own config.json")
