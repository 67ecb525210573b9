"""The connection to a server: whatever comes back, an attempt ends in time and in one line."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from modelassay.core.errors import BackendError
from modelassay.sources import openai_http
from modelassay.sources.openai_http import OpenAIConnection, Patience, is_loopback, models_listed
from support.server import Handler, Server, serving

BODY = {"model": "tiny", "messages": [], "seed": 1}


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of its own for each test."""
    with serving() as running:
        yield running


QUICK = Patience(answer_seconds=0.5, attempts=2, pause=0.01)


def ask(server: Server, patience: Patience = QUICK) -> dict[str, Any]:
    """The whole answer to one question."""

    async def asked() -> dict[str, Any]:
        connection = OpenAIConnection(server.address, patience=patience)
        try:
            return await connection.insist("/v1/chat/completions", BODY, "a test", lambda answer: answer)
        finally:
            await connection.close()

    return asyncio.run(asked())


def _always(way: Callable[[Handler], None]) -> Callable[[Handler, int], bool]:
    def trouble(handler: Handler, number: int) -> bool:
        way(handler)
        return True

    return trouble


def _drip(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    with contextlib.suppress(ConnectionError):
        for _ in range(30):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.1)


@pytest.mark.alone
def test_an_answer_that_drips_ends_in_time(server: Server) -> None:
    """A byte now and then keeps no attempt alive: the time is that of the whole answer."""
    server.trouble = _always(_drip)
    start = time.monotonic()

    with pytest.raises(BackendError, match=r"no answer within 0\.5 s"):
        ask(server)

    assert time.monotonic() - start < 2.5


def test_an_endless_answer_is_cut(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer beyond the limit is not read on."""
    monkeypatch.setattr(openai_http, "_MOST_BYTES", 2**20)

    def flood(handler: Handler) -> None:
        with contextlib.suppress(ConnectionError):
            handler.answer(200, b" " * (2**21))

    server.trouble = _always(flood)

    with pytest.raises(BackendError, match="more than 1 MiB"):
        ask(server)


@pytest.mark.parametrize(
    "text",
    [b"[" * 100_000, b'{"n": ' + b"1" * 5000 + b"}", b"\xff\xfe\xfa", b"", b"<html>", b"NaN"],
    ids=["nested", "long-number", "no-text", "empty", "html", "no-object"],
)
def test_what_is_no_json_object_is_a_failed_attempt(server: Server, text: bytes) -> None:
    """No body of a 200 is a surprise."""
    server.trouble = _always(lambda h: h.answer(200, text))

    with pytest.raises(BackendError, match="the answer is not"):
        ask(server)


@pytest.mark.parametrize("text", [b"[" * 100_000, b"\xff\xfe", b'{"error": 1}'])
def test_a_refusal_in_any_words_is_one_line(server: Server, text: bytes) -> None:
    """A status that will not change is told at once, with what of its text can be told."""
    server.trouble = _always(lambda h: h.answer(400, text))

    with pytest.raises(BackendError, match="refuses: status 400") as caught:
        ask(server)

    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


def test_a_redirection_is_not_followed(server: Server) -> None:
    """What is sent goes to the server that was named, and to no other."""
    server.trouble = _always(lambda h: h.answer(307, b"", Location="https://example.org/v1"))

    with pytest.raises(BackendError, match="status 307"):
        ask(server)

    assert len(server.requests) == 1


def test_a_proxy_is_not_told_what_stays_on_this_machine(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy named in the environment is for other machines."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)

    assert ask(server, Patience(attempts=1))["choices"]


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("http://127.0.0.1:8000/v1", True),
        ("http://localhost:8000", True),
        ("http://[::1]:8000", True),
        ("127.0.0.1:8000", True),
        ("http://127.0.0.1@example.org/", False),
        ("http://example.org/127.0.0.1", False),
        ("http://localhost.example.org", False),
        ("http://0.0.0.0.example.org", False),
        ("", False),
    ],
)
def test_which_addresses_are_of_this_machine(address: str, here: bool) -> None:
    """The host decides, wherever else such a number stands."""
    assert is_loopback(address) is here


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        ({"message": {"content": None, "reasoning_content": "hm"}, "finish_reason": "length"}, ""),
        ({"message": {"content": ""}}, ""),
        ({"message": {"role": "assistant"}, "finish_reason": "length"}, ""),
        ({"text": "x"}, "x"),
    ],
)
def test_an_answer_that_is_all_reasoning_is_empty(choice: dict[str, Any], text: str) -> None:
    """Null where the text would be is an answer without a program, no dead server."""
    assert openai_http.text_in({"choices": [choice]}) == text


def _models(answer: bytes, seconds: float, status: int = 200) -> Iterator[str]:
    """The address of a server that lists its models late."""

    class Late(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(seconds)
            with contextlib.suppress(ConnectionError):
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Late) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_address[1]}/v1"
        listening.shutdown()


def test_a_server_that_lists_its_models_late_is_waited_for() -> None:
    """It may be loading its weights, for longer than a look at other things may take."""
    for address in _models(b'{"data": [{"id": "one"}, {"id": "two"}]}', openai_http._LOOK_SECONDS + 0.5):
        assert models_listed(address) == ["one", "two"]


def test_no_list_within_the_time_is_no_empty_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says how long it was waited for."""
    monkeypatch.setattr(OpenAIConnection.models, "__defaults__", (0.2,))
    for address in _models(b'{"data": [{"id": "one"}]}', 1.0):
        with pytest.raises(
            BackendError, match=r"no answer from http://127\.0\.0\.1:\d+/v1/models within 0\.2 s"
        ):
            models_listed(address)


@pytest.mark.parametrize(
    ("answer", "status", "message"),
    [(b'{"data": []}', 200, "lists no models"), (b"[]", 200, "lists no models"), (b"no", 404, "answers 404")],
)
def test_each_way_of_not_listing_models_is_told(answer: bytes, status: int, message: str) -> None:
    """An empty list and a refusal are two things."""
    for address in _models(answer, 0.0, status):
        with pytest.raises(BackendError, match=message):
            models_listed(address)
