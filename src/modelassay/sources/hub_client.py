"""The Hugging Face Hub's own client, set up from the environment of this moment, and its errors as one line each.

Honours HF_ENDPOINT, HF_TOKEN (or a saved login), HF_HUB_OFFLINE, HF_HUB_CACHE, HF_HOME and XDG_CACHE_HOME as huggingface_hub
does. That library reads them once, when it is imported; here they are read at each call.
"""

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from modelassay.core.errors import AssayError, InputError, MissingError, OfflineError, StorageError

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

T = TypeVar("T")
ATTEMPTS: Final = 3  # of a request that the Hub may answer later
LONGEST_WAIT: Final = 30.0  # seconds: what is longer is for the user to wait
_LATER: Final = (429, 500, 502, 503, 504)
_OLDEST: Final = "2022-03-02"
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)


def endpoint() -> str:
    """The Hub's address, without a slash at its end."""
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


def creation_day(created_at: str) -> str:
    """The day on which a repository was made, from the Hub's `createdAt`; "" for what is older than its records, to which it
    gives 2022-03-02.
    """
    day = created_at[:10]
    return day if day > _OLDEST else ""


def cache_folder() -> Path:
    """The cache that all tools of this user share."""
    chosen = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    outer = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    home = os.environ.get("HF_HOME") or Path(outer) / "huggingface"
    return Path(home).expanduser() / "hub"


def is_offline(asked: bool = False) -> bool:
    """Whether no request may be made: by --offline, or by HF_HUB_OFFLINE."""
    return asked or os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE")


def token() -> str | None:
    """HF_TOKEN, or the token of a saved login."""
    from huggingface_hub import get_token

    return get_token()


def hub_api() -> "HfApi":
    """The client for this endpoint and token."""
    from huggingface_hub import HfApi

    return HfApi(endpoint=endpoint(), token=token() or False, library_name="modelassay")


def asking(about: str, call: Callable[[], T]) -> T:
    """What a request to the Hub answers; asked again where the Hub is busy, for at most `LONGEST_WAIT` seconds each time.

    about: what is asked for, as the user wrote it. Raises AssayError: one line with what to do.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return call()
        except AssayError:
            raise
        except Exception as error:
            wait = _seconds_to_wait(error, attempt)
            if attempt == ATTEMPTS or wait is None or wait > LONGEST_WAIT:
                raise explained(error, about) from error
            time.sleep(wait)
    raise AssertionError("the last attempt returns or raises")


def explained(error: Exception, about: str) -> AssayError:
    """The client's error as one of ours. An error that is nobody's known fault is raised as it is."""
    from huggingface_hub import errors

    if isinstance(error, errors.HfHubHTTPError):
        return _refusal(error, about)
    if isinstance(error, errors.HFValidationError):
        return InputError(
            f"{about} is no name of a repository", hint="give owner/name or owner/name@revision"
        )
    if isinstance(error, errors.OfflineModeIsEnabled | errors.LocalEntryNotFoundError):
        return OfflineError(
            f"{about} is not in the Hub's cache on this machine", hint="run without --offline once"
        )
    if _is_network(error):
        said = str(error) or type(error).__name__
        hint = "check the network, or HF_ENDPOINT; --offline uses what is in the cache"
        return OfflineError(f"the Hub at {endpoint()} cannot be asked for {about}: {said}", hint=hint)
    if isinstance(error, OSError):
        return disk_error(error, about)
    raise error


def disk_error(error: OSError, about: str) -> AssayError:
    """A write to the cache that failed."""
    if error.errno in _FULL:
        hint = "free some space, or set HF_HOME to another disk; then run the same command again: it goes on"
        return StorageError(f"the disk is full while fetching {about}", path=cache_folder(), hint=hint)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        hint = "set HF_HOME to a folder that you may write to"
        return StorageError(f"{about} cannot be kept: {error.strerror}", path=cache_folder(), hint=hint)
    return OfflineError(f"{about} cannot be fetched: {error}", hint="run the same command again")


def _refusal(error: "HfHubHTTPError", about: str) -> AssayError:
    """What the Hub refused, and why."""
    from huggingface_hub import errors

    page = f"{endpoint()}/{about.partition('@')[0]}"
    status = error.response.status_code
    if isinstance(error, errors.GatedRepoError):
        hint = f"accept the terms at {page}, then "
        hint += "use that account's token in HF_TOKEN" if token() else "set HF_TOKEN to that account's token"
        return MissingError(f"{about} is gated", hint=hint)
    if isinstance(error, errors.DisabledRepoError):
        return MissingError(f"{about} was disabled by the Hub", hint=f"see {page}, and choose another model")
    if isinstance(error, errors.RevisionNotFoundError):
        hint = f"see {page}/commits/main; without @revision the newest is taken"
        return MissingError(f"the Hub has no such revision: {about}", hint=hint)
    if isinstance(error, errors.RepositoryNotFoundError):
        seen = "that this token may see" if token() else "that can be seen without a token"
        return MissingError(
            f"the Hub has no model {about} {seen}",
            hint="check the name; if it is private, set HF_TOKEN to a token that may read it",
        )
    if isinstance(error, errors.RemoteEntryNotFoundError):
        return MissingError(
            f"{about} has no {_path_of(error)} at this revision", hint="choose another revision"
        )
    if status == 401:
        return MissingError(
            f"the Hub refuses the token for {about}", hint="set HF_TOKEN to a valid token, or unset it"
        )
    if status == 403:
        hint = "use a token with read access to gated repositories"
        return MissingError(f"the token in use may not read {about}", hint=hint)
    if status == 429:
        wait = _retry_after(error)
        hint = "wait some minutes, " if wait is None else f"wait {wait:.0f} s, "
        hint += "then run the same command again" + (
            "" if token() else "; a token in HF_TOKEN may ask more often"
        )
        return OfflineError(f"the Hub was asked too often (429) for {about}", hint=hint)
    hint = "try again later; --offline uses what is in the cache"
    return OfflineError(f"the Hub answers {status} for {about}", hint=hint)


def _path_of(error: "HfHubHTTPError") -> str:
    return error.response.url.path.rsplit("/", 1)[-1]


def _seconds_to_wait(error: Exception, attempt: int) -> float | None:
    """How long until it is worth asking again; None where it never is."""
    from huggingface_hub.errors import HfHubHTTPError

    if isinstance(error, HfHubHTTPError):
        if error.response.status_code not in _LATER:
            return None
        asked = _retry_after(error)
        return 2.0 ** (attempt - 1) if asked is None else asked
    return 2.0 ** (attempt - 1) if _is_network(error) else None


def _retry_after(error: "HfHubHTTPError") -> float | None:
    """Seconds that the Hub asks to wait, by Retry-After or the rate limit's own header."""
    written = error.response.headers.get("Retry-After", "")
    if written.isdecimal():
        return float(written)
    from huggingface_hub.utils import parse_ratelimit_headers

    found = parse_ratelimit_headers(error.response.headers)
    return None if found is None else float(found.reset_in_seconds)


def _is_network(error: Exception) -> bool:
    """A connection that failed, timed out or broke; by the client's own HTTP library, whichever that is."""
    from huggingface_hub.errors import HfHubHTTPError

    if isinstance(error, HfHubHTTPError):
        return False
    return isinstance(error, ConnectionError | TimeoutError) or any(
        kind.__name__ == "TransportError" for kind in type(error).__mro__
    )
