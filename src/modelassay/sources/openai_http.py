"""A server that speaks OpenAI's protocol: one request at a time, asked again where that may help, with an end.

An answer may be late, torn, endless, nested without end or anything else but JSON: each is a failed attempt, told in
one line. A server on this machine is spoken to directly, whatever proxy the environment names.
"""

import asyncio
import contextlib
import ipaddress
import json
import random
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import httpx

from modelassay.core.errors import BackendError

_TOO_MANY: Final = 429
_SERVER_FAULTS: Final = range(500, 600)
_LONGEST_PAUSE: Final = 30.0
_LOOK_SECONDS: Final = 3.0  # for a question about the server itself
# For its models, without which nothing can begin: a server that loads its weights is slow.
LIST_SECONDS: Final = 60.0
_MOST_BYTES: Final = 64 * 2**20  # of one answer
T = TypeVar("T")


class AttemptError(Exception):
    """An attempt that may be repeated. pause: what the server asked for, in seconds."""

    def __init__(self, message: str, pause: float | None = None) -> None:
        super().__init__(message)
        self.pause = pause


class RefusedError(BackendError):
    """The server will not have this question, however often it is asked."""

    def __init__(self, message: str, *, hint: str, status: int) -> None:
        super().__init__(message, hint=hint)
        self.status = status


@dataclass(frozen=True)
class Patience:
    """How long a server is waited for: seconds per whole answer, attempts per question, first pause in seconds."""

    answer_seconds: float = 600.0
    attempts: int = 6
    pause: float = 0.5


class OpenAIConnection:
    """Open connections to one server, for one event loop. Raises BackendError for what is no address.

    address: of the API, with or without `/v1`; connections: at most at once.
    """

    def __init__(
        self, address: str, *, api_key: str = "", patience: Patience | None = None, connections: int = 1
    ) -> None:
        self.patience = patience or Patience()
        self.address = address.rstrip("/").removesuffix("/v1")
        try:
            self._client = httpx.AsyncClient(
                base_url=self.address,
                headers={"Authorization": f"Bearer {api_key}"} if api_key else {},
                timeout=httpx.Timeout(self.patience.answer_seconds, connect=10.0),
                limits=httpx.Limits(max_connections=connections),
                trust_env=not is_loopback(address),
            )
        except (httpx.InvalidURL, UnicodeEncodeError) as error:
            raise _no_address(address) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def look(self, path: str) -> dict[str, Any] | None:
        """What a GET gives, where that is a JSON object; None for anything else. Never raises for what a server does."""
        try:
            async with asyncio.timeout(min(_LOOK_SECONDS, self.patience.answer_seconds)):
                response = await self._client.get(path)
            answer = response.json() if response.is_success else None
        except (httpx.HTTPError, TimeoutError, ValueError, RecursionError):
            return None
        return answer if isinstance(answer, dict) else None

    async def models(self, seconds: float = LIST_SECONDS) -> list[str]:
        """The names of the models that it lists. Raises BackendError, each time for what it is: no answer, another, none."""
        where = f"{self.address}/v1/models"
        try:
            async with asyncio.timeout(seconds):
                response = await self._client.get("/v1/models")
        except (TimeoutError, httpx.TimeoutException) as error:
            raise BackendError(
                f"no answer from {where} within {seconds:g} s",
                hint="it may be loading its weights: try again, or name a model with --model",
            ) from error
        except httpx.HTTPError as error:
            said = str(error) or type(error).__name__
            raise BackendError(f"{where} cannot be read: {said}", hint="check the address") from error
        if not response.is_success:
            raise BackendError(
                f"{where} answers {response.status_code}",
                hint="check the address and the key, or name a model with --model",
            )
        try:
            listed = response.json()["data"]
            names = [entry["id"] for entry in listed if isinstance(entry["id"], str)]
        except (ValueError, RecursionError, LookupError, TypeError):
            names = []
        if not names:
            raise BackendError(
                f"{self.address} lists no models", hint="check the address, or name one with --model"
            )
        return names

    async def insist(
        self,
        path: str,
        body: Mapping[str, Any],
        about: str,
        read: Callable[[dict[str, Any]], T],
        *,
        attempts: int | None = None,
    ) -> T:
        """What `read` makes of an answer; asked again until there is one, or patience (or `attempts`) ends.

        about: what is asked, for the message. read: may raise AttemptError. Raises BackendError, RefusedError.
        """
        trouble, attempts = "", attempts or self.patience.attempts
        for number in range(attempts):
            try:
                return read(await self._post(path, body))
            except AttemptError as failure:
                trouble = str(failure)
                seconds = self.patience.pause * 2**number * random.uniform(0.5, 1.5)
                if failure.pause is not None:
                    seconds = failure.pause
                if number + 1 < attempts:
                    await asyncio.sleep(min(seconds, _LONGEST_PAUSE))
        raise BackendError(
            f"{self.address} gave no answer for {about} in {attempts} attempts: {trouble}",
            hint="check the server and run the same command again; what it answered is kept",
        )

    async def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """One attempt. Raises AttemptError where another may help, RefusedError where none will."""
        try:
            async with asyncio.timeout(
                self.patience.answer_seconds
            ):  # httpx only times the gaps in an answer
                response, text = await self._exchange(path, body)
        except (httpx.TimeoutException, TimeoutError) as error:
            raise AttemptError(f"no answer within {self.patience.answer_seconds:g} s") from error
        except httpx.UnsupportedProtocol as error:
            raise _no_address(self.address) from error
        except httpx.HTTPError as error:
            raise AttemptError(str(error) or type(error).__name__) from error
        self._check_status(response, text, body)
        try:
            answer = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise AttemptError(f"the answer is not JSON: {error}") from error
        if not isinstance(answer, dict):
            raise AttemptError("the answer is not a JSON object")
        return answer

    def _check_status(self, response: httpx.Response, text: bytes, body: Mapping[str, Any]) -> None:
        """Raises AttemptError, RefusedError for what is no success."""
        if response.status_code == _TOO_MANY or response.status_code in _SERVER_FAULTS:
            raise AttemptError(f"status {response.status_code}", retry_after(response.headers))
        if not response.is_success:
            raise RefusedError(
                f"{self.address} refuses: status {response.status_code}, {error_text(text.decode(errors='replace'))}",
                hint=f"check that it serves {body.get('model')!r} and takes these settings",
                status=response.status_code,
            )

    async def lines(self, path: str, body: Mapping[str, Any]) -> AsyncIterator[str]:
        """An answer's lines as they come, of one attempt. Raises AttemptError, RefusedError."""
        try:
            async with (
                asyncio.timeout(self.patience.answer_seconds),
                self._client.stream("POST", path, json=body) as response,
            ):
                if not response.is_success:
                    self._check_status(response, await response.aread(), body)
                seen = 0
                async for line in response.aiter_lines():
                    seen += len(line)
                    if seen > _MOST_BYTES:
                        raise AttemptError(f"an answer of more than {_MOST_BYTES // 2**20} MiB")
                    yield line
        except (httpx.TimeoutException, TimeoutError) as error:
            raise AttemptError(f"no answer within {self.patience.answer_seconds:g} s") from error
        except httpx.HTTPError as error:
            raise AttemptError(str(error) or type(error).__name__) from error

    async def _exchange(self, path: str, body: Mapping[str, Any]) -> tuple[httpx.Response, bytes]:
        """Status and text of one answer, of a size that memory bears."""
        text = bytearray()
        async with self._client.stream("POST", path, json=body) as response:
            async for part in response.aiter_bytes():
                text += part
                if len(text) > _MOST_BYTES:
                    raise AttemptError(f"an answer of more than {_MOST_BYTES // 2**20} MiB")
        return response, bytes(text)


