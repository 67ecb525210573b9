"""`assay audit` of a model's name or an address: fetched, kept, and audited like a file."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.hub import Hub, serving_hub
from support.running import Assay

CARD = "# Note\n\n- deepseek-ai/deepseek-coder-1.3b-instruct: MBPP pass@1 83.1% (DeepSeek-Coder paper)\n"


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving_hub() as server:
        server.add("acme/coder-1b", {"config.json": {}, "README.md": CARD.encode()})
        server.add("acme/bare-1b", {"config.json": {}})
        yield server


def test_the_card_of_a_model_by_its_name(assay: Assay, hub: Hub, tmp_path: Path) -> None:
    """Its claims are judged, and the corrected copy lies in the work directory."""
    done = assay("audit", "acme/coder-1b", "--json", HF_ENDPOINT=hub.address)

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["note"] == "assay-work/documents/acme/coder-1b/README.md"
    assert "contradicted" in found["counts"]
    assert (tmp_path / "assay-work" / "corrected" / "README.md").is_file()


def test_a_document_by_its_address(assay: Assay, hub: Hub) -> None:
    """The file behind a link, in a folder named by host and path."""
    address = f"{hub.address}/acme/coder-1b/resolve/main/README.md"
    done = assay("audit", address, "--fail-on", "contradicted", HF_ENDPOINT=hub.address)

    assert done.returncode == 1
    assert "acme/coder-1b/resolve" in done.stdout


def test_a_model_without_a_card_is_named(assay: Assay, hub: Hub) -> None:
    """One line, with what to do."""
    done = assay("audit", "acme/bare-1b", HF_ENDPOINT=hub.address)

    assert done.returncode == 1
    assert done.stderr == "assay: acme/bare-1b has no model card — give the address of a document of it\n"


@pytest.mark.parametrize("name", ["nowhere.md", "notes/nowhere.md"])
def test_a_file_that_is_not_there_stays_a_file(assay: Assay, hub: Hub, name: str) -> None:
    """Nothing is asked of the Hub for it."""
    done = assay("audit", name, HF_ENDPOINT=hub.address)

    assert done.returncode == 1
    assert name in done.stderr
    assert hub.requests == []


def test_offline_nothing_is_fetched(assay: Assay, hub: Hub) -> None:
    """And the line says so."""
    done = assay("audit", "acme/coder-1b", "--offline", HF_ENDPOINT=hub.address)

    assert done.returncode == 1
    assert "offline" in done.stderr
    assert hub.requests == []


def test_a_model_that_is_not_there_is_said_in_one_line(assay: Assay, hub: Hub) -> None:
    """By its name, not by the address that was asked."""
    done = assay("audit", "acme/no-such-model", HF_ENDPOINT=hub.address)

    assert done.returncode == 1
    assert done.stderr.startswith("assay: the Hub has no model acme/no-such-model for you — check the name")
