"""Verdicts on scores: true however written, wrong, somebody else's, or of another protocol."""

from collections.abc import Callable

import pytest

from modelassay.core.published import Claim, Judgement

DEEPSEEK = "deepseek-ai/deepseek-coder-1.3b-instruct"
QWEN = "Qwen/Qwen2.5-Coder-1.5B-Instruct"
QWEN_BASE = "Qwen/Qwen2.5-Coder-1.5B"
YULAN = "yulan-team/YuLan-Mini-Instruct"

Score = Callable[..., Claim]
Judge = Callable[..., list[Judgement]]


@pytest.mark.parametrize(
    ("value", "written", "protocol"),
    [
        (65.2, "65.2%", {}),
        (65.2, "65.2", {}),
        (65.2, "0.652", {}),
        (65, "65%", {}),
        (65, "~65%", {}),
        (65.24, "65.24%", {}),
        (65.9, "65.9", {"harness": "evalplus"}),
        (65.2, "65.2", {"shots": 0}),
        (65.2, "65.2", {"problems": 164, "temperature": 0.0}),
        (65.2, "65.2", {"harness": "bigcode-evaluation-harness"}),  # nobody measured it there
    ],
)
def test_a_true_score_is_confirmed_however_it_is_written(
    value: float, written: str, protocol: dict[str, object], score: Score, judge: Judge
) -> None:
    """Digits, fraction, "about", a missing protocol or a harness without figures change nothing."""
    (judgement,) = judge(score(DEEPSEEK, "humaneval", value, written, **protocol))
    assert judgement.verdict == "confirmed"


def test_both_mbpp_numbers_are_true_while_the_protocol_is_unstated(score: Score, judge: Judge) -> None:
    """The maker's 3-shot 49.4 and EvalPlus's 65.3 are both the model's MBPP."""
    verdicts = [j.verdict for j in judge(score(DEEPSEEK, "mbpp", 49.4), score(DEEPSEEK, "mbpp", 65.3))]
    assert verdicts == ["confirmed", "confirmed"]


def test_a_number_under_the_wrong_shots_is_of_another_protocol(score: Score, judge: Judge) -> None:
    """65.3 is zero-shot; called 3-shot it isn't confirmed, and 49.4 is offered."""
    (judgement,) = judge(score(DEEPSEEK, "mbpp", 65.3, shots=3))
    assert judgement.verdict == "different-protocol"
    assert judgement.replacement == "49.4%"


def test_a_number_under_the_wrong_problem_count_is_of_another_protocol(score: Score, judge: Judge) -> None:
    """49.4 was measured on 500 problems, not on 378."""
    assert judge(score(DEEPSEEK, "mbpp", 49.4, problems=378))[0].verdict == "different-protocol"


def test_a_harness_with_figures_of_its_own_binds(score: Score, judge: Judge) -> None:
    """EvalPlus prints 65.3: as an EvalPlus number OpenCodeEval's 61.6 is right only elsewhere."""
    assert judge(score(DEEPSEEK, "mbpp", 61.6, harness="evalplus"))[0].verdict == "different-protocol"


def test_a_wrong_score_is_contradicted_with_the_nearest_fact(score: Score, judge: Judge) -> None:
    """30.5 and 44.6 for the 1.3B model: the evidence has 65.2 and 49.4."""
    first, second = judge(
        score(DEEPSEEK, "humaneval", 30.5, "~30.5%"), score(DEEPSEEK, "mbpp", 44.6, "~44.6%")
    )
    assert (first.verdict, second.verdict) == ("contradicted", "contradicted")
    assert (first.replacement, second.replacement) == ("65.2%", "49.4%")


def test_another_protocol_does_not_excuse_a_gap_of_thirty_points(score: Score, judge: Judge) -> None:
    """30.5 under a harness nobody ran it on is still refuted; 60.0 there can't be judged."""
    far, near = judge(
        score(DEEPSEEK, "humaneval", 30.5, harness="lm-evaluation-harness"),
        score(DEEPSEEK, "humaneval", 60.4, harness="lm-evaluation-harness", line=2),
    )
    assert far.verdict == "contradicted"
    assert near.verdict in ("different-protocol", "misattributed")


def test_two_numbers_of_one_other_model_are_misattributed_jointly(score: Score, judge: Judge) -> None:
    """79.9 and 78.9 together are WizardCoder-33B-V1.1's, of no kin to DeepSeek's 1.3B."""
    for judgement in judge(score(DEEPSEEK, "humaneval", 79.9), score(DEEPSEEK, "mbpp", 78.9)):
        assert judgement.verdict == "misattributed"
        assert judgement.owner == "WizardLM/WizardCoder-33B-V1.1"
        assert "chance" in judgement.explanation


def test_one_number_of_an_unrelated_model_is_coincidence(score: Score, judge: Judge) -> None:
    """79.9 alone also stands for WizardCoder-33B; without a second number nobody is accused."""
    (judgement,) = judge(score(DEEPSEEK, "humaneval", 79.9))
    assert judgement.verdict == "contradicted"
    assert judgement.owner is None


