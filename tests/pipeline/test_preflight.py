"""The preflight: references and first answers go the whole way before time is spent, or the run is refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from modelassay.core.errors import BackendError
from modelassay.core.measured import Completion
from modelassay.core.workdir import WorkDir
from modelassay.grading.pool import PoolOptions
from modelassay.pipeline.plan.jobs import Job, jobs_for_path
from modelassay.pipeline.plan.problems import Source
from modelassay.pipeline.plan.study_file import BenchmarkEntry, ModelEntry, SamplingEntry
from modelassay.pipeline.run.preflight import CANARIES, Preflight, check_first_answers, check_references
from support.running import Assay
from support.server import Handler, Server, serving

MODELS = Path(__file__).parents[2] / "examples" / "models"


def job(tmp_path: Path, protocol: str, benchmark: str = "starter", model: str = "demo-instruct-3m") -> Job:
    entry = ModelEntry(name=model, path=str(MODELS / model), protocol=protocol)
    source = Source(None, offline=True)
    (made,) = jobs_for_path(entry, BenchmarkEntry(name=benchmark), SamplingEntry(), WorkDir(tmp_path), source)
    return made


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.mark.parametrize("protocol", ["completion", "chat", "evalplus-base", "evalplus-chat", "bigcode-mbpp"])
def test_references_pass_as_answers_of_every_protocol(tmp_path: Path, protocol: str) -> None:
    """A right solution, worded as each protocol expects it, comes out right."""
    said: list[str] = []

    check_references(job(tmp_path, protocol), PoolOptions(), said.append)

    assert said == ["preflight: 4 of 4 reference solutions pass as answers of this protocol"]


def test_a_stop_text_inside_programs_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A protocol that cuts every right program is refused before a model is loaded."""
    import msgspec

    from modelassay.sampling import protocols

    broken = msgspec.structs.replace(protocols.find_protocol("chat"), stops=("    return",))
    monkeypatch.setitem(protocols.PROTOCOLS, "chat", broken)

    with pytest.raises(BackendError, match="under protocol chat the reference solution"):
        check_references(job(tmp_path, "chat"), PoolOptions(), lambda _: None)


def test_answers_without_a_program_are_refused(tmp_path: Path) -> None:
    """Prose instead of code is found out after the first answers."""
    made = job(tmp_path, "chat")
    first = made.problems.problems[0].id
    talk = [Completion(problem=first, index=i, text="I cannot help with that.") for i in range(CANARIES)]

    with pytest.raises(BackendError, match="none of the first 8 answers"):
        check_first_answers(made, talk, lambda _: None)


def test_one_program_among_the_first_answers_is_enough(tmp_path: Path) -> None:
    """A weak model is measured, not refused."""
    made = job(tmp_path, "chat")
    problem = made.problems.problems[0]
    texts = ["no", "no", problem.reference or "", "no"]

    check_first_answers(
        made, [Completion(problem=problem.id, index=i, text=t) for i, t in enumerate(texts)], lambda _: None
    )


def test_one_hard_problem_refuses_nobody(tmp_path: Path) -> None:
    """A hundred bad answers to one problem say little of the protocol."""
    made = job(tmp_path, "chat")
    first = made.plan.problems[0]

    Preflight(made, PoolOptions(), lambda _: None).answered(
        [Completion(problem=first, index=i, text="no") for i in range(100)]
    )


def test_a_refused_run_is_refused_again(tmp_path: Path) -> None:
    """What an earlier, refused sampling left counts as first answers: no second load of the model."""
    made = job(tmp_path, "chat")
    there = [Completion(problem=p, index=i, text="no") for p in made.plan.problems[:4] for i in range(2)]

    with pytest.raises(BackendError, match="none of the first 8 answers"):
        Preflight(made, PoolOptions(), lambda _: None).before(there)


def test_a_server_that_talks_is_given_up_early(assay: Assay, server: Server) -> None:
    """The run ends after the first answers, which are kept; --no-preflight goes on."""
    answer = {"choices": [{"message": {"content": "Sorry."}, "finish_reason": "stop"}]}

    def talk(handler: Handler, _: int) -> bool:
        handler.answer(200, answer)
        return True

    server.trouble = talk
    arguments = (
        "sample",
        "m",
        "--endpoint",
        server.address,
        "--protocol",
        "chat",
        "--n",
        "8",
        "--limit",
        "20",
    )

    refused = assay(*arguments)
    asked = len(server.requests)
    forced = assay(*arguments, "--no-preflight")

    assert refused.returncode == 1
    assert "none of the first 32 answers" in refused.stderr
    assert asked < 8 * 20
    assert forced.returncode == 0, forced.stderr
