"""A study that still runs: what there is so far, served to this machine only, read-only and safe."""

import base64
import gzip
import os
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from modelassay.core.errors import InputError, MissingError
from modelassay.core.workdir import WorkDir
from modelassay.report.content import encode_study
from modelassay.report.live import LiveStudy
from modelassay.report.serve import make_server, serve_directory
from modelassay.report.studies import Studies
from support.browser import Browser
from support.growing import PER_PROBLEM, Growing
from support.hostile_study import HOSTILE


@pytest.fixture
def growing(tmp_path: Path) -> Growing:
    return Growing(tmp_path / "work")


@pytest.fixture
def site(growing: Growing) -> Iterator[httpx.Client]:
    """The pages of that study, served on a free port."""
    growing.begin()
    with make_server(Studies(growing.workdir.root), "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        with httpx.Client(base_url=f"http://127.0.0.1:{server.server_address[1]}", trust_env=False) as client:
            yield client
        server.shutdown()
        thread.join()


def looked_at(study: LiveStudy) -> Any:
    study.refresh()
    return study.report()


def test_figures_rest_on_problems_graded_in_full(growing: Growing) -> None:
    """A running study gives an estimate with its interval over what is complete, and says over how much."""
    growing.begin()
    growing.sample(0)
    growing.sample(1)
    growing.grade(0, passed=5)
    report = looked_at(LiveStudy(growing.workdir))
    estimate = report.runs[0].estimates[0]

    assert (estimate.k, estimate.value, estimate.problems) == (1, 0.5, 1)
    assert "1 of 4 problems so far" in report.warnings[0]
    assert [(s.name, s.done, s.total) for s in report.stages] == [
        ("sampling tiny-model on starter", 20, 40),
        ("grading tiny-model on starter", 10, 20),
    ]


def test_growing_files_are_read_from_where_they_were_left(growing: Growing) -> None:
    """What is appended is taken in; a half-written line waits until it is whole."""
    growing.begin()
    growing.sample(0)
    study = LiveStudy(growing.workdir)
    assert looked_at(study).runs[0].candidates == 10

    growing.sample(1)
    whole = growing.run.completions.read_bytes()
    growing.run.completions.write_bytes(whole[:-9])
    assert looked_at(study).runs[0].candidates == 19

    growing.run.completions.write_bytes(whole)
    assert looked_at(study).runs[0].candidates == 20


def test_a_finished_study_shows_study_json(growing: Growing, small: Any) -> None:
    """Once study.json is newer than the runs, it alone is shown."""
    growing.begin()
    growing.sample(0)
    growing.workdir.study_json.write_bytes(encode_study(small))

    assert looked_at(LiveStudy(growing.workdir)) == small


@pytest.mark.parametrize("more", [False, True])
def test_a_copied_study_is_finished_if_it_tells_of_all_samples(
    growing: Growing, small: Any, more: bool
) -> None:
    """A copy's files may have any times; the numbers of samples tell."""
    growing.begin()
    growing.sample(0)
    growing.grade(0, 3)
    if more:
        growing.sample(1)
    run = msgspec.structs.replace(small.runs[0], id=growing.run.root.name, candidates=PER_PROBLEM)
    growing.workdir.study_json.write_bytes(encode_study(msgspec.structs.replace(small, runs=(run,))))
    os.utime(growing.workdir.study_json, (1, 1))

    live = LiveStudy(growing.workdir)
    live.refresh()
    assert live.finished() == (not more)


def test_nothing_yet_is_a_page_too(tmp_path: Path) -> None:
    """An empty work directory is a study that begins."""
    report = looked_at(LiveStudy(WorkDir(tmp_path)))

    assert report.runs == ()
    assert report.stages[0].name == "starting"


def test_the_page_and_its_candidates_are_served(growing: Growing, site: httpx.Client) -> None:
    """Candidates show before they are graded and with their grade after."""
    growing.sample(0)
    page = site.get("/")
    script = site.get("/candidates/0.js").text
    growing.grade(0, passed=3)
    later = site.get("/candidates/0.js").text

    assert page.status_code == 200
    assert "tiny-model" in page.text
    assert [g["seen"] for g in groups_of(script)] == [[]] * 10
    assert sum(g["seen"][0][1] == "passed" for g in groups_of(later)) == 3
    assert site.get("/report.md").text.startswith("# work")
    assert site.get("/study.json").json()["format_version"] == 1


def groups_of(script: str) -> list[dict[str, Any]]:
    found = re.fullmatch(r'assayChunk\(0,"([A-Za-z0-9+/=]+)"\)\n', script)
    assert found
    content = msgspec.json.decode(gzip.decompress(base64.b64decode(found[1])))
    return list(content["runs"]["0"]["groups"])


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd",
        "/runs/../../../etc/passwd",
        "/runs/%2e%2e/%2e%2e/etc/passwd",
        "/runs/{run}/../../.lock",
        "/runs/{run}/%2e%2e%2f%2e%2e%2f.lock",
        "/runs/{run}/secret.jsonl",
        "/candidates/999999.js",
        "/.lock",
        "//etc/passwd",
    ],
)
def test_no_path_leaves_the_run_folders(growing: Growing, site: httpx.Client, path: str) -> None:
    """Dots, escapes and links in a path lead nowhere."""
    (growing.workdir.root / ".lock").write_text("secret")
    (growing.run.root / "secret.jsonl").symlink_to("/etc/passwd")
    answer = site.get(path.replace("{run}", growing.run.root.name))

    assert answer.status_code == 404
    assert "secret" not in answer.text


