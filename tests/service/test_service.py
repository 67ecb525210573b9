"""`assay serve-grader` as its clients see it: a process of its own, asked over HTTP."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from modelassay.core.errors import InputError
from modelassay.service.admission import Admission, EndingError, FullError
from modelassay.service.server import check_open

ADD = {"task_id": "add", "text": "Add.", "test_list": ["assert add(2, 3) == 5", "assert add(0, 1) == 1"]}
ECHO = {"task_id": "echo", "prompt": "Echo.", "inputs": ["a\n", "b\n"], "outputs": ["a\n", "b\n"]}
RIGHT = "def add(a, b):\n    return a + b\n"
HALF = "def add(a, b):\n    return 5\n"
SLEEPS = "import random, time\ndef add(a, b):\n    while random.random() < 2:\n        time.sleep(0.001)\n"


@contextlib.contextmanager
def service(*options: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A service and what it said of its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "modelassay", "serve-grader", *options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment},
    )  # fmt: skip
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        yield process, json.loads(line)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    """A client of one service for all tests here that neither end nor fill it."""
    with (
        service("--workers", "2") as (_, address),
        httpx.Client(base_url=address["url"], timeout=120) as opened,
    ):
        yield opened


def graded(client: httpx.Client, samples: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    response = client.post("/v1/grade", json={"problems": [ADD, ECHO], "samples": samples, **more})
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def test_a_batch_is_graded(client: httpx.Client) -> None:
    """Every sample's result in the order of the samples, under the caller's own ids, with per-test counts and a reward."""
    samples: list[dict[str, Any]] = [
        {"task_id": "add", "completion": RIGHT, "id": "x"},
        {"task_id": "echo", "completion": "print(input())", "id": 7},
        {"task_id": "add", "completion": HALF, "id": "y"},
        {"task_id": "echo", "completion": "print('a')"},
    ]

    found = graded(client, samples)

    assert found["ungraded"] == []
    assert [(r["id"], r["passed"], r["reward"]) for r in found["results"]] == [
        ("x", True, 1.0), (7, True, 1.0), ("y", False, 0.5), (3, False, 0.5),
    ]  # fmt: skip
    assert {
        "id",
        "task_id",
        "outcome",
        "passed",
        "reward",
        "tests_passed",
        "tests",
        "detail",
        "seconds",
    } <= set(found["results"][0])


def test_what_is_not_graded_has_no_reward(client: httpx.Client) -> None:
    """A deadline that passes and a problem that cannot be graded leave samples without a verdict, with the reason."""
    broken = {
        "task_id": "bad",
        "text": "Add.",
        "test_list": ["assert add(2, 3) == 5"],
        "test_setup_code": "import nosuchmodule",
    }
    loops = [{"task_id": "add", "completion": f"{SLEEPS}    # {n}\n", "id": n} for n in range(3)]
    body = {"problems": [ADD, broken], "samples": [{"task_id": "bad", "completion": RIGHT, "id": "b"}]}

    late = graded(client, loops, deadline_seconds=0.3)
    unjudgeable = client.post("/v1/grade", json=body).json()

    assert late["results"] == []
    assert [u["id"] for u in late["ungraded"]] == [0, 1, 2]
    assert all("deadline" in u["reason"] for u in late["ungraded"])
    assert unjudgeable["results"] == []
    assert "nosuchmodule" in unjudgeable["ungraded"][0]["reason"]


def test_the_request_may_name_a_comparison(client: httpx.Client) -> None:
    """A rule for outputs instead of the problems' own."""
    sample = [{"task_id": "echo", "completion": "print(input() + ' ')"}]

    assert [
        graded(client, sample, comparison=rule)["results"][0]["passed"] for rule in ("lines", "exact")
    ] == [True, False]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "the body is not such a request"),
        (b'{"problems": [], "samples": [{"task_id": "a", "completion": "x"}]}', "not among the problems"),
        (b'{"problems": [{"task_id": "a"}], "samples": []}', "problems:1: neither `test` nor `test_list`"),
        (b'{"problems": [], "samples": [], "comparison": "nearly"}', "comparison 'nearly' is unknown"),
        (b'{"problems": [], "samples": [], "deadline_seconds": 0}', "deadline_seconds is 0"),
    ],
)
def test_a_bad_request_is_told_what_is_wrong(client: httpx.Client, body: bytes, said: str) -> None:
    """One line with the place and the remedy, and no verdict."""
    response = client.post("/v1/grade", content=body)

    assert response.status_code == 400
    assert said in response.json()["error"]


