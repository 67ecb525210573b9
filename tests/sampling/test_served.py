"""The openai backend against real servers: vLLM's where ASSAY_VLLM_PYTHON names an interpreter that has it
(`make test-vllm`), transformers' where ASSAY_SERVE_PYTHON does (`make test-serve`).
"""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from modelassay.core.measured import Completion, SamplingPlan
from modelassay.core.problems import Problem
from modelassay.sampling.model_files import load_tokenizer, stop_ids
from modelassay.sampling.openai_server import Endpoint, OpenAISampler
from modelassay.sampling.sampler import Wanted, remaining
from support.running import COMMAND
from support.served import DEMO, Served, program_of
from support.server import Handler, Server, serving

KINDS = ["vllm", "transformers"]
TAKES_IDS = {"vllm": True, "transformers": False}
# An answer that was opened needs token ids.
ASKED = [
    ("vllm", "chat"), ("vllm", "completion"), ("vllm", "evalplus-chat"),
    ("transformers", "chat"), ("transformers", "completion"),
]  # fmt: skip
Key = tuple[str, int]


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Served]]:
    """Each kind of server, started when it is first asked for; a test that lacks one is skipped, saying so."""
    running: dict[str, Served] = {}

    def server(kind: str) -> Served:
        program = program_of(kind)
        if kind not in running:
            running[kind] = Served(kind, program, tmp_path_factory.mktemp(kind))
            running[kind].start()
        return running[kind]

    yield server
    for started in running.values():
        started.kill()


@pytest.fixture
def passing() -> Iterator[Callable[[Served], Server]]:
    """A server before the real one that passes everything on, and keeps what was asked."""
    with serving() as before:

        def to(real: Served) -> Server:
            def forward(handler: Handler, number: int) -> bool:
                body = handler.body
                answer = httpx.post(f"{real.address}{handler.path}", json=body, timeout=120)
                handler.answer(answer.status_code, answer.content)
                return True

            def fact(path: str) -> object:
                answer = httpx.get(f"{real.address}{path}", timeout=60)
                return answer.json() if answer.is_success else None

            before.trouble, before.facts = forward, fact
            return before

        yield to


def sampled(
    address: str,
    model: str,
    plan: SamplingPlan,
    problems: dict[str, Problem],
    wanted: list[Wanted] | None = None,
    notes: list[str] | None = None,
) -> dict[Key, Completion]:
    endpoint = Endpoint(address, model, concurrency=4)
    told = notes.append if notes is not None else lambda _: None
    tokenizer, ends = load_tokenizer(DEMO), stop_ids(DEMO)
    with OpenAISampler(endpoint, plan, problems, tokenizer=tokenizer, stop_ids=ends, note=told) as sampler:
        batches = list(sampler.sample(wanted or remaining(plan, [])))
    done = [((c.problem, c.index), c) for batch in batches for c in batch.completions]
    assert len(dict(done)) == len(done)
    return dict(done)


@pytest.mark.parametrize(("kind", "protocol"), ASKED)
def test_greedy_answers_are_those_of_transformers(
    kind: str,
    protocol: str,
    servers: Callable[[str], Served],
    make_plan: Callable[..., SamplingPlan],
    starter: dict[str, Problem],
) -> None:
    """The engine of this process and a server that has the same weights write the same, and end for the same reason."""
    from modelassay.sampling.transformers_engine import TransformersSampler

    served = servers(kind)
    plan = make_plan(DEMO, problems=12, samples=1, protocol=protocol, max_tokens=60, temperature=0.0)
    theirs = sampled(served.address, served.model, plan, starter)
    with TransformersSampler(DEMO, plan, starter, device="cpu") as sampler:
        ours = {(c.problem, c.index): c for b in sampler.sample(remaining(plan, [])) for c in b.completions}
    assert len(ours) == 12
    assert {k: (c.text, c.finish_reason, c.form) for k, c in theirs.items()} == {
        k: (c.text, c.finish_reason, c.form) for k, c in ours.items()
    }


