"""Models by name: `owner/name[@revision]` of the Hugging Face Hub → a commit, and what is needed of it in the shared cache.

`resolve` asks what there is and fetches nothing but small files; `fetch` brings the weights. Offline, both use the cache
alone. Nothing half-fetched is ever given: a folder is complete for the commit it stands for, or there is an error.
"""

import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from modelassay.core.errors import InputError, MissingError, OfflineError, StorageError
from modelassay.core.records import Record
from modelassay.sources.hub_client import asking, cache_folder, hub_api, is_offline
from modelassay.sources.hub_fetch import (
    OnBytes,
    bytes_missing,
    cached_commit,
    fetch_file,
    repo_folder,
    snapshot_folder,
)
from modelassay.sources.hub_files import (
    CONFIG,
    PICKLED_INDEX,
    SAFETENSORS_INDEX,
    HubFile,
    json_object,
    small_files,
    weight_files,
)

_HUB_ID: Final = re.compile(r"(?P<id>[A-Za-z0-9][\w.-]*/[\w.-]+)(?:@(?P<revision>[\w./-]+))?")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_HASH: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")  # git's sha1, or the sha256 of an LFS file


class Trust(Record):
    """What the user allows of a repository: weights that are Python pickles, and modules of its own."""

    pickled_weights: bool = False
    remote_code: bool = False


class HubModel(Record):
    """A model at a commit. id: as the Hub names it now; asked: as the user wrote it.

    small: configuration, tokenizer, templates. weights: what holds the parameters. model_code, tokenizer_code: classes of its
    own that the repository asks to run. quantised: how its weights are stored, where they are not in full precision; else "".
    """

    id: str
    asked: str
    revision: str
    small: tuple[HubFile, ...]
    weights: tuple[HubFile, ...]
    model_code: tuple[str, ...] = ()
    tokenizer_code: tuple[str, ...] = ()
    quantised: str = ""

    @property
    def weight_bytes(self) -> int:
        """Size of the weights on disk."""
        return sum(file.size for file in self.weights)

    @property
    def folder(self) -> Path:
        """Its files in the cache."""
        return snapshot_folder(self.id, self.revision)

    @property
    def missing_bytes(self) -> int:
        """What `fetch` would have to bring."""
        return sum(bytes_missing(self.id, file) for file in (*self.small, *self.weights))


def hub_id(text: str) -> tuple[str, str | None] | None:
    """("owner/name", revision or None) of what is written like a Hub id; None of anything else."""
    match = _HUB_ID.fullmatch(text)
    return (match["id"], match["revision"]) if match else None


def names_a_hub_model(text: str, folder: Path = Path()) -> bool:
    """Whether `text` means a model of the Hub: it is written as one, and neither it nor its first part is a folder here."""
    match = hub_id(text)
    return match is not None and not (folder / text).exists() and not (folder / text).parent.is_dir()


def resolve(model: str, trust: Trust | None = None, *, offline: bool = False) -> HubModel:
    """What `owner/name[@revision]` is now, with its small files in the cache.

    Raises AssayError in one line: no such repository or revision, gated, private, no weights that may be loaded.
    """
    named = hub_id(model)
    if named is None:
        raise MissingError(
            "no such model", path=model, hint="give a folder of a model, or owner/name of the Hub"
        )
    allowed = trust or Trust()
    if is_offline(offline):
        return _from_cache(model, *named, allowed)
    identifier, revision, files = _listed(model, *named)
    if not any(f.path == CONFIG for f in files):
        weight_files(model, files, {}, pickled=True)  # says what the repository has instead, if anything
        raise MissingError(f"{model} has no config.json", hint="choose a repository in transformers' layout")
    small = small_files(files, remote_code=allowed.remote_code, pickled=allowed.pickled_weights)
    for file in small:
        fetch_file(identifier, revision, file, lambda _: None)
    return _known(model, identifier, revision, files, allowed)


def commit_of(model: str) -> tuple[str, str]:
    """(present name, commit) of `owner/name[@revision]`, by one request. Raises AssayError as `resolve` does."""
    name, revision = hub_id(model) or (model, None)
    info = asking(model, lambda: hub_api().model_info(name, revision=revision))
    return info.id, info.sha or ""


def check_room(models: Iterable[HubModel]) -> None:
    """Raises StorageError where the cache's disk has less room than what is missing of the models takes."""
    wanted = list(models)
    missing = sum(model.missing_bytes for model in wanted)
    place = cache_folder()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if missing > free:
        raise StorageError(
            f"{', '.join(m.asked for m in wanted)} takes {gigabytes(missing)} more, and {gigabytes(free)} are free",
            path=cache_folder(),
            hint="free some space, set HF_HOME to a larger disk, or choose smaller models",
        )


def fetch(model: HubModel, on_bytes: OnBytes = lambda _: None, *, offline: bool = False) -> Path:
    """The folder with all that the model needs; what is missing is fetched, and continued where it was cut.

    on_bytes: told of bytes as they arrive. Raises AssayError; OfflineError where something is missing offline.
    """
    if is_offline(offline):
        if model.missing_bytes:
            raise _incomplete(model.asked)
        return model.folder
    for file in (*model.small, *model.weights):
        fetch_file(model.id, model.revision, file, on_bytes)
    _keep_listing(model)
    return model.folder


def gigabytes(count: int) -> str:
    """3.1 GB, or 12 MB where it is less than a tenth of one."""
    return f"{count / 1e9:.1f} GB" if count >= 1e8 else f"{count / 1e6:.1f} MB"


