"""`assay collect`: sources fetched and kept in the work directory."""

from collections.abc import Iterator, Sequence

from modelassay.core.errors import StorageError
from modelassay.core.records import Record
from modelassay.core.workdir import WorkDir
from modelassay.sources.collecting import collect_all
from modelassay.sources.http_fetch import Fetcher, Limits
from modelassay.sources.hub_client import is_offline
from modelassay.sources.kept_sources import KeptSources


class Collected(Record):
    """What came of one source. kept: whether its bytes are in the work directory now; new: they were not before.

    reason: why it is not kept.
    """

    source: str
    url: str
    sha256: str = ""
    bytes: int = 0
    kept: bool = False
    new: bool = False
    revision: str = ""
    retrieved: str = ""
    path: str = ""  # of the kept bytes on disk
    reason: str = ""


def collect_sources(
    texts: Sequence[str], workdir: WorkDir, *, offline: bool = False, largest: int | None = None
) -> Iterator[Collected]:
    """Fetch and keep each source; one row for each document, as soon as it is kept. Raises StorageError."""
    kept = KeptSources(workdir.sources)
    limits = Limits() if largest is None else Limits(largest=largest)
    before = {retrieval.sha256 for retrieval in kept.retrievals()}
    with Fetcher(kept, limits, offline=is_offline(offline)) as fetcher:
        for text, found, trouble in collect_all(texts, fetcher):
            if isinstance(trouble, StorageError):
                raise trouble
            if found is None:
                yield Collected(source=text, url=text, reason=str(trouble))
                continue
            yield Collected(
                source=text, url=found.url, sha256=found.sha256, bytes=found.bytes, kept=True,
                new=found.sha256 not in before, revision=found.revision, retrieved=found.retrieved,
                path=str(workdir.sources.body(found.sha256)),
            )  # fmt: skip
            before.add(found.sha256)
