"""Verdicts on size, kind, existence, lineage, release, licence and definitions."""

from collections.abc import Callable
from typing import Any

import pytest

from modelassay.audit.auditor import audit_note
from modelassay.audit.dates import latest_date, read_date, same_time
from modelassay.core.published import Claim, Judgement, Protocol

Judge = Callable[..., list[Judgement]]


def claim(subject: Any, hub_id: str, written: str, **more: Any) -> Claim:
    return Claim(
        id="c", line=1, quote=written, subject=subject, hub_id=hub_id, model=hub_id, written=written, **more
    )


@pytest.mark.parametrize(
    ("hub_id", "written", "value", "verdict"),
    [
        ("deepseek-ai/deepseek-coder-1.3b-instruct", "1.3B", 1.3e9, "confirmed"),
        ("deepseek-ai/deepseek-coder-1.3b-instruct", "1.35B", 1.35e9, "confirmed"),
        ("deepseek-ai/deepseek-coder-1.3b-instruct", "13B", 13e9, "contradicted"),
        ("ibm-granite/granite-3b-code-base-2k", "3B", 3e9, "confirmed"),
        ("ibm-granite/granite-3b-code-base-2k", "3.5B", 3.5e9, "confirmed"),
        ("upiter/TinyCodeLM-400M-LintSeqInstruct", "400M", 4e8, "confirmed"),
        ("yulan-team/YuLan-Mini-Instruct", "1.5B", 1.5e9, "contradicted"),
        ("yulan-team/YuLan-Mini-Instruct", "2.4B", 2.4e9, "confirmed"),
        ("google/codegemma-2b-instruct", "2B", 2e9, "no-such-model"),
        ("microsoft/phi-2", "2.78B", 2.78e9, "confirmed"),
        ("microsoft/phi-2", "2.9B", 2.9e9, "contradicted"),
        ("microsoft/phi-4", "14B", 14e9, "confirmed"),
    ],
)
def test_sizes_hold_as_counted_rounded_or_nominal(
    hub_id: str, written: str, value: float, verdict: str, judge: Judge
) -> None:
    """A 3B model may hold 3.48 B parameters; a 2.42 B model is no 1.5B."""
    assert judge(claim("params", hub_id, written, value=value))[0].verdict == verdict


@pytest.mark.parametrize(
    ("hub_id", "written", "verdict"),
    [
        ("bigcode/starcoder2-3b", "Base model", "confirmed"),
        ("bigcode/starcoder2-3b", "instruct", "contradicted"),
        ("Qwen/Qwen2.5-Coder-1.5B-Instruct", "instruction-tuned", "confirmed"),
        ("ibm-granite/granite-3b-code-base-2k", "BASE MODEL (not instruct)", "confirmed"),
    ],
)
def test_base_and_instruct(hub_id: str, written: str, verdict: str, judge: Judge) -> None:
    """The first kind word decides."""
    assert judge(claim("kind", hub_id, written))[0].verdict == verdict


@pytest.mark.parametrize(
    ("parent", "verdict"),
    [("CodeGemma-2B", "contradicted"), ("google/codegemma-2b", "contradicted"), ("google/gemma-2b", "confirmed"), ("Gemma-2b", "confirmed")],
)  # fmt: skip
def test_lineage_names_the_true_parent(parent: str, verdict: str, judge: Judge) -> None:
    """TechxGenus/CodeGemma-2b is tuned from Gemma-2b."""
    one = claim("lineage", "TechxGenus/CodeGemma-2b", "Fine-tuned", other=parent)
    assert judge(one)[0].verdict == verdict


def test_release_is_compared_as_coarsely_as_written(judge: Judge) -> None:
    """Qwen2.5-Coder-1.5B-Instruct came in September 2024."""
    hub_id = "Qwen/Qwen2.5-Coder-1.5B-Instruct"
    verdicts = [
        judge(claim("release", hub_id, date))[0].verdict for date in ("Nov 2024", "September 2024", "2024")
    ]
    assert verdicts == ["contradicted", "confirmed", "confirmed"]


