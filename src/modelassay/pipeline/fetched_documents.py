"""`assay audit ADDRESS`: documents that are named by an address or a model's name, fetched and laid into the work directory."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from modelassay.core.errors import InputError, MissingError
from modelassay.core.store import write_bytes
from modelassay.core.workdir import WorkDir
from modelassay.sources.addresses import understand
from modelassay.sources.collecting import collect
from modelassay.sources.http_fetch import Fetcher, NotThereError
from modelassay.sources.hub_client import is_offline
from modelassay.sources.kept_sources import KeptSources, place_of

# What says that a name with one slash in it is a file that is not there, and not a model of the Hub.
_FILES: Final = frozenset((".md", ".txt", ".csv", ".tsv", ".json", ".jsonl", ".html", ".yaml", ".yml", ".ipynb", ".rst"))  # fmt: skip


def documents_of(texts: Sequence[str], workdir: WorkDir, *, offline: bool = False) -> list[Path]:
    """The file behind each text: itself, or what an address, `owner/name`, `github:…` or `arxiv:…` leads to, which is fetched.

    Of a model or a repository that is its README. Raises InputError, MissingError, OfflineError, StorageError.
    """
    if all(_is_file(text) for text in texts):
        return [Path(text) for text in texts]
    with Fetcher(KeptSources(workdir.sources), offline=is_offline(offline)) as fetcher:
        return [Path(text) if _is_file(text) else _fetched(text, workdir, fetcher) for text in texts]


def _is_file(text: str) -> bool:
    if Path(text).exists() or (Path(text).suffix.lower() in _FILES and "://" not in text):
        return True
    try:
        return understand(text).kind == "file"
    except InputError:
        return True  # the audit says that there is no such file


def _fetched(text: str, workdir: WorkDir, fetcher: Fetcher) -> Path:
    """The document, in a folder named by where it came from: the reader takes the model of a card from that."""
    source = understand(text)
    try:
        found = [r for r in collect(text, fetcher) if source.kind != "hub" or r.path == "README.md"]
    except NotThereError as error:
        if source.kind != "hub":
            raise
        hint = "check the name; if it is private, set HF_TOKEN to a token that may read it"
        raise MissingError(f"the Hub has no model {source.name} for you", hint=hint) from error
    if not found:
        raise MissingError(f"{text} has no model card", hint="give the address of a document of it")
    document = workdir.document(*place_of(found[-1]))
    write_bytes(document, fetcher.kept.body(found[-1].sha256), keep=True)
    return document