# --- what the Hub says ----------------------------------------------------------------------------------
def _listed(model: str, name: str, revision: str | None) -> tuple[str, str, tuple[HubFile, ...]]:
    """The repository's present name, the commit, and its files."""
    from huggingface_hub.errors import RevisionResolutionError

    api = hub_api()
    info = asking(model, lambda: api.model_info(name, revision=revision, files_metadata=True))
    sha = info.sha or ""
    if not _COMMIT.fullmatch(sha):
        raise OfflineError(f"the Hub names no commit for {model}", hint="check HF_ENDPOINT; try again later")
    try:  # keeps the branch → commit in the cache, where other tools and later runs offline look it up
        asking(model, lambda: api.resolve_revision(info.id, revision=revision, cache_dir=cache_folder()))
    except RevisionResolutionError as error:
        raise OfflineError(f"{model} cannot be resolved: {error}", hint="try again later") from error
    files = tuple(
        HubFile(
            path=s.rfilename, size=s.size or 0, lfs=s.lfs is not None,
            blob=s.lfs.sha256 if s.lfs is not None else s.blob_id or "",
        )
        for s in info.siblings or ()
    )  # fmt: skip
    if odd := next((f.path for f in files if not _HASH.fullmatch(f.blob)), None):
        raise OfflineError(
            f"the Hub's list of {model} has no hash for {odd}", hint="check HF_ENDPOINT; try again later"
        )
    return info.id, sha, files


def _known(model: str, identifier: str, revision: str, files: tuple[HubFile, ...], trust: Trust) -> HubModel:
    """The model, from its files' list and the small files that are in the cache."""
    folder = snapshot_folder(identifier, revision)
    config = _json(folder / CONFIG)
    indexes = {
        name: _json(folder / name) for name in (SAFETENSORS_INDEX, PICKLED_INDEX) if (folder / name).is_file()
    }
    if "quantization" in config and "quantization_config" not in config:
        raise InputError(
            f"{model} holds weights for MLX, which neither transformers nor vLLM loads",
            hint="name the original model instead",
        )
    quantised = config.get("quantization_config")
    method = str(quantised.get("quant_method", "unknown")) if isinstance(quantised, dict) else ""
    return HubModel(
        id=identifier, asked=model, revision=revision,
        small=small_files(files, remote_code=trust.remote_code, pickled=trust.pickled_weights),
        weights=weight_files(model, files, indexes, pickled=trust.pickled_weights),
        model_code=_own_modules(config), tokenizer_code=_own_modules(_json(folder / "tokenizer_config.json")),
        quantised=method,
    )  # fmt: skip


def _own_modules(config: dict[str, Any]) -> tuple[str, ...]:
    """The classes that `auto_map` would import from the repository."""
    found = config.get("auto_map")
    values = found.values() if isinstance(found, dict) else ()
    named = [str(v) for value in values for v in (value if isinstance(value, list) else [value]) if v]
    return tuple(dict.fromkeys(named))


def _json(path: Path) -> dict[str, Any]:
    """A JSON object of a small file; {} where there is none."""
    if not path.is_file():
        return {}
    return json_object(path.read_bytes(), path, hint="choose another revision of the model")


# --- the cache ------------------------------------------------------------------------------------------
def _from_cache(model: str, name: str, revision: str | None, trust: Trust) -> HubModel:
    """The model as an earlier run, or another tool, has left it in the cache."""
    commit = cached_commit(name, revision)
    folder = snapshot_folder(name, commit)
    if not _COMMIT.fullmatch(commit) or not folder.is_dir():
        raise _incomplete(model)
    files = _cached_listing(name, commit) or _files_there(folder)
    found = _known(model, name, commit, files, trust)
    for file in (*found.small, *found.weights):
        if not (folder / file.path).exists():
            raise _incomplete(model)
    return found


def _incomplete(model: str) -> OfflineError:
    return OfflineError(
        f"{model} is not in the Hub's cache on this machine, or not whole",
        hint="run without --offline (and HF_HUB_OFFLINE) once",
    )


def _keep_listing(model: HubModel) -> None:
    """Keep the list of the commit's files in the cache as the client does, so that a run offline knows what is missing."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.utils import tqdm

    class Quiet(tqdm):  # nothing is downloaded: every file is there
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **{**kwargs, "disable": True})  # type: ignore[no-untyped-call]

    names = [file.path for file in (*model.small, *model.weights)]
    if _cached_listing(model.id, model.revision) is not None:
        return
    api = hub_api()
    asking(
        model.asked,
        lambda: snapshot_download(
            model.id, revision=model.revision, allow_patterns=names, cache_dir=cache_folder(),
            endpoint=api.endpoint, token=api.token, max_workers=1, tqdm_class=Quiet,
        ),
    )  # fmt: skip


def _cached_listing(name: str, commit: str) -> tuple[HubFile, ...] | None:
    """The list of the commit's files that the client keeps, None where it has none."""
    kept = repo_folder(name) / "trees" / f"{commit}.json"
    try:
        listed = json.loads(kept.read_bytes())["files"]
        return tuple(
            HubFile(
                path=path, size=about["size"], lfs="lfs_sha256" in about,
                blob=about.get("lfs_sha256") or about["blob_id"],
            )
            for path, about in listed.items()
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _files_there(folder: Path) -> tuple[HubFile, ...]:
    """The files of a snapshot that another tool made: links to finished bytes, so each is whole."""
    return tuple(
        HubFile(path=file.name, size=file.stat().st_size, blob=file.resolve().name, lfs=False)
        for file in sorted(folder.iterdir())
        if file.is_file()
    )