@pytest.mark.parametrize(
    ("hub_id", "written", "verdict"),
    [
        ("Qwen/Qwen2.5-Coder-1.5B", "Apache 2.0", "confirmed"),
        ("Qwen/Qwen2.5-Coder-1.5B", "Apache License, Version 2.0", "confirmed"),
        ("Qwen/Qwen2.5-Coder-3B", "Apache-2.0", "contradicted"),
        ("Qwen/Qwen2.5-Coder-3B", "non-commercial research licence", "confirmed"),
        ("Qwen/Qwen2.5-Coder-3B", "open source", "contradicted"),
    ],
)
def test_licences_by_name_and_class(hub_id: str, written: str, verdict: str, judge: Judge) -> None:
    """The 3B model of the family is not under the licence of the others."""
    assert judge(claim("licence", hub_id, written))[0].verdict == verdict


def test_existence_both_ways(judge: Judge) -> None:
    """Saying that a never-released model does not exist is right."""
    gone = "bigcode/starcoder2-3b-instruct-v0.1"
    assert judge(claim("existence", gone, gone))[0].verdict == "no-such-model"
    assert judge(claim("existence", gone, gone, negated=True))[0].verdict == "confirmed"
    assert judge(claim("existence", "bigcode/starcoder2-3b", "starcoder2"))[0].verdict == "confirmed"


def test_definitions_of_benchmarks(judge: Judge) -> None:
    """HumanEval has 164 problems; MBPP is run on several sets."""
    for benchmark, count, verdict in (
        ("humaneval", 164, "confirmed"),
        ("mbpp", 500, "confirmed"),
        ("humaneval", 165, "contradicted"),
    ):
        one = Claim(
            id="c", line=1, quote="q", subject="definition", protocol=Protocol(benchmark=benchmark), value=count
        )  # fmt: skip
        assert judge(one)[0].verdict == verdict


@pytest.mark.parametrize(
    ("text", "date"),
    [("released Nov 2024", (2024, 11)), ("2024-09-18", (2024, 9, 18)), ("28 February 2025", (2025, 2, 28)), ("Feb 28, 2025", (2025, 2, 28)), ("2025.02.28", (2025, 2, 28)), ("in 2023", (2023,)), ("soon", None)],
)  # fmt: skip
def test_dates_as_people_write_them(text: str, date: tuple[int, ...] | None) -> None:
    """Year, month and day as far as they are written."""
    assert read_date(text) == date


def test_dates_agree_as_far_as_both_are_written() -> None:
    """2024-09 and 2024 are the same time, 2024-09 and 2024-11 are not."""
    assert same_time((2024, 9), (2024,))
    assert not same_time((2024, 9), (2024, 11))


def test_a_score_in_the_thousands_is_no_date() -> None:
    """ "2070.2" on a benchmark of its own scale would make the document younger than every list of releases."""
    assert latest_date("| gpt-4-turbo-2024-04-09 | 81.0 | 2070.2 |") == (2024, 4, 9)
    assert latest_date("更新于 2024.09") == (2024, 9)


def test_a_mark_leads_to_what_is_counted() -> None:
    """A dagger whose note says that the embeddings are left out: the smaller count contradicts nothing."""
    table = "| | Llama-3.2-3B |\n|---|---|\n| Total Params† | 2.81B |\n| HumanEval | 28.0 |\n\n†The reported counts exclude the embedding parameters.\n"
    audit = audit_note(table)
    assert "contradicted" not in {j.verdict for j in audit.judgements}
    bare = audit_note(table.replace("†", ""))
    assert "contradicted" in {j.verdict for j in bare.judgements}


@pytest.mark.parametrize(
    ("hub_id", "written"), [("google/gemma-7b", "8.5B"), ("Qwen/Qwen2-1.5B-Instruct", "1.54B")]
)
def test_a_finer_count_and_one_with_embeddings_contradict_no_rounded_size(
    hub_id: str, written: str, judge: Judge
) -> None:
    """Where the evidence only has "7B" or "1.5B", what it may stand for is not wrong."""
    (judgement,) = judge(claim("params", hub_id, written, value=float(written[:-1]) * 1e9))
    assert judgement.verdict != "contradicted"


def test_a_column_of_parameters_without_embeddings_says_so_in_its_header() -> None:
    """Such a count is held against nobody."""
    text = "| Model | Non-Emb Params | HumanEval |\n|---|---|---|\n| phi-2 | 2.5B | 47.6 |\n"
    audit = audit_note(text)
    assert all(j.verdict != "contradicted" for c, j in zip(audit.claims, audit.judgements, strict=True))
