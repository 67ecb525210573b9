"""A model's configuration by name, from a local Hub."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelassay.core.errors import InputError, MissingError, OfflineError
from modelassay.sources.hub_config import model_config
from support.hub import Hub, serving_hub


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """A local Hub with four models."""
    with serving_hub() as running:
        running.add("acme/coder", {"config.json": {"model_type": "llama"}, "model.safetensors": b""})
        running.repos["acme/coder"].commit({"config.json": {"model_type": "qwen2"}}, "v2")
        running.add("acme/gated", {"config.json": {}}, gated="auto")
        running.add("acme/none", {"model.gguf": b""})
        running.add("acme/broken", {"config.json": '{"model_ty'})
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        monkeypatch.setenv("HF_HOME", str(tmp_path))
        for name in ("HF_HUB_OFFLINE", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        yield running


def test_a_name_and_its_revision_are_fetched_with_the_token(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "secret")

    assert model_config("acme/coder") == {"model_type": "llama"}
    assert model_config("acme/coder@v2") == {"model_type": "qwen2"}
    # The client asks once a process, and without a token, for /api/agent-harnesses.
    sent = {t for (_, path), t in zip(hub.requests, hub.tokens, strict=True) if "acme/coder" in path}
    assert sent == {"secret"}
    assert not hub.asked("storage")


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("acme/gated", MissingError, "is gated"),
        ("acme/none", MissingError, "no config.json"),
        ("acme/broken", InputError, "no JSON"),
        ("no name at all", MissingError, "no such model"),
    ],
)
def test_what_cannot_be_had_is_one_line(hub: Hub, name: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        model_config(name)


def test_the_cache_of_the_hub_is_looked_at_first(hub: Hub, tmp_path: Path) -> None:
    folder = tmp_path / "hub" / "models--acme--coder"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text("0123abc")
    (folder / "snapshots" / "0123abc").mkdir(parents=True)
    (folder / "snapshots" / "0123abc" / "config.json").write_text(json.dumps({"model_type": "gemma"}))

    assert model_config("acme/coder", offline=True) == {"model_type": "gemma"}
    assert not hub.requests


def test_offline_nothing_is_asked(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(OfflineError, match="acme/coder"):
        model_config("acme/coder")
    assert not hub.requests
