"""Fetching sources from a server that is slow, torn, redirecting, too busy or forbidding."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from modelassay.core.errors import AssayError, InputError, MissingError, OfflineError
from modelassay.core.workdir import WorkDir
from modelassay.sources.http_fetch import Fetcher, Limits, Wanted
from modelassay.sources.kept_sources import KeptSources
from support.web import Answer, Web, resumable, web

BODY = b"| model | humaneval |\n|---|---|\n| a | 30.5 |\n" * 400


@pytest.fixture
def served() -> Iterator[Web]:
    with web() as server:
        yield server


@pytest.fixture
def kept(tmp_path: Path) -> KeptSources:
    return KeptSources(WorkDir(tmp_path).sources)


def fetcher(kept: KeptSources, *, pauses: list[float] | None = None, **limits: float) -> Fetcher:
    """A fetcher that never sleeps; it notes for how long it would have."""
    noted = pauses if pauses is not None else []
    now = datetime(2026, 11, 29, 10, 0, 0, tzinfo=UTC)
    return Fetcher(kept, Limits(**limits), sleep=noted.append, now=lambda: now)  # type: ignore[arg-type]


def test_a_page_is_kept_under_its_hash(served: Web, kept: KeptSources) -> None:
    """The bytes, their sha256, the time, the type and the ETag."""
    served.pages["/a.md"] = Answer(BODY, headers={"ETag": '"1"', "Content-Type": "text/markdown"})
    with fetcher(kept) as get:
        found = get.fetch(Wanted(f"{served.address}/a.md"))

    assert found.sha256 == hashlib.sha256(BODY).hexdigest()
    assert (found.bytes, found.etag, found.content_type) == (len(BODY), '"1"', "text/markdown")
    assert found.retrieved == "2026-11-29T10:00:00Z"
    assert kept.body(found.sha256) == BODY


def test_an_unchanged_page_is_not_sent_again(served: Web, kept: KeptSources) -> None:
    """The second request is conditional; its 304 is a fetch of the same bytes."""
    served.pages["/a.md"] = resumable(BODY, '"1"', [])
    wanted = Wanted(f"{served.address}/a.md")
    with fetcher(kept) as get:
        first, second = get.fetch(wanted), get.fetch(wanted)

    assert (second.sha256, second.status) == (first.sha256, 304)
    assert served.asked("/a.md")[1]["if-none-match"] == '"1"'


def test_a_body_cut_short_is_gone_on_with(served: Web, kept: KeptSources) -> None:
    """After two cuts the third request asks for the rest only, and the bytes are the whole ones."""
    served.pages["/a.md"] = resumable(BODY, '"1"', [5000, 4000])
    with fetcher(kept) as get:
        found = get.fetch(Wanted(f"{served.address}/a.md"))

    assert kept.body(found.sha256) == BODY
    assert [h.get("range") for h in served.asked("/a.md")] == [None, "bytes=5000-", "bytes=9000-"]
    assert not [p for p in kept.files.partial("x").parent.iterdir() if p.suffix != ".lock"]


def test_what_arrived_serves_the_next_run(served: Web, kept: KeptSources) -> None:
    """A run that gives up leaves its bytes to the next one."""
    served.pages["/a.md"] = resumable(BODY, '"1"', [5000])
    wanted = Wanted(f"{served.address}/a.md")
    with fetcher(kept, attempts=1) as get, pytest.raises(OfflineError, match="1 attempts"):
        get.fetch(wanted)
    with fetcher(kept) as get:
        found = get.fetch(wanted)

    assert served.asked("/a.md")[-1]["range"] == "bytes=5000-"
    assert kept.body(found.sha256) == BODY


def test_a_body_that_changed_meanwhile_is_fetched_whole(served: Web, kept: KeptSources) -> None:
    """If-Range with the old ETag gets the new body, and none of the old bytes is in it."""
    wanted = Wanted(f"{served.address}/a.md")
    served.pages["/a.md"] = resumable(BODY, '"1"', [5000])
    with fetcher(kept, attempts=1) as get, pytest.raises(OfflineError):
        get.fetch(wanted)
    served.pages["/a.md"] = resumable(BODY[::-1], '"2"', [])
    with fetcher(kept) as get:
        assert kept.body(get.fetch(wanted).sha256) == BODY[::-1]


def test_retry_after_is_waited_out(served: Web, kept: KeptSources) -> None:
    """Seconds and dates; a server that says nothing is asked again after growing pauses."""
    answers = [
        Answer(b"", 429, {"Retry-After": "7"}),
        Answer(b"", 503, {"Retry-After": "Sun, 29 Nov 2026 10:00:30 GMT"}),
        Answer(b"", 500),
        Answer(BODY),
    ]
    served.pages["/a.md"] = lambda headers: answers.pop(0)
    pauses: list[float] = []
    with fetcher(kept, pauses=pauses) as get:
        get.fetch(Wanted(f"{served.address}/a.md"))

    assert pauses == [7.0, 30.0, 2.0]


def test_a_long_retry_after_is_not_slept_through(served: Web, kept: KeptSources) -> None:
    """An hour is the user's to wait; the line says when."""
    served.pages["/a.md"] = Answer(b"", 429, {"Retry-After": "3600"})
    with fetcher(kept) as get, pytest.raises(OfflineError, match="again in 3600 s"):
        get.fetch(Wanted(f"{served.address}/a.md"))

    assert len(served.asked("/a.md")) == 1


