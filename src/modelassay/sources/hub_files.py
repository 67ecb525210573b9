"""Which files of a repository a model needs: weights, configuration, tokenizer, templates. Everything else is left.

Weights are chosen as transformers does: one safetensors file, else those that the index names. Pickled weights can run
code when they are loaded, so they are taken only where there are no safetensors and the user says so.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from modelassay.core.errors import InputError, MissingError
from modelassay.core.records import Record

CONFIG: Final = "config.json"
SAFETENSORS_INDEX: Final = "model.safetensors.index.json"
PICKLED_INDEX: Final = "pytorch_model.bin.index.json"
_SMALL: Final = frozenset({
    CONFIG, "generation_config.json", "tokenizer.json", "tokenizer.model", "tokenizer_config.json",
    "special_tokens_map.json", "added_tokens.json", "vocab.json", "vocab.txt", "merges.txt", "chat_template.jinja",
    "chat_template.json", SAFETENSORS_INDEX,
})  # fmt: skip


class HubFile(Record):
    """A file at a commit. blob: what the cache keeps it as, the sha256 of its bytes (`lfs`) or git's own sha1."""

    path: str
    size: int
    blob: str
    lfs: bool


def json_object(content: bytes, path: Path, hint: str) -> dict[str, Any]:
    """A small file's JSON object. Raises InputError, with the hint, for anything else."""
    try:
        found = json.loads(content)
    except ValueError as error:
        raise InputError(f"no JSON: {error}", path=path, hint=hint) from error
    if not isinstance(found, dict):
        raise InputError("no JSON object", path=path, hint=hint)
    return found


def small_files(files: Iterable[HubFile], *, remote_code: bool, pickled: bool) -> tuple[HubFile, ...]:
    """Configuration, tokenizer and templates; Python files only where the user allows the repository's own code."""
    wanted = {*_SMALL, PICKLED_INDEX} if pickled else _SMALL
    return tuple(f for f in files if f.path in wanted or (remote_code and f.path.endswith(".py")))


def weight_files(
    model: str, files: Iterable[HubFile], indexes: Mapping[str, Any], *, pickled: bool
) -> tuple[HubFile, ...]:
    """The files with the weights. indexes: content of the index files that the repository has, by name.

    Raises MissingError where there are none that can be loaded, InputError where there are only pickled ones and `pickled` is
    False, or an index names files that are not there.
    """
    there = {f.path: f for f in files}
    for single, index in (("model.safetensors", SAFETENSORS_INDEX), ("pytorch_model.bin", PICKLED_INDEX)):
        if single.endswith(".bin") and not pickled and (single in there or index in there):
            raise InputError(
                f"{model} has only pickled weights ({single}), which can run code when they are loaded",
                hint="choose a repository with safetensors; if you trust this one: --pickled-weights, or pickled_weights = true",
            )
        if single in there:
            return (there[single],)
        if index in there:
            return _shards(model, index, indexes[index], there)
    raise _without_weights(model, set(there))


def _shards(
    model: str, index: str, content: Mapping[str, Any], there: Mapping[str, HubFile]
) -> tuple[HubFile, ...]:
    named = content.get("weight_map")
    if not isinstance(named, dict) or not all(isinstance(shard, str) for shard in named.values()):
        raise InputError(f"{index} of {model} names no files", hint="choose another revision")
    shards = sorted(set(named.values()))
    missing = [shard for shard in shards if shard not in there]
    if missing:
        raise InputError(
            f"{index} of {model} names {', '.join(missing)}, which the repository lacks",
            hint="choose another revision",
        )
    return tuple(there[shard] for shard in shards)


def _without_weights(model: str, paths: set[str]) -> MissingError:
    """What the repository has instead."""
    if "adapter_config.json" in paths:
        hint = "merge it into its base model, and give that folder"
        return MissingError(f"{model} is an adapter (LoRA), not a whole model", hint=hint)
    if any(path.endswith(".gguf") for path in paths):
        hint = "serve it (llama.cpp, Ollama, LM Studio) and give the server with --endpoint; or name the original model"
        return MissingError(f"{model} has only GGUF files", hint=hint)
    return MissingError(
        f"{model} has no weights that can be loaded", hint="choose a repository with safetensors"
    )
