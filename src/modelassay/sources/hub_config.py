"""A model's `config.json` by name: from a folder, from the Hub's cache on this machine, else from the Hub.

Honours HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE, HF_HUB_CACHE and HF_HOME, as huggingface_hub does. Nothing but this one
file is fetched.
"""

import json
import os
import re
from pathlib import Path
from typing import Any, Final

import httpx

from modelassay.core.errors import InputError, MissingError, OfflineError

_HUB_ID: Final = re.compile(r"[\w.-]+/[\w.-]+(?:@[\w./-]+)?")
_MEANING: Final = {
    401: ("needs a token", "set HF_TOKEN, and accept the model's terms on its page"),
    403: ("is gated", "accept the model's terms on its page with the account of HF_TOKEN"),
    404: ("has no config.json at this revision", "check the name; GGUF repositories have none"),
    429: ("was asked for too often", "wait some minutes, or set HF_TOKEN"),
}


def model_config(model: str, *, offline: bool = False) -> dict[str, Any]:
    """The configuration of a model folder, a `config.json`, or `owner/name[@revision]`.

    Raises MissingError, InputError (no JSON object), or OfflineError where it would have to be fetched and cannot.
    """
    path = Path(model)
    if path.is_dir():
        path = path / "config.json"
    if path.is_file():
        return _parsed(path.read_bytes(), path)
    if path.name == "config.json" or not _HUB_ID.fullmatch(model):
        raise MissingError(
            "no such model", path=model, hint="give a folder with a config.json, or owner/name of the Hub"
        )
    name, _, revision = model.partition("@")
    kept = cached_config(name, revision)
    if kept is not None:
        return _parsed(kept.read_bytes(), kept)
    if offline or os.environ.get("HF_HUB_OFFLINE", "") not in ("", "0"):
        raise OfflineError(
            f"{model} is not in the Hub's cache on this machine", hint="run without --offline once"
        )
    return _fetched(name, revision or "main")


def cached_config(name: str, revision: str) -> Path | None:
    """Its `config.json` in the Hub's cache; `None` when it is not there. An empty revision is `main`."""
    home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    cache = Path(os.environ.get("HF_HUB_CACHE") or home / "hub")
    folder = cache / f"models--{name.replace('/', '--')}"
    reference = folder / "refs" / (revision or "main")
    commit = reference.read_text("utf-8").strip() if reference.is_file() else revision
    found = folder / "snapshots" / commit / "config.json"
    return found if commit and found.is_file() else None


def _fetched(name: str, revision: str) -> dict[str, Any]:
    root = (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")
    address = f"{root}/{name}/resolve/{revision}/config.json"
    token = os.environ.get("HF_TOKEN")
    headers = {"authorization": f"Bearer {token}"} if token else {}
    try:
        answer = httpx.get(address, headers=headers, follow_redirects=True, timeout=20)
    except httpx.HTTPError as error:
        raise OfflineError(
            f"cannot ask for {name}: {error or type(error).__name__}",
            hint="check the network, or HF_ENDPOINT",
        ) from error
    if answer.status_code != 200:
        said, hint = _MEANING.get(answer.status_code, (f"answered {answer.status_code}", "try again later"))
        raise MissingError(f"{name}@{revision} {said}", hint=hint)
    return _parsed(answer.content, address)


def _parsed(content: bytes, path: Path | str) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError as error:
        raise InputError(f"no JSON: {error}", path=path, hint="give the model's own config.json") from error
    if not isinstance(found, dict):
        raise InputError("no JSON object", path=path, hint="give the model's own config.json")
    return found
