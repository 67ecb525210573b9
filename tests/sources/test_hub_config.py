"""A model's configuration by name, from a local server that answers as the Hub does."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from modelassay.core.errors import InputError, MissingError, OfflineError
from modelassay.sources.hub_config import model_config

ANSWERS = {
    "/acme/coder/resolve/main/config.json": (200, b'{"model_type": "llama"}'),
    "/acme/coder/resolve/v2/config.json": (200, b'{"model_type": "qwen2"}'),
    "/acme/gated/resolve/main/config.json": (403, b""),
    "/acme/broken/resolve/main/config.json": (200, b'{"model_ty'),
}


class Hub(BaseHTTPRequestHandler):
    asked: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["authorization"]))
        status, body = ANSWERS.get(self.path, (404, b""))
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[tuple[str, str | None]]]:
    """A local Hub; what it was asked, with the token."""
    Hub.asked = []
    with HTTPServer(("127.0.0.1", 0), Hub) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("HF_HOME", str(tmp_path))
        for name in ("HF_HUB_OFFLINE", "HF_HUB_CACHE", "HF_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        yield Hub.asked
        server.shutdown()


def test_a_name_and_its_revision_are_fetched_with_the_token(
    hub: list[tuple[str, str | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "secret")

    assert model_config("acme/coder") == {"model_type": "llama"}
    assert model_config("acme/coder@v2") == {"model_type": "qwen2"}
    assert hub[1] == ("/acme/coder/resolve/v2/config.json", "Bearer secret")


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("acme/gated", MissingError, "is gated"),
        ("acme/none", MissingError, "no config.json"),
        ("acme/broken", InputError, "no JSON"),
        ("no name at all", MissingError, "no such model"),
    ],
)
def test_what_cannot_be_had_is_one_line(
    hub: list[tuple[str, str | None]], name: str, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        model_config(name)


def test_the_cache_of_the_hub_is_looked_at_first(hub: list[tuple[str, str | None]], tmp_path: Path) -> None:
    folder = tmp_path / "hub" / "models--acme--coder"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text("0123abc")
    (folder / "snapshots" / "0123abc").mkdir(parents=True)
    (folder / "snapshots" / "0123abc" / "config.json").write_text(json.dumps({"model_type": "gemma"}))

    assert model_config("acme/coder", offline=True) == {"model_type": "gemma"}
    assert not hub


def test_offline_nothing_is_asked(hub: list[tuple[str, str | None]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(OfflineError, match="acme/coder"):
        model_config("acme/coder")
    assert not hub