def test_run_files_can_be_read(growing: Growing, site: httpx.Client) -> None:
    """A run's own records are one click from the page, as plain text."""
    growing.sample(0)
    site.get("/")
    name = growing.run.root.name
    answer = site.get(f"/runs/{name}/completions.jsonl")

    assert answer.content == growing.run.completions.read_bytes()
    assert answer.headers["content-type"].startswith("text/plain")
    assert f"/runs/{name}/manifest.jsonl" in site.get(f"/runs/{name}").text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_there_is_no_writing(site: httpx.Client, method: str) -> None:
    """Only GET and HEAD are answered."""
    assert site.request(method, "/").status_code == 501


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Host": "evil.example:80"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_other_sites_cannot_read_through_the_browser(site: httpx.Client, headers: dict[str, str]) -> None:
    """A foreign Host (DNS rebinding) and a cross-site request are refused."""
    assert site.get("/", headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        *[("GET", path, {}, 200) for path in ("/", "/report.md", "/stamp", "/study.json", "/candidates/0.js")],
        ("GET", "/nowhere", {}, 404), ("HEAD", "/", {}, 200), ("HEAD", "/nowhere", {}, 404), ("POST", "/", {}, 501),
        ("GET", "/", {"Host": "evil.example"}, 403), ("HEAD", "/stamp", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("GET", "/", {"Host": "127.0.0.1:port"}, 400),
    ],
)  # fmt: skip
def test_every_answer_carries_a_policy(
    growing: Growing, site: httpx.Client, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    """Pages may not be framed; what is not a page may not do anything; nothing is kept, or read by another site."""
    growing.sample(0)
    answer = site.request(method, path, headers=headers)

    assert answer.status_code == status
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy or "text/html" in answer.headers["content-type"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content == b"" if method == "HEAD" else answer.content


def said_to(site: httpx.Client, request: bytes) -> bytes:
    """All that the server says to these bytes, until it closes the connection."""
    with socket.create_connection((site.base_url.host, site.base_url.port or 0), 10) as connection:
        connection.sendall(request)
        said = b""
        while part := connection.recv(1 << 16):
            said += part
    return said


@pytest.mark.parametrize(
    "host",
    [
        b"[::1", b"[::1]x", b"[:::1]", b"[127.0.0.1]", b"127.0.0.1:http", b"127.0.0.1:99999", b"127.0.0.1:1:2",
        b"me@127.0.0.1", b"127.0.0.1/stamp", b"127.0.0.1?", b"127.0.0.1#", b"local host", b"\xe9", b"127.0.0.1\x00", b"",
        b"127.0.0.1\r\nHost: 127.0.0.1",
    ],
)  # fmt: skip
def test_a_host_that_is_none_is_refused(
    site: httpx.Client, host: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    """400, on every name that the server answers to, and nothing on the terminal."""
    said = said_to(site, b"GET /stamp HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")

    assert b" 400 " in said.splitlines()[0]
    assert b"Content-Security-Policy: default-src 'none'" in said
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "host", [b"localhost", b"LOCALHOST:80", b"127.0.0.1:", b"127.0.0.1:8000", b"[::1]", b"[::1]:80"]
)
def test_hosts_that_are_this_machine(site: httpx.Client, host: bytes) -> None:
    """Its names and addresses, with any port."""
    assert b" 200 " in said_to(site, b"GET /stamp HTTP/1.1\r\nHost: " + host + b"\r\n\r\n").splitlines()[0]


def test_http_1_0_needs_no_host(site: httpx.Client) -> None:
    """Without a Host nobody was asked for by another name; HTTP/1.1 must send one."""
    assert b" 400 " in said_to(site, b"GET /stamp HTTP/1.1\r\n\r\n").splitlines()[0]
    assert b" 403 " in said_to(site, b"GET /stamp HTTP/1.0\r\n\r\n").splitlines()[0]


def test_a_large_post_gets_its_answer(site: httpx.Client) -> None:
    """What is not read does not reset the connection before the answer has been read."""
    for _ in range(5):
        assert b" 501 " in said_to(
            site, b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500000\r\n\r\n" + b"x" * 500_000
        )


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_any_fault_of_ours_is_one_line(
    growing: Growing, site: httpx.Client, method: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """A fault that nobody foresaw is a 500 without a traceback, and the next request is answered."""
    kept = growing.workdir.study_json
    kept.mkdir()  # where a file is read
    answer = site.request(method, "/")
    kept.rmdir()

    assert answer.status_code == 500
    assert "Traceback" not in answer.text
    assert answer.text.count("\n") == (method == "GET")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert capfd.readouterr().err == ""
    assert site.get("/").status_code == 200


@pytest.mark.parametrize(
    "request_", [b"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", b"BREW / HTTP/1.1\r\n\r\n", b"nonsense\r\n\r\n\r\n"]
)  # fmt: skip
def test_what_is_no_request_is_refused(
    site: httpx.Client, request_: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    """In one line, without a traceback, under the same policy as every other answer."""
    said = said_to(site, request_)

    assert b" 400 " in said.splitlines()[0] or b" 501 " in said.splitlines()[0]
    assert b"Content-Security-Policy: default-src 'none'" in said
    assert capfd.readouterr().err == ""


def test_a_broken_study_json_is_said_in_one_line(growing: Growing, site: httpx.Client) -> None:
    """The page names the file and the remedy instead of a traceback."""
    growing.workdir.study_json.write_text("{")
    answer = site.get("/")

    assert answer.status_code == 500
    assert answer.text.count("\n") == 1
    assert "study.json: not a study" in answer.text


def test_a_bad_start_is_explained(growing: Growing, tmp_path: Path) -> None:
    """A missing directory and a taken port are errors with a remedy."""
    with pytest.raises(MissingError, match="no such work directory — start `assay study` first"):
        serve_directory(tmp_path / "none", "127.0.0.1", 0, print)
    growing.begin()
    live = Studies(growing.workdir.root)
    with (
        make_server(live, "127.0.0.1", 0) as server,
        pytest.raises(InputError, match="choose another --port"),
    ):
        make_server(live, "127.0.0.1", int(server.server_address[1]))


def test_the_open_page_follows_the_study(browser: Browser, growing: Growing, site: httpx.Client) -> None:
    """Without a reload the page shows new estimates, the opened problem follows, hostile text stays text."""
    growing.sample(0)
    browser.console()
    browser.open(str(site.base_url))
    browser.until("document.querySelector('#sheet h3')")
    growing.grade(0, passed=5, detail=HOSTILE)
    browser.until("document.querySelector('h1').textContent.includes('So far, tiny-model solves')", 15)
    browser.until("document.querySelectorAll('.outcome-other').length > 0")
    browser.run("[...document.querySelectorAll('.groups button')].at(-1).click()")

    assert "</script><script>" in browser.run("return document.getElementById('sheet').textContent")
    assert browser.run("return window.hit") is None
    assert browser.console() == []
    assert all(url.startswith(str(site.base_url)) for url in browser.requests() if url.startswith("http"))


def test_ungraded_samples_are_read_by_the_runs_rules(growing: Growing) -> None:
    """Not by the usual ones."""
    growing.begin(extraction="none")
    growing.sample(0, "Text.\n```python\ndef f():\n    return 1\n```\n", form="unknown")
    study = LiveStudy(growing.workdir)
    study.refresh()
    found = study.problem_samples("starter", growing.names[0])[0].samples[0]

    assert found.extraction.startswith("none-found")
