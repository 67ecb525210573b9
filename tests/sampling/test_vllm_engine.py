"""The vLLM backend with a real vLLM, in whichever environment ASSAY_VLLM_PYTHON names (`make test-vllm` makes one)."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from modelassay.core.errors import BackendError, InputError
from modelassay.core.measured import Completion, SamplingPlan
from modelassay.core.problems import Problem
from modelassay.sampling.sampler import Wanted, remaining
from modelassay.sampling.vllm_engine import PYTHON_VARIABLE, VllmSampler, check_loads, vllm_python

DEMO = (
    Path(__file__).resolve().parents[2] / "examples" / "models" / "demo-instruct-3m"
)  # vLLM on a CPU wants heads of 32
# Of memory a fixed piece: a share of what the machine has may be less than the engine itself takes.
LOAD = {"max_model_len": 256, "kv_cache_memory_bytes": 1 << 28, "enforce_eager": True, "dtype": "bfloat16"}


@pytest.fixture
def plan(make_plan: Callable[..., SamplingPlan]) -> SamplingPlan:
    """Three problems, six candidates each, greedy or not as a test wants."""
    return make_plan(DEMO, problems=3, samples=6, protocol="chat", max_tokens=60, temperature=2.0)


@pytest.fixture
def vllm() -> str:
    """The interpreter that has vLLM."""
    python = os.environ.get(PYTHON_VARIABLE)
    if not python:
        pytest.skip(f"no vLLM here: run `make test-vllm`, or set {PYTHON_VARIABLE}")
    return python


def sampled(
    plan: SamplingPlan, problems: dict[str, Problem], wanted: list[Wanted]
) -> dict[tuple[str, int], Completion]:
    with VllmSampler(DEMO, plan, problems, load=LOAD) as sampler:
        batches = list(sampler.sample(wanted))
        assert sampler.device.startswith("vllm")
    assert all(batch.timing is not None for batch in batches)
    return {(c.problem, c.index): c for batch in batches for c in batch.completions}


def test_an_interpreter_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one, one line says how to name it."""
    monkeypatch.delenv(PYTHON_VARIABLE, raising=False)
    with pytest.raises(BackendError, match="no interpreter with vLLM is named"):
        vllm_python()


def test_a_process_that_fails_says_why(
    plan: SamplingPlan, starter: dict[str, Problem], tmp_path: Path
) -> None:
    """An interpreter without vLLM: its own last words, and what to do."""
    python = tmp_path / "python"
    python.write_text(
        "#!/bin/sh\nread order\necho 'ImportError: No module named vllm' >&2; echo 'bye' >&2\nexit 1\n"
    )
    python.chmod(0o755)
    sampler = VllmSampler(DEMO, plan, starter, python=str(python))
    with pytest.raises(BackendError, match="vLLM ended early: ImportError: No module named vllm"):
        list(sampler.sample(remaining(plan, [])))


def test_what_was_answered_before_a_failure_is_kept(
    plan: SamplingPlan, starter: dict[str, Problem], tmp_path: Path
) -> None:
    """A process that dies in the middle loses only what it had not answered."""
    python = tmp_path / "python"
    said = {"id": f"{plan.problems[0]}#0", "answers": [[0, [9, 10, 11], "stop"]], "seconds": 1.0}
    python.write_text(f"#!/bin/sh\nread order\necho '{json.dumps(said)}'\nexit 9\n")
    python.chmod(0o755)
    batches = VllmSampler(DEMO, plan, starter, python=str(python)).sample(remaining(plan, []))
    got = next(batches).completions[0]
    with pytest.raises(BackendError, match="what it answered is kept"):
        next(batches)
    assert (got.problem, got.index, got.completion_tokens) == (plan.problems[0], 0, 3)


@pytest.mark.usefixtures("vllm")
def test_every_candidate_once(plan: SamplingPlan, starter: dict[str, Problem]) -> None:
    """All candidates of all problems, different ones among them, cut where the plan ends an answer."""
    assert plan.decoding is not None
    stopped = msgspec.structs.replace(plan.decoding, stop=("return",))
    plan = msgspec.structs.replace(plan, decoding=stopped)
    got = sampled(plan, starter, remaining(plan, []))
    assert set(got) == {(p, i) for p in plan.problems for i in range(6)}
    assert all("return" not in c.text for c in got.values())
    assert all(c.completion_tokens for c in got.values())
    assert len({c.text for c in got.values()}) > 3


@pytest.mark.usefixtures("vllm")
def test_a_candidate_sampled_again_is_the_same(plan: SamplingPlan, starter: dict[str, Problem]) -> None:
    """What a run lacks after a kill is asked for one by one, with the seeds it would have had."""
    whole = sampled(plan, starter, remaining(plan, []))
    done = [c for key, c in whole.items() if key[1] not in (1, 4)]
    again = sampled(plan, starter, remaining(plan, done))
    assert set(again) == {(p, i) for p in plan.problems for i in (1, 4)}
    assert {key: c.text for key, c in again.items()} == {key: whole[key].text for key in again}


@pytest.mark.usefixtures("vllm")
def test_greedy_answers_are_those_of_transformers(plan: SamplingPlan, starter: dict[str, Problem]) -> None:
    """The same prompt ids and stops give the same greedy text in either backend."""
    from modelassay.sampling.transformers_engine import TransformersSampler

    assert plan.decoding is not None
    greedy = msgspec.structs.replace(
        plan, samples_per_problem=1, decoding=msgspec.structs.replace(plan.decoding, temperature=0.0)
    )
    theirs = sampled(greedy, starter, remaining(greedy, []))
    with TransformersSampler(DEMO, greedy, starter, device="cpu") as sampler:
        batches = list(sampler.sample(remaining(greedy, [])))
    ours = {(c.problem, c.index): c for batch in batches for c in batch.completions}
    assert {k: c.text for k, c in theirs.items()} == {k: c.text for k, c in ours.items()}
    assert {k: c.finish_reason for k, c in theirs.items()} == {k: c.finish_reason for k, c in ours.items()}


def test_memory_settings_alone_can_be_given() -> None:
    """What would change a distribution is refused, with what is taken."""
    check_loads({"gpu_memory_utilization": 0.5, "max_model_len": 384})
    with pytest.raises(InputError, match=r"takes no dtype — it takes .*gpu_memory_utilization"):
        check_loads({"dtype": "float16"})


def test_it_is_timed_beside_the_engine(plan: SamplingPlan, starter: dict[str, Problem], vllm: str) -> None:
    """As many tokens as the same plan has without a clock, first tokens before ends, and the same in the next pass."""
    from modelassay.sampling.timed_vllm import TimedVllm

    drawn = sampled(plan, starter, remaining(plan, []))
    with TimedVllm(VllmSampler(DEMO, plan, starter, load=LOAD)) as timed:
        first, second = timed.run(plan.problems), timed.run(plan.problems)
        assert timed.device.startswith("vllm")
        assert timed.settings["vllm"]

    assert {t.problem: t.tokens for t in first.problems} == {
        problem: tuple(drawn[problem, i].completion_tokens for i in range(6)) for problem in plan.problems
    }
    assert [t.tokens for t in first.problems] == [t.tokens for t in second.problems]
    assert all(0 < a <= b for t in first.problems for a, b in zip(t.first_tokens, t.ends, strict=True))
