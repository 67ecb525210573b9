"""A model's folder as the Hub lays it out: is it whole, what is its hash, what are its end tokens."""

import hashlib
import json
from pathlib import Path
from typing import Any

from modelassay.core.errors import BackendError, MissingError

_WEIGHTS = ("*.safetensors", "pytorch_model*.bin")
_TOKENIZER = ("tokenizer.json", "tokenizer.model", "vocab.json", "tokenizer_config.json")
# Whatever else lies in the folder (cards, licences, training state) does not change what is sampled.
_HASHED = (
    *_WEIGHTS,
    "*.index.json",
    "*config.json",
    "*tokenizer*",
    "*token*.json",
    "vocab*",
    "merges*",
    "*.jinja",
)


def check_model_folder(path: Path) -> None:
    """Refuse a folder that cannot be loaded, naming what it lacks. Raises MissingError."""
    if not path.is_dir():
        raise MissingError(
            "no such model folder", path=path, hint="give the folder of a model as downloaded from the Hub"
        )
    for what, patterns in (
        ("config.json", ("config.json",)),
        ("weights (*.safetensors)", _WEIGHTS),
        ("tokenizer (tokenizer.json)", _TOKENIZER),
    ):
        if not any(next(path.glob(pattern), None) for pattern in patterns):
            raise MissingError(
                f"the model folder has no {what}", path=path, hint="download the whole model again"
            )


def model_sha256(path: Path) -> str:
    """Of everything that decides what the model says: weights, configuration, tokenizer, templates.

    By name and content, so that a renamed or edited file is another model. Raises MissingError.
    """
    check_model_folder(path)
    files = {file for pattern in _HASHED for file in path.glob(pattern) if file.is_file()}
    digest = hashlib.sha256()
    for file in sorted(files):
        with file.open("rb") as opened:
            content = hashlib.file_digest(opened, "sha256").hexdigest()
        digest.update(f"{file.name}\0{content}\n".encode())
    return digest.hexdigest()


def load_tokenizer(path: Path, *, remote_code: bool = False) -> Any:
    """The model's own tokenizer. remote_code: whether Python code beside it may run. Raises MissingError, or BackendError when it cannot be loaded.

    Where the class that transformers chooses brings rules of its own (how text is split before the merges, say), the
    tokenizer is read as tokenizer.json has it: the model was trained on those tokens.
    """
    check_model_folder(path)
    transformers = _transformers()
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(
            str(path), local_files_only=True, trust_remote_code=remote_code
        )
        if _follows_its_file(tokenizer, path / "tokenizer.json"):
            return tokenizer
        return transformers.PreTrainedTokenizerFast.from_pretrained(str(path), local_files_only=True)
    except Exception as error:  # anything may go wrong in files that others wrote
        if (path / "tokenizer.model").is_file() and not (path / "tokenizer.json").is_file():
            # transformers reads it with packages that it does not bring, and without them takes it for another format.
            raise BackendError(
                f"the tokenizer.model alone cannot be loaded: {first_line(error)}",
                path=path,
                hint="pip install sentencepiece protobuf, with which transformers reads such a file, or check the model's files",
            ) from error
        raise BackendError(
            f"the tokenizer cannot be loaded: {first_line(error)}",
            path=path,
            hint="check its tokenizer files",
        ) from error


def _follows_its_file(tokenizer: Any, file: Path) -> bool:
    """Whether the loaded tokenizer has the rules of the file; True where there is no file or no such tokenizer."""
    loaded = getattr(tokenizer, "backend_tokenizer", None)
    if loaded is None or not file.is_file():
        return True
    return _rules(loaded) == _rules(type(loaded).from_file(str(file)))


def _rules(tokenizer: Any) -> dict[str, Any]:
    """What decides the tokens of a text beside vocabulary, merges and added tokens, and the text of tokens."""
    written = json.loads(tokenizer.to_str())
    rules = {name: written[name] for name in ("normalizer", "pre_tokenizer", "decoder")}
    left_out = ("vocab", "merges", "unk_token")
    return {
        **rules,
        "model": {name: value for name, value in written["model"].items() if name not in left_out},
    }


def stop_ids(path: Path) -> tuple[int, ...]:
    """End tokens that the model's own configuration names, in generation_config.json and config.json."""
    found: set[int] = set()
    for name in ("generation_config.json", "config.json"):
        file = path / name
        if not file.is_file():
            continue
        try:
            written = json.loads(file.read_bytes()).get("eos_token_id")
        except (ValueError, AttributeError) as error:
            raise BackendError(
                f"not a JSON object: {error}", path=file, hint="download the model again"
            ) from error
        values = written if isinstance(written, list) else [written]
        found.update(value for value in values if isinstance(value, int) and not isinstance(value, bool))
    return tuple(sorted(found))


def first_line(error: BaseException) -> str:
    """What an error says, shortened to its first line; its kind when it says nothing."""
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__


def _transformers() -> Any:
    try:
        import transformers
    except ImportError as error:
        raise BackendError(
            "the package transformers is not installed", hint="pip install 'modelassay[transformers]'"
        ) from error
    return transformers
