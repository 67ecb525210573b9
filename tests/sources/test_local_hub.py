"""The local Hub of the tests, asked by the unmodified huggingface_hub client."""

import hashlib
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.hf_api import RepoFile

from support.hub import Hub, serving_hub

HEADER = b'{"a":{"dtype":"BF16","shape":[3,4],"data_offsets":[0,24]}}'
WEIGHTS = struct.pack("<Q", len(HEADER)) + HEADER + b"\0" * 24


@pytest.fixture
def hub() -> Iterator[Hub]:
    """One with three repositories."""
    with serving_hub() as running:
        for name, downloads in (("maker/small", 5), ("maker/large", 9), ("other/one", 1)):
            files = {"config.json": {"model_type": "llama"}, "model.safetensors": WEIGHTS}
            running.add(name, files, facts={"downloads": downloads, "tags": ["code"]})
        yield running


def api(hub: Hub, token: str | bool = False) -> HfApi:
    """The client."""
    return HfApi(endpoint=hub.address, token=token)


def test_info_has_commit_and_parameters(hub: Hub) -> None:
    """`model_info` with expand gives what was asked for, counted from the weights' header."""
    info = api(hub).model_info("maker/small", expand=["sha", "safetensors", "config"])
    assert info.sha == hub.repos["maker/small"].refs["main"]
    assert info.safetensors is not None
    assert info.safetensors.total == 12
    assert info.siblings is None


def test_listing_comes_in_pages(hub: Hub) -> None:
    """All pages are followed by their Link header, filtered and in order."""
    hub.page = 1
    found = api(hub).list_models(
        filter="code", num_parameters="min:10,max:1B", sort="downloads", expand=["downloads"]
    )
    assert [m.id for m in found] == ["maker/large", "maker/small", "other/one"]
    assert len(hub.asked("GET /api/models\\?")) == 3
    assert [m.id for m in api(hub).list_models(author="other")] == ["other/one"]


def test_a_file_is_downloaded_through_the_storage(hub: Hub, tmp_path: Path) -> None:
    """Weights come from another host by a signed address, without the token."""
    path = hf_hub_download(
        "maker/small", "model.safetensors", endpoint=hub.address, cache_dir=tmp_path, token="hf_secret"
    )
    assert Path(path).read_bytes() == WEIGHTS
    stored = [t for (_, p), t in zip(hub.requests, hub.tokens, strict=True) if p.startswith("/storage")]
    assert stored == [""]


def test_tree_lists_in_pages(hub: Hub) -> None:
    """`list_repo_tree` gets every file with size and hash."""
    hub.page = 1
    listed = api(hub).list_repo_tree("maker/small", recursive=True)
    files = {f.path: f for f in listed if isinstance(f, RepoFile)}
    assert set(files) == {"config.json", "model.safetensors"}
    assert files["model.safetensors"].lfs is not None
    assert files["model.safetensors"].lfs.sha256 == hashlib.sha256(WEIGHTS).hexdigest()


def test_refusals_are_the_hubs(hub: Hub, tmp_path: Path) -> None:
    """Missing, gone, gated, private and too often asked are the client's own errors."""
    hub.repos["maker/large"].gated = "manual"
    hub.repos["other/one"].private = True
    with pytest.raises(RepositoryNotFoundError):
        api(hub).model_info("maker/none")
    with pytest.raises(RevisionNotFoundError):
        api(hub).model_info("maker/small", revision="gone")
    with pytest.raises(GatedRepoError):
        hf_hub_download("maker/large", "config.json", endpoint=hub.address, cache_dir=tmp_path, token="hf_x")
    with pytest.raises(RepositoryNotFoundError):
        api(hub, "hf_x").model_info("other/one")
    hub.fail("/api/models/maker/small", status=429, headers={"Retry-After": "7"})
    with pytest.raises(HfHubHTTPError) as told:
        api(hub).model_info("maker/small")
    assert told.value.response.headers["Retry-After"] == "7"


def test_a_renamed_repository_redirects(hub: Hub) -> None:
    """The old name answers with the new one's."""
    hub.rename("maker/small", "maker/renamed")
    assert api(hub).model_info("maker/small").id == "maker/renamed"


def test_a_cut_body_is_noticed_and_continued(hub: Hub, tmp_path: Path) -> None:
    """The client continues a body that was cut short by Range."""
    hub.fail("GET /storage", cut_after=20, times=1)
    path = hf_hub_download("maker/small", "model.safetensors", endpoint=hub.address, cache_dir=tmp_path)
    assert Path(path).read_bytes() == WEIGHTS
    assert len(hub.asked("GET /storage")) == 2