@pytest.mark.parametrize(
    ("model", "benchmark", "value", "owner"),
    [
        (QWEN, "humaneval", 43.9, QWEN_BASE),  # base instead of instruct
        (QWEN, "humaneval", 41.1, f"{QWEN_BASE} (multipl-e"),  # the base model's average over languages
        (QWEN, "mbpp", 59.2, QWEN_BASE),  # the base model's 3-shot score
        (QWEN, "mbpp", 59.4, f"{QWEN} (mbpp+)"),  # MBPP+ for MBPP
        (YULAN, "mbpp", 85.7, f"{YULAN} (pass@10)"),  # pass@10 for pass@1
        (
            DEEPSEEK,
            "humaneval",
            48.4,
            f"{DEEPSEEK} (multipl-e",
        ),  # an average that an aggregator filed as Python
        (QWEN, "humaneval", 84.1, "Qwen/Qwen2.5-Coder-3B-Instruct"),  # another size
    ],
)
def test_a_number_of_kin_is_misattributed(
    model: str, benchmark: str, value: float, owner: str, score: Score, judge: Judge
) -> None:
    """Variant, size, benchmark or metric: the owner is named."""
    (judgement,) = judge(score(model, benchmark, value))
    assert judgement.verdict == "misattributed"
    assert judgement.owner is not None
    assert judgement.owner.startswith(owner)


def test_a_whole_number_accuses_nobody(score: Score, judge: Judge) -> None:
    """ "44 %" matches kin too easily: the base model's 43.9 is no proof."""
    (judgement,) = judge(score(QWEN, "humaneval", 44, "44%"))
    assert judgement.verdict == "contradicted"


def test_a_mislabelled_source_confirms_nothing(score: Score, judge: Judge) -> None:
    """Papers with Code files the 8-language average as HumanEval; 48.4 stays wrong."""
    assert judge(score(DEEPSEEK, "humaneval", 48.4))[0].verdict == "misattributed"


def test_a_number_the_document_disowns_keeps_its_verdict(score: Score, judge: Judge) -> None:
    """ "Incorrectly listed as 79.9 / 78.9" is still WizardCoder's; disowning 65.2 is itself wrong."""
    wrong = judge(
        score(DEEPSEEK, "humaneval", 79.9, negated=True), score(DEEPSEEK, "mbpp", 78.9, negated=True)
    )
    assert [j.verdict for j in wrong] == ["misattributed", "misattributed"]
    assert judge(score(DEEPSEEK, "humaneval", 65.2, negated=True))[0].verdict == "contradicted"


def test_without_evidence_nothing_is_guessed(score: Score, judge: Judge) -> None:
    """An unknown model, or a known one on a benchmark nobody reports, is unverified."""
    for claim in (score(None, "humaneval", 65.2), score(DEEPSEEK, "livecodebench", 12.3)):
        assert judge(claim)[0].verdict == "unverified"


def test_a_never_released_model_has_no_scores(score: Score, judge: Judge) -> None:
    """Every claim about CodeGemma-2B-Instruct falls, and what exists is named."""
    (judgement,) = judge(score("google/codegemma-2b-instruct", "humaneval", 35.2))
    assert judgement.verdict == "no-such-model"


@pytest.mark.parametrize(
    ("hub_id", "benchmark", "value", "owner"),
    [
        ("microsoft/phi-1", "mbpp", 64.0, "microsoft/phi-2"),
        ("google/codegemma-1.1-7b-it", "humaneval", 56.1, "google/codegemma-7b-it"),
        ("ise-uiuc/Magicoder-DS-6.7B", "humaneval", 76.8, "ise-uiuc/Magicoder-S-DS-6.7B"),
    ],
)
def test_a_number_of_another_version_is_misattributed(
    hub_id: str, benchmark: str, value: float, owner: str, score: Score, judge: Judge
) -> None:
    """On the very benchmark on which the relative has it."""
    (judgement,) = judge(score(hub_id, benchmark, value, f"{value:.1f}"))
    assert (judgement.verdict, judgement.owner) == ("misattributed", owner)


def test_another_version_is_not_accused_across_benchmarks(score: Score, judge: Judge) -> None:
    """64.0 is phi-2's MBPP, not its HumanEval."""
    (judgement,) = judge(score("microsoft/phi-1", "humaneval", 64.0, "64.0"))
    assert judgement.verdict == "contradicted"


def test_what_one_source_leaves_open_another_of_the_same_number_tells(score: Score, judge: Judge) -> None:
    """276/399 by EvalPlus is zero-shot in the report; a source that doesn't say so doesn't make it 3-shot."""
    (judgement,) = judge(score(QWEN_BASE, "mbpp", 69.2, shots=3))
    assert judgement.verdict == "different-protocol"
