"""`assay audit --look-up`: what the Hub says of models that the evidence does not know."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.hub import Hub, serving_hub
from support.running import Assay

NOTE = """# Models

- acme/tiny-1b has 1.5B parameters.
- acme/gone-7b reaches 61.0% on HumanEval.
"""


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving_hub() as server:
        server.add("acme/tiny-1b", {"config.json": {}}, facts={"safetensors": {"total": 3_030_000_000}})
        yield server


def verdicts(assay: Assay, tmp_path: Path, hub: Hub, *options: str) -> dict[tuple[str, str], tuple[str, str]]:
    """(model, subject) → (verdict, explanation)."""
    note = tmp_path / "note.md"
    note.write_text(NOTE)
    done = assay("audit", note, "--json", *options, HF_ENDPOINT=hub.address)
    assert done.returncode == 0, done.stderr
    claims = json.loads(done.stdout)["claims"]
    return {(c["hub_id"], c["subject"]): (c["verdict"], c["explanation"]) for c in claims}


def test_the_hub_knows_size_and_existence(assay: Assay, tmp_path: Path, hub: Hub) -> None:
    """A wrong size is contradicted, and a repository that is not there is no such model, with the time of looking."""
    found = verdicts(assay, tmp_path, hub, "--look-up")

    assert found["acme/tiny-1b", "params"][0] == "contradicted"
    verdict, why = found["acme/gone-7b", "score"]
    assert verdict == "no-such-model"
    assert "the Hub has no public repository of this name (looked at 20" in why
    assert "never released" not in why


def test_without_it_and_offline_nothing_is_asked(assay: Assay, tmp_path: Path, hub: Hub) -> None:
    """Unknown, never "no such model"."""
    for options in ((), ("--look-up", "--offline")):
        found = verdicts(assay, tmp_path, hub, *options)
        assert {verdict for verdict, _ in found.values()} == {"unverified"}
    assert hub.requests == []


def test_a_hub_that_fails_proves_nothing(assay: Assay, tmp_path: Path, hub: Hub) -> None:
    """A refusal of the token is not an absence."""
    hub.fail(r"/api/models/acme/gone-7b", status=403)
    assert verdicts(assay, tmp_path, hub, "--look-up")["acme/gone-7b", "score"][0] == "unverified"
