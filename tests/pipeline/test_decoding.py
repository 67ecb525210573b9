"""How tokens are chosen, from the command line to what a reader of the scores is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from modelassay.core.errors import InputError
from modelassay.core.measured import Manifest
from modelassay.core.store import read_records
from modelassay.pipeline.plan.jobs import decoding_of
from modelassay.pipeline.plan.study_file import SamplingEntry
from support.running import Assay
from support.server import Handler, Server, serving

DEMO = Path(__file__).resolve().parents[2] / "examples" / "models" / "demo-instruct-3m"


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that writes the same for every seed, and will not be told a top_k."""

    def answer(handler: Handler, number: int) -> bool:
        if "top_k" in handler.body:
            handler.answer(400, {"error": {"message": "unknown field top_k"}})
        else:
            handler.answer(200, {"choices": [{"text": "    return 1\n", "finish_reason": "stop"}]})
        return True

    with serving() as running:
        running.trouble = answer
        yield running


def test_settings_of_the_command_line_reach_server_and_manifest(
    assay: Assay, server: Server, tmp_path: Path
) -> None:
    """Every one is in the plan and in each request; what the server refuses, and that it does not sample, is said and kept."""
    done = assay(
        "sample", "served", "--endpoint", server.address, "--n", "4", "--limit", "5", "--temperature", "0.9", "--top-p",
        "0.8", "--top-k", "7", "--min-p", "0.1", "--repetition-penalty", "1.1", "--presence-penalty", "0.2",
        "--frequency-penalty", "0.3", "--stop", "END\\n", "--json",
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    (manifest,) = read_records(
        next((tmp_path / "assay-work" / "runs").iterdir()) / "manifest.jsonl", Manifest
    )
    decoding = manifest.plan.decoding
    assert decoding is not None
    assert (decoding.temperature, decoding.top_p, decoding.top_k, decoding.min_p) == (0.9, 0.8, 7, 0.1)
    assert (decoding.repetition_penalty, decoding.presence_penalty, decoding.frequency_penalty) == (
        1.1,
        0.2,
        0.3,
    )
    assert decoding.stop == ("END\n",)
    for body in server.sampling:
        assert (body["temperature"], body["top_p"], body["min_p"]) == (0.9, 0.8, 0.1)
        assert (body["repetition_penalty"], body["presence_penalty"], body["frequency_penalty"]) == (
            1.1,
            0.2,
            0.3,
        )
        assert "END\n" in body["stop"]
        assert "top_k" not in body
    assert manifest.server is not None
    assert "top_k" in manifest.server.refused
    said = [*manifest.server.limits, *manifest.notes]
    for part in ("cannot be told top_k", "the plan's 7 is not applied", "this server does not sample",
                 "all samples of each of the first 4 problems are the same"):  # fmt: skip
        assert any(part in note for note in said), said
        assert part in done.stderr


def test_the_model_s_own_settings_are_a_plan_of_their_own() -> None:
    """Those of the larger demo model, which are like real ones; nothing of them is in force otherwise."""
    asked = decoding_of(SamplingEntry(), DEMO, "demo")
    own = decoding_of(SamplingEntry(decoding="model", max_tokens=99), DEMO, "demo")
    assert (asked.top_k, asked.repetition_penalty, asked.source) == (0, 1.0, "plan")
    assert (own.temperature, own.top_p, own.top_k, own.repetition_penalty) == (0.7, 0.8, 20, 1.1)
    assert (own.max_tokens, own.source) == (99, "model")


def test_settings_that_cannot_be_seen_cannot_be_asked_for() -> None:
    """A served model without its folder: one line with the remedy."""
    with pytest.raises(InputError, match='decoding = "model" cannot be planned') as caught:
        decoding_of(SamplingEntry(decoding="model"), None, "served")
    assert "--tokenizer" in caught.value.hint


def test_another_word_for_decoding_is_a_usage_error(assay: Assay) -> None:
    """The two that there are stand in the message."""
    done = assay("sample", str(DEMO), "--decoding", "greedy")
    assert done.returncode == 2
    assert "plan or model" in done.stderr


def test_the_report_repeats_what_a_server_cannot_be_told(
    assay: Assay, server: Server, tmp_path: Path
) -> None:
    """Beside the scores, and that it holds for comparisons with them."""
    entry = f'backend = "openai"\nendpoint = "{server.address}"\nprotocol = "completion"\n'
    models = "".join(f'[[models]]\nname = "somebody/{name}"\n{entry}' for name in ("one", "two"))
    settings = '[sampling]\nsamples_per_problem = 4\n[[benchmarks]]\nname = "starter"\nproblems = 4\n'
    (tmp_path / "s.toml").write_text(f'title = "t"\n{settings}{models}')
    done = assay("study", "s.toml")
    assert done.returncode == 0, done.stderr
    report = (tmp_path / "assay-work" / "report.md").read_text()
    for name in ("one", "two"):
        assert f"somebody/{name} on starter: this server cannot be told top_k: its top_k may be 40" in report
    assert "It holds for every comparison with it." in report
