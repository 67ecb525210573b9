"""From a SOURCE to the addresses that hold it, and to kept bytes: everything of a repository at one commit."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec

from modelassay.core.errors import AssayError, InputError, MissingError
from modelassay.sources.addresses import (
    Source,
    arxiv_page,
    github_endpoint,
    github_headers,
    hub_file,
    hub_headers,
    understand,
)
from modelassay.sources.http_fetch import Fetcher, Wanted, kept_file
from modelassay.sources.hub_client import endpoint
from modelassay.sources.kept_sources import Retrieval

# What the Hub is asked about a model. Nothing that changes by the hour, so that an unchanged model has one hash.
MODEL_FIELDS: Final = (
    "baseModels", "cardData", "config", "createdAt", "disabled", "evalResults", "gated", "gguf", "lastModified",
    "library_name", "model-index", "pipeline_tag", "private", "safetensors", "sha", "siblings", "tags",
)  # fmt: skip
_CARD_FILES: Final = ("README.md", "config.json")
_RESULTS: Final = ".eval_results/"


def collect(text: str, fetcher: Fetcher) -> Iterator[Retrieval]:
    """Fetch and keep everything that a SOURCE stands for; yields each as soon as it is kept.

    Raises InputError, MissingError, OfflineError, StorageError.
    """
    source = understand(text)
    match source.kind:
        case "file":
            yield kept_file(Path(source.name), fetcher.kept, limits=fetcher.limits, now=datetime.now(UTC))
        case "hub":
            yield from _collect_model(source, fetcher)
        case "github":
            yield from _collect_github(source, fetcher)
        case "arxiv":
            yield _collect_paper(source, fetcher)
        case "address":
            on_hub = source.name.startswith(f"{endpoint()}/")
            own = hub_headers() if on_hub else {}
            yield fetcher.fetch(Wanted(source.name, headers=own, is_api=on_hub))


def ask_model(name: str, revision: str, fetcher: Fetcher) -> Retrieval:
    """The Hub's answer about a model at a revision, kept. Its `revision` is the commit that it names."""
    query = urlencode([("expand", field) for field in MODEL_FIELDS])
    where = f"/revision/{quote(revision, safe='')}" if revision else ""
    address = f"{endpoint()}/api/models/{name}{where}?{query}"
    return fetcher.fetch(
        Wanted(address, headers=hub_headers(), is_api=True, repository=name, revision=revision)
    )


def _collect_model(source: Source, fetcher: Fetcher) -> Iterator[Retrieval]:
    """The Hub's answer, the card, the configuration and the community's results, all at the answer's commit."""
    answer = ask_model(source.name, source.revision, fetcher)
    about = read_answer(fetcher.kept.body(answer.sha256), answer.url)
    commit, name = str(about.get("sha") or ""), str(about.get("id") or source.name)
    yield answer
    if not commit:
        raise MissingError(
            f"the Hub names no commit of {source.name}", hint="check the name and the revision"
        )
    files = {str(row.get("rfilename")) for row in about.get("siblings") or () if isinstance(row, dict)}
    results = sorted(f for f in files if f.startswith(_RESULTS) and f.endswith((".yaml", ".yml")))
    for path in (*(f for f in _CARD_FILES if f in files), *results):
        wanted = Wanted(
            hub_file(name, commit, path),
            headers=hub_headers(),
            is_api=True,
            revision=commit,
            repository=name,
            path=path,
        )
        yield fetcher.fetch(wanted)


def _collect_github(source: Source, fetcher: Fetcher) -> Iterator[Retrieval]:
    """A README, or a file, of a repository at the commit that its branch or tag names now."""
    root = f"{github_endpoint()}/repos/{source.name}"
    asked = f"{root}/commits/{quote(source.revision or 'HEAD', safe='')}"
    answer = fetcher.fetch(Wanted(asked, headers=github_headers("application/vnd.github.sha"), is_api=True))
    commit = fetcher.kept.body(answer.sha256).decode("ascii", "replace").strip()
    place = f"contents/{quote(source.path)}" if source.path else "readme"
    wanted = Wanted(
        f"{root}/{place}?ref={commit}",
        headers=github_headers("application/vnd.github.raw+json"),
        is_api=True,
        revision=commit,
        repository=f"github:{source.name}",
        path=source.path or "README.md",
    )
    yield fetcher.fetch(wanted)


def _collect_paper(source: Source, fetcher: Fetcher) -> Retrieval:
    version = source.name.partition("v")[2]
    try:
        return fetcher.fetch(
            Wanted(
                arxiv_page(source.name),
                revision=f"v{version}" if version else "",
                repository=f"arxiv:{source.name}",
            )
        )
    except MissingError as error:
        raise MissingError(
            f"arXiv has no HTML form of {source.name}",
            hint="give a later version, or a Markdown or CSV copy of the table",
        ) from error


def read_answer(body: bytes, url: str) -> dict[str, Any]:
    """The JSON object that an interface answered. Raises InputError for anything else."""
    found = json_answer(body, url)
    if not isinstance(found, dict):
        raise InputError(f"{url} answered no JSON object", hint="check HF_ENDPOINT")
    return found


def json_answer(body: bytes, url: str) -> Any:
    """The JSON value that an interface answered. Raises InputError for anything else."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{url} answered no JSON: {error}", hint="check HF_ENDPOINT") from error


def collect_all(
    texts: Sequence[str], fetcher: Fetcher
) -> Iterator[tuple[str, Retrieval | None, AssayError | None]]:
    """(SOURCE, what was kept, `None`) for each, or (SOURCE, `None`, why not); one bad source stops no other."""
    for text in texts:
        try:
            for found in collect(text, fetcher):
                yield text, found, None
        except AssayError as error:
            yield text, None, error