@pytest.mark.parametrize(
    ("code", "more", "expected"),
    [
        ("print(input() * 2)", {"stdin": "ab"}, ("Success", "Finished", 0, "abab\n", "")),
        ("import sys\nprint(1)\nsys.exit('no')", {}, ("Failed", "Finished", 1, "1\n", "no\n")),
        ("1 / 0", {}, ("Failed", "Finished", 1, "", "ZeroDivisionError: division by zero (line 1)")),
        ("while True: pass", {"run_timeout": 0.5}, ("Failed", "TimeLimitExceeded", None, "", "")),
    ],
)
def test_run_code(client: httpx.Client, code: str, more: dict[str, Any], expected: tuple[Any, ...]) -> None:
    """SandboxFusion's request and answer: status of the whole and of the run, exit status, stdout and stderr."""
    answer = client.post("/run_code", json={"code": code, "language": "python", **more}).json()

    run = answer["run_result"]
    assert (
        answer["status"],
        run["status"],
        run["return_code"],
        run["stdout"],
        run["stderr"].strip("\n") + "\n" * run["stderr"].endswith("\n"),
    ) == expected
    assert run["execution_time"] >= 0


def test_run_code_refuses_what_it_does_not_do(client: httpx.Client) -> None:
    """Another language is no failed run."""
    response = client.post("/run_code", json={"code": "puts 1", "language": "ruby"})

    assert (response.status_code, "ruby" in response.json()["error"]) == (400, True)


@pytest.mark.parametrize(("program", "accepted"), [("print(input())", True), ("print(1)", False)])
def test_submit(client: httpx.Client, program: str, accepted: bool) -> None:
    """SandboxFusion's submission with the problem's row beside it."""
    tests = [
        {"input": {"stdin": "a"}, "output": {"stdout": "a"}},
        {"input": {"stdin": "b"}, "output": {"stdout": "b"}},
    ]
    config = {"language": "python", "provided_data": {"id": 4, "content": "Echo.", "test": tests}}
    body = {"dataset": "own", "id": 4, "completion": f"```python\n{program}\n```", "config": config}

    answer = client.post("/submit", json=body).json()

    assert (answer["id"], answer["accepted"], answer["tests"][0]["passed"]) == (4, accepted, accepted)


def test_metrics_and_health(client: httpx.Client) -> None:
    """Counts for Prometheus, and whether it takes requests."""
    graded(client, [{"task_id": "add", "completion": RIGHT}])
    metrics, health = client.get("/metrics"), client.get("/health").json()

    assert metrics.headers["content-type"].startswith("text/plain")
    assert 'assay_grader_requests_total{path="/v1/grade",status="200"}' in metrics.text
    assert 'assay_grader_samples_total{outcome="passed"}' in metrics.text
    assert all(len(line.split(" ")) == 2 for line in metrics.text.splitlines() if not line.startswith("#"))
    assert health["status"] == "ok"


@pytest.mark.parametrize("headers", [{"Host": "example.org"}, {"Origin": "http://example.org"}])
def test_pages_of_other_sites_are_refused(client: httpx.Client, headers: dict[str, str]) -> None:
    """A browser of this machine must not run programs for a page (DNS rebinding, cross-site posts)."""
    assert client.post("/v1/grade", json={"problems": [], "samples": []}, headers=headers).status_code == 403


def test_a_token_is_asked_for() -> None:
    """Without it, or with another, nothing is answered."""
    with service("--workers", "1", ASSAY_TOKEN="secret") as (_, address):
        got = [
            httpx.get(f"{address['url']}/health", headers=headers).status_code
            for headers in ({}, {"Authorization": "Bearer other"}, {"Authorization": "Bearer secret"})
        ]

    assert got == [401, 401, 200]


def test_it_is_never_open_by_accident() -> None:
    """Another address than loopback needs a token; loopback and a unix socket do not."""
    with pytest.raises(InputError, match="there is no token"):
        check_open("0.0.0.0", None, None)
    with pytest.raises(InputError, match="there is no token"):
        check_open("0.0.0.0", None, "")
    check_open("0.0.0.0", None, "secret")
    check_open("127.0.0.1", None, None)
    check_open("0.0.0.0", Path("socket"), None)