def _no_address(address: str) -> BackendError:
    return BackendError(
        f"{address!r} is not the address of a server", hint="it looks like http://127.0.0.1:8000"
    )


def text_in(answer: Mapping[str, Any]) -> str:
    """The first choice's text, of a completion or a chat. Raises AttemptError when there is none.

    A model that thinks until its tokens are used up answers nothing: null where the text would be, which is "".
    """
    choice = first_choice(answer)
    message = choice.get("message")
    held = choice if "text" in choice or not isinstance(message, dict) else message
    text = held.get("text" if held is choice else "content")
    if text is None and ("content" in held or "reasoning_content" in held or choice.get("finish_reason")):
        return ""
    if not isinstance(text, str):
        raise AttemptError("the answer holds no text")
    return text


def first_choice(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first of an answer's choices. Raises AttemptError when there is none."""
    choices = answer.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        raise AttemptError("the answer holds no choices")
    return choice


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds the server asks to wait, when it says so as a number. headers: with any case, or in lower case."""
    with contextlib.suppress(KeyError, ValueError):
        return max(0.0, float(headers["retry-after"]))
    return None


def error_text(text: str) -> str:
    """The server's own words in the text of a refusal, shortened."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    keys = ("error", "message", "detail")
    error = next((body[k] for k in keys if k in body), None) if isinstance(body, dict) else None
    words = error.get("message") if isinstance(error, dict) else error
    return " ".join(str(words or text).split())[:300]


def is_loopback(address: str) -> bool:
    """Whether an address is of this machine."""
    host = urlsplit(address if "//" in address else f"//{address}").hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def models_listed(address: str) -> list[str]:
    """The names of the models that the server at an address lists. Raises BackendError."""

    async def listed() -> list[str]:
        connection = OpenAIConnection(address)
        try:
            return await connection.models()
        finally:
            await connection.close()

    return asyncio.run(listed())