@pytest.mark.parametrize("kind", KINDS)
def test_token_ids_are_sent_where_they_are_taken(
    kind: str,
    servers: Callable[[str], Served],
    passing: Callable[[Served], Server],
    make_plan: Callable[..., SamplingPlan],
    starter: dict[str, Problem],
) -> None:
    """vLLM gets ids, and counts as many as were sent; transformers refuses them once and is asked in words."""
    served = servers(kind)
    before = passing(served)
    plan, notes = make_plan(DEMO, problems=2, samples=2, protocol="chat", temperature=0.7), list[str]()
    done = sampled(before.address, served.model, plan, starter, notes=notes)
    asked = [
        path for path, body in zip(before.paths, before.requests, strict=True) if body in before.sampling
    ]
    assert sum(body["n"] for body in before.sampling) == 4
    if TAKES_IDS[kind]:
        assert not [note for note in notes if "in which precision" not in note]
        assert set(before.paths) == {"/v1/completions"}
        assert all(isinstance(token, int) for body in before.requests for token in body["prompt"])
    else:
        assert before.paths.count("/v1/completions") == 1
        assert set(asked) == {"/v1/chat/completions"}
        assert "takes no token ids: the server's own chat template" in notes[0]
    assert all(c.prompt_tokens and c.completion_tokens for c in done.values())


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_is_missing_is_asked_again(
    kind: str,
    servers: Callable[[str], Served],
    passing: Callable[[Served], Server],
    make_plan: Callable[..., SamplingPlan],
    starter: dict[str, Problem],
) -> None:
    """n candidates of each problem, each from a seed of its own; then exactly the seeds of those that were lost.

    vLLM gives the same candidates again; transformers has one generator for all requests, so it need not.
    """
    served = servers(kind)
    before = passing(served)
    plan = make_plan(DEMO, problems=3, samples=8, protocol="chat", temperature=2.0, max_tokens=60)
    whole = sampled(before.address, served.model, plan, starter)
    assert set(whole) == {(p, i) for p in plan.problems for i in range(8)}
    assert len({c.text for c in whole.values()}) > 6
    seeds = [body["seed"] + i for body in before.sampling for i in range(body["n"])]
    assert len(set(seeds)) == len(seeds) == 24
    assert len(before.sampling) == (3 if kind == "vllm" else 24)
    lost = {(plan.problems[0], 3), (plan.problems[2], 0), (plan.problems[2], 7)}
    before.requests.clear()
    again = sampled(
        before.address,
        served.model,
        plan,
        starter,
        remaining(plan, [c for k, c in whole.items() if k not in lost]),
    )
    assert set(again) == lost
    asked = {body["seed"] for body in before.sampling}
    assert len(asked) == 3
    assert asked < set(seeds)
    if kind == "vllm":
        assert {k: c.text for k, c in again.items()} == {k: whole[k].text for k in lost}


@pytest.mark.timeout(
    3600
)  # two servers, and 120 answers of the slowest of them on a machine that may be busy
@pytest.mark.parametrize("kind", KINDS)
def test_a_server_killed_midway(kind: str, servers: Callable[[str], Served], tmp_path: Path) -> None:
    """One line says that it is gone; with a new one the same command goes on, and nothing is lost or doubled."""
    served = servers(kind)
    command = [
        *COMMAND, "sample", served.model, "--endpoint", served.address, "--tokenizer", str(DEMO), "--limit", "8",
        "--n", "15", "--protocol", "chat", "--temperature", "1.5", "--max-tokens", "120", "--concurrency", "4", "--json",
    ]  # fmt: skip
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 600
    while not lines(tmp_path) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    served.kill()
    _, errors = process.communicate(timeout=600)
    kept = lines(tmp_path)

    assert process.returncode == 1, errors
    last = errors.strip().splitlines()[-1]
    assert f"{served.address} gave no answer for starter/" in last
    assert "run the same command again; what it answered is kept" in last
    assert "Traceback" not in errors
    assert 0 < len(kept) < 120

    served.start()
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=1800, check=False)

    assert done.returncode == 0, done.stderr
    assert f"{120 - len(kept)} of 120 left to do" in done.stderr
    assert msgspec.json.decode(done.stdout)["candidates"] == 120
    everything = lines(tmp_path)
    assert len({(c["problem"], c["index"]) for c in everything}) == len(everything) == 120
    assert all(line in everything for line in kept)


def lines(folder: Path) -> list[dict[str, object]]:
    """The candidates on disk, less a line that is being written."""
    (path, *_) = [*folder.glob("assay-work/runs/*/completions.jsonl"), None]
    if path is None:
        return []
    return [json.loads(line) for line in path.read_text().split("\n")[:-1]]
