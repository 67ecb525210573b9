"""What a user's SOURCE means: a file, a model of the Hub, a README of GitHub, a paper of arXiv, or any address."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote, unquote, urlsplit

from modelassay.core.errors import InputError
from modelassay.sources.hub_client import endpoint

Kind = Literal["file", "hub", "github", "arxiv", "address"]

_HUB_ID: Final = re.compile(r"(?P<name>[\w.-]+/[\w.-]+)(?:@(?P<revision>[\w./-]+))?")
_HUB_PAGE: Final = re.compile(r"/(?P<name>[\w.-]+/[\w.-]+?)(?:/(?:tree|commit)/(?P<revision>[\w.-]+))?/?")
_HUB_FILE: Final = re.compile(
    r"/(?P<rest>(?:(?:datasets|spaces)/)?[\w.-]+/[\w.-]+)/(?:blob|raw)/(?P<file>.+)"
)
_GITHUB: Final = re.compile(
    r"/?(?P<name>[\w.-]+/[\w.-]+?)(?:\.git)?(?:/(?:tree|commit)/(?P<revision>[^/]+)|/blob/(?P<ref>[^/]+)/(?P<path>.+))?/?"
)
_ARXIV: Final = re.compile(
    r"(?:arxiv:|https?://(?:www\.)?arxiv\.org/(?:abs|html|pdf)/)(?P<id>\d{4}\.\d{4,5}(?:v\d+)?)(?:\.pdf)?",
    re.I,
)
_NOT_MODELS: Final = frozenset(
    ("datasets", "spaces", "docs", "blog", "papers", "collections", "api", "learn", "models")
)


@dataclass(frozen=True)
class Source:
    """name: of the repository, or the address; path: of a file in the repository ("" means its README)."""

    kind: Kind
    name: str
    revision: str = ""
    path: str = ""


def understand(text: str) -> Source:
    """What a SOURCE is. Raises InputError for what is none of the kinds."""
    if text.startswith("file://"):
        return Source("file", unquote(urlsplit(text).path))
    if Path(text).is_file():
        return Source("file", text)
    paper = _ARXIV.fullmatch(text)
    if paper is not None:
        return Source("arxiv", paper["id"])
    if text.startswith("github:"):
        name, _, revision = text.removeprefix("github:").partition("@")
        return Source("github", name, revision)
    parts = urlsplit(text)
    if parts.scheme in ("http", "https"):
        return _of_address(text, parts.netloc.lower(), parts.path)
    model = _HUB_ID.fullmatch(text)
    if model is not None:
        return Source("hub", model["name"], model["revision"] or "")
    raise InputError(
        f"{text!r} is no source",
        hint="give an address, a file, owner/name of the Hub, github:owner/name or arxiv:ID",
    )


def _of_address(text: str, host: str, path: str) -> Source:
    if host in ("huggingface.co", "hf.co", "www.huggingface.co", urlsplit(endpoint()).netloc.lower()):
        file = _HUB_FILE.fullmatch(path)
        if file is not None:
            return Source("address", f"{endpoint()}/{file['rest']}/resolve/{file['file']}")
        page = _HUB_PAGE.fullmatch(path)
        if page is not None and page["name"].partition("/")[0] not in _NOT_MODELS:
            return Source("hub", page["name"], page["revision"] or "")
    if host in ("github.com", "www.github.com"):
        found = _GITHUB.fullmatch(path)
        if found is not None:
            return Source(
                "github", found["name"], found["revision"] or found["ref"] or "", found["path"] or ""
            )
    return Source("address", text)


def hub_headers() -> Mapping[str, str]:
    """The user's token for the Hub, if there is one."""
    token = os.environ.get("HF_TOKEN", "").strip()
    return {"authorization": f"Bearer {token}"} if token else {}


def hub_file(name: str, revision: str, path: str) -> str:
    """The address of a file of a model at a commit."""
    return f"{endpoint()}/{name}/resolve/{revision}/{quote(path)}"


def github_endpoint() -> str:
    """Where GitHub's API is: GITHUB_API_URL, as GitHub's own runners name it, else its public address."""
    return (os.environ.get("GITHUB_API_URL") or "https://api.github.com").rstrip("/")


def github_headers(accept: str) -> Mapping[str, str]:
    """The answer wanted, the version of the API, and the user's token, if there is one."""
    token = os.environ.get("GITHUB_TOKEN", "").strip()
    own = {"authorization": f"Bearer {token}"} if token else {}
    return {"accept": accept, "x-github-api-version": "2022-11-28", **own}


def arxiv_page(paper: str) -> str:
    """The address of a paper's HTML form."""
    return f"https://arxiv.org/html/{paper}"