def test_a_unix_socket_is_its_users_alone(tmp_path: Path) -> None:
    """It answers there, nobody else may open it, and its name goes with it; one that is left over is replaced."""
    path = tmp_path / "grader"
    with service("--workers", "1", "--socket", str(path)) as (process, address):
        assert address["socket"] == str(path)
        assert path.stat().st_mode & 0o777 == 0o600
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), base_url="http://grader") as client:
            assert graded(client, [{"task_id": "add", "completion": RIGHT}])["results"][0]["passed"]
        process.kill()
        process.wait(10)
    assert path.exists()
    with service("--workers", "1", "--socket", str(path)) as (process, _):
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert not path.exists()


def test_an_end_loses_nothing_that_was_taken_on() -> None:
    """What is at work is answered after SIGTERM, and the process ends with status 0."""
    burning = "def add(a, b):\n    for i in range(3_000_000):\n        pass\n    return a + b\n"
    samples = [{"task_id": "add", "completion": f"{burning}# {n}\n", "id": n} for n in range(20)]
    with (
        service("--workers", "2") as (process, address),
        ThreadPoolExecutor(1) as threads,
        httpx.Client(base_url=address["url"], timeout=120) as client,
    ):
        graded(client, samples[:1])
        future = threads.submit(graded, client, samples)
        while "_waiting_samples 20" not in httpx.get(f"{address['url']}/metrics").text:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        found = future.result()
        assert process.wait(30) == 0

    assert [r["passed"] for r in found["results"]] == [True] * 20


def test_a_full_queue_says_when_to_come_again() -> None:
    """429 with a time, for what does not fit; what was taken on is answered."""
    slow = [{"task_id": "add", "completion": f"{SLEEPS}    # {n}\n", "id": n} for n in range(6)]
    with service("--workers", "1", "--queue", "8") as (_, address):
        results: list[Any] = []
        with httpx.Client(base_url=address["url"], timeout=120) as client:
            first = threading.Thread(target=lambda: results.append(graded(client, slow, deadline_seconds=3)))
            first.start()
            while "_waiting_samples 6" not in httpx.get(f"{address['url']}/metrics").text:
                time.sleep(0.01)
            refused = httpx.post(f"{address['url']}/v1/grade", json={"problems": [ADD], "samples": slow})
            first.join()
            too_many = httpx.post(f"{address['url']}/v1/grade", json={"problems": [ADD], "samples": slow * 2})

    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) >= 1
    assert len(results[0]["results"]) + len(results[0]["ungraded"]) == 6
    assert (too_many.status_code, "send fewer" in too_many.json()["error"]) == (400, True)


def test_limits_on_the_body() -> None:
    """A body over the limit, or of unknown length, is refused unread."""
    with service("--workers", "1", "--max-body-mb", "1") as (_, address):
        large = httpx.post(f"{address['url']}/v1/grade", content=b" " * (2 << 20))
        unknown = httpx.post(f"{address['url']}/v1/grade", content=iter([b"{}"]))

    assert (large.status_code, unknown.status_code) == (413, 411)


def test_a_client_that_goes_gives_its_samples_up() -> None:
    """Nobody waits for them, so the sandbox is free for the next."""
    slow = [{"task_id": "add", "completion": f"{SLEEPS}    # {n}\n"} for n in range(40)]
    with (
        service("--workers", "1") as (_, address),
        httpx.Client(base_url=address["url"], timeout=120) as client,
    ):
        graded(client, [{"task_id": "add", "completion": RIGHT}])
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{address['url']}/v1/grade", json={"problems": [ADD], "samples": slow}, timeout=0.5)
        began = time.monotonic()
        assert graded(client, [{"task_id": "add", "completion": f"{RIGHT}# again\n"}])["results"][0]["passed"]

    assert time.monotonic() - began < 15  # forty loops take a second of CPU each


def test_admission() -> None:
    """It counts what is inside, refuses what does not fit, and an end waits for what is being answered."""
    admission = Admission(10)
    admission.enter(8)
    with pytest.raises(FullError) as refused:
        admission.enter(3)
    assert refused.value.retry_seconds >= 1
    with admission.answering():
        assert not admission.end(0.01)
    admission.leave(8)
    assert admission.end(0.01)
    with pytest.raises(EndingError):
        admission.enter(1)