def test_redirects_are_recorded(served: Web, kept: KeptSources) -> None:
    """Where it led, and over which addresses; a token does not go to another host."""
    with web() as other:
        other.pages["/b.md"] = BODY
        served.pages["/a.md"] = Answer(b"", 302, {"Location": "/c.md"})
        served.pages["/c.md"] = Answer(b"", 307, {"Location": f"{other.address}/b.md"})
        with fetcher(kept) as get:
            found = get.fetch(
                Wanted(f"{served.address}/a.md", headers={"authorization": "Bearer x"}, is_api=True)
            )

        assert found.redirects == (f"{served.address}/a.md", f"{served.address}/c.md")
        assert found.final_url == f"{other.address}/b.md"
        assert "authorization" in served.asked("/c.md")[0]
        assert "authorization" not in other.asked("/b.md")[0]


@pytest.mark.parametrize(
    ("target", "said"), [("/a.md", "without end"), ("file:///etc/passwd", "no http or https address")]
)
def test_redirects_that_lead_nowhere_are_refused(
    served: Web, kept: KeptSources, target: str, said: str
) -> None:
    """A ring, and an address of another scheme."""
    served.pages["/a.md"] = Answer(b"", 302, {"Location": target})
    with fetcher(kept) as get, pytest.raises(InputError, match=said):
        get.fetch(Wanted(f"{served.address}/a.md"))


def test_robots_are_obeyed(served: Web, kept: KeptSources) -> None:
    """A page that robots.txt excludes, by a wildcard, is not asked for; an interface for programs is."""
    served.pages["/robots.txt"] = b"User-agent: *\nDisallow: /*/private\nAllow: /\n"
    served.pages["/a/private"] = served.pages["/a/public"] = BODY
    with fetcher(kept) as get:
        get.fetch(Wanted(f"{served.address}/a/public"))
        with pytest.raises(InputError, match=r"robots\.txt"):
            get.fetch(Wanted(f"{served.address}/a/private"))
        assert served.asked("/a/private") == []
        get.fetch(Wanted(f"{served.address}/a/private", is_api=True))

    assert len(served.asked("/robots.txt")) == 1


def test_a_host_whose_robots_fail_is_left_alone(served: Web, kept: KeptSources) -> None:
    """RFC 9309: a server error of robots.txt means that nothing may be fetched."""
    served.pages["/robots.txt"] = Answer(b"", 500)
    with fetcher(kept) as get, pytest.raises(InputError, match=r"robots\.txt"):
        get.fetch(Wanted(f"{served.address}/a"))


@pytest.mark.parametrize("announced", [True, False])
def test_too_large_a_body_is_refused(served: Web, kept: KeptSources, announced: bool) -> None:
    """By its Content-Length before anything is read, else as soon as it passes the limit."""
    served.pages["/a"] = Answer(BODY)
    headers = {} if announced else {"Transfer-Encoding": "chunked"}
    if not announced:
        chunked = b"".join(b"%x\r\n%s\r\n" % (1000, BODY[:1000]) for _ in range(9)) + b"0\r\n\r\n"
        served.pages["/a"] = Answer(chunked, headers=headers)
    with fetcher(kept, largest=5000) as get, pytest.raises(AssayError, match="more than 5000 bytes"):
        get.fetch(Wanted(f"{served.address}/a"))


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (404, "", "is not there"),
        (404, "RevisionNotFound", "no such revision"),
        (401, "RepoNotFound", "is not there, or private"),
        (403, "GatedRepo", "accept the model's terms"),
        (410, "", "is gone"),
    ],
)
def test_a_refusal_says_what_to_do(served: Web, kept: KeptSources, status: int, code: str, said: str) -> None:
    """One line with address, status and remedy; nothing is kept."""
    served.pages["/a"] = Answer(b"x", status, {"X-Error-Code": code} if code else {})
    with fetcher(kept) as get, pytest.raises(MissingError, match=said) as raised:
        get.fetch(Wanted(f"{served.address}/a"))

    assert f"({status})" in str(raised.value)
    assert kept.retrievals() == []


def test_offline_is_what_was_kept(served: Web, kept: KeptSources) -> None:
    """The last fetch, without a request; an address never kept is an error."""
    served.pages["/a"] = BODY
    with fetcher(kept) as get:
        found = get.fetch(Wanted(f"{served.address}/a"))
    asked = len(served.requests)
    with Fetcher(kept, offline=True) as get:
        assert get.fetch(Wanted(f"{served.address}/a")) == found
        with pytest.raises(OfflineError, match="without --offline"):
            get.fetch(Wanted(f"{served.address}/b"))

    assert len(served.requests) == asked


def test_bytes_changed_on_disk_are_noticed(served: Web, kept: KeptSources) -> None:
    """A body whose hash is another one is not read."""
    served.pages["/a"] = BODY
    with fetcher(kept) as get:
        found = get.fetch(Wanted(f"{served.address}/a"))
    kept.files.body(found.sha256).write_bytes(b"other")

    with pytest.raises(InputError, match="changed on disk"):
        kept.body(found.sha256)


def test_a_source_is_found_by_the_beginning_of_its_hash(served: Web, kept: KeptSources) -> None:
    """Six characters at least."""
    served.pages["/a"] = BODY
    with fetcher(kept) as get:
        found = get.fetch(Wanted(f"{served.address}/a"))

    assert kept.find(found.sha256[:8]) == found
    with pytest.raises(MissingError):
        kept.find(found.sha256[:3])
