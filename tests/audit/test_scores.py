"""Verdicts on scores: true however written, wrong, somebody else's, or of another protocol."""

from collections.abc import Callable

import pytest

from modelassay.audit.auditor import audit_note
from modelassay.core.published import Claim, Judgement
from modelassay.evidence.base import Evidence

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


def test_what_the_named_source_does_not_print_is_contradicted(score: Score, judge: Judge) -> None:
    """30.5 and 44.6 "from the DeepSeek paper", which has 65.2 and 49.4: rule (a)."""
    claims = [
        score(DEEPSEEK, "humaneval", 30.5, "~30.5%", attribution="DeepSeek arXiv paper"),
        score(DEEPSEEK, "mbpp", 44.6, "~44.6%", attribution="DeepSeek arXiv paper"),
    ]
    first, second = judge(*claims)
    assert (first.verdict, second.verdict) == ("contradicted", "contradicted")
    assert (first.replacement, second.replacement) == ("65.2%", "49.4%")
    assert first.check == "named-source"
    assert first.proved


def test_a_number_a_few_points_away_accuses_nobody(score: Score, judge: Judge) -> None:
    """44.6 where sources have 49.4 and 65.3: no protocol is stated, so it is another measurement."""
    (judgement,) = judge(score(DEEPSEEK, "mbpp", 44.6, "44.6"))
    assert judgement.verdict == "unverified"
    assert judgement.gap == pytest.approx(4.8)
    assert judgement.probability_wrong is not None
    assert judgement.probability_wrong < 0.1


def test_a_number_that_no_protocol_gives_is_contradicted_but_stays(score: Score, judge: Judge) -> None:
    """99.9 for a model that everybody measured at 62 to 66: rule (d), which proves nothing in a copy."""
    for more in ({}, {"harness": "lm-evaluation-harness"}):
        (judgement,) = judge(score(DEEPSEEK, "humaneval", 8.1, "8.1", **more))
        assert (judgement.verdict, judgement.check) == ("contradicted", "beyond-measurement")
        assert not judgement.proved


def test_who_prints_the_published_number_too_is_contradicted_by_no_distance(
    score: Score, judge: Judge
) -> None:
    """ "Only 17.1 here, against the reported 70.7": the document says itself that the two differ."""
    found, published = judge(score(QWEN, "humaneval", 17.1), score(QWEN, "humaneval", 70.7, line=2))
    assert (found.verdict, published.verdict) == ("unverified", "confirmed")
    (alone,) = judge(score(QWEN, "humaneval", 17.1))
    assert alone.verdict == "contradicted"


def test_a_run_of_ones_own_is_compared_and_never_contradicted(score: Score, judge: Judge) -> None:
    """57 points below everybody: what the writer wants to hear is where to look."""
    (judgement,) = judge(score(DEEPSEEK, "humaneval", 8.1, "8.1", measured_by="writer"))
    assert (judgement.verdict, judgement.check) == ("unverified", "own-measurement")
    assert "below every other measurement" in judgement.explanation
    assert "chat template" in judgement.explanation


def test_a_quantised_run_is_another_protocol(score: Score, judge: Judge) -> None:
    """Neither far from the original nor equal to it: nobody has a score of this file."""
    for value in (60.4, 65.2):
        (judgement,) = judge(score(DEEPSEEK, "humaneval", value, quantization="q4_k_m"))
        assert judgement.verdict == "different-protocol"


def test_the_same_harness_and_protocol_is_the_same_measurement(score: Score, judge: Judge) -> None:
    """EvalPlus, greedy, in a document that repeats the board: 74.4 for 70.7 is rule (b)."""
    greedy = {"harness": "evalplus", "temperature": 0.0}
    board = score(DEEPSEEK, "humaneval", 65.9, "65.9", line=2, **greedy)
    wrong = score(QWEN, "humaneval", 74.4, "74.4", line=3, **greedy)
    assert [j.verdict for j in judge(board, wrong)] == ["confirmed", "contradicted"]
    alone = judge(wrong)[0]  # nothing says that the board is repeated: it may have been run
    assert alone.verdict == "unverified"


def test_a_table_copied_from_one_source_shows_its_slip(
    score: Score, judge: Judge, evidence: Evidence
) -> None:
    """Eight cells of the EvalPlus board, and one with its digits swapped."""
    board = [
        f
        for f in evidence.facts.values()
        if f.citation.document == "evalplus-leaderboard"
        and f.protocol
        and f.protocol.benchmark in ("humaneval", "mbpp")
    ]
    rows = [f.model for f in board if f.protocol and f.protocol.benchmark == "mbpp" and f.value][:6]
    cells = [f for f in board if f.model in rows and f.protocol and f.value]
    claims = [
        score(f.model, f.protocol.benchmark, round(100 * f.value, 2), f.written, line=n)
        for n, f in enumerate(cells, 1)
        if f.protocol and f.value
    ]
    slip = next(
        c
        for c in claims
        if c.protocol and c.protocol.benchmark == "humaneval" and len(set(c.written[:2])) == 2
    )
    swapped = slip.written[1] + slip.written[0] + slip.written[2:]
    wrong = score(slip.hub_id, "humaneval", float(swapped), swapped, line=slip.line)
    judgements = judge(*(wrong if c is slip else c for c in claims))
    (found,) = [j for j in judgements if j.claim == wrong.id]
    assert found.verdict in ("contradicted", "misattributed")
    assert {j.verdict for j in judgements if j.claim != wrong.id} == {"confirmed"}


def test_two_numbers_of_one_other_model_are_misattributed_jointly(score: Score, judge: Judge) -> None:
    """79.9 and 78.9 together are WizardCoder-33B-V1.1's, not related to DeepSeek's 1.3B."""
    for judgement in judge(score(DEEPSEEK, "humaneval", 79.9), score(DEEPSEEK, "mbpp", 78.9)):
        assert judgement.verdict == "misattributed"
        assert judgement.owner == "WizardLM/WizardCoder-33B-V1.1"
        assert "chance" in judgement.explanation


def test_one_number_of_an_unrelated_model_is_coincidence(score: Score, judge: Judge) -> None:
    """79.9 alone also stands for WizardCoder-33B; without a second number nobody is accused."""
    (judgement,) = judge(score(DEEPSEEK, "humaneval", 79.9))
    assert judgement.verdict == "unverified"
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
def test_a_related_models_number_is_misattributed(
    model: str, benchmark: str, value: float, owner: str, score: Score, judge: Judge
) -> None:
    """Variant, size, benchmark or metric: the owner is named."""
    (judgement,) = judge(score(model, benchmark, value))
    assert judgement.verdict == "misattributed"
    assert judgement.owner is not None
    assert judgement.owner.startswith(owner)


def test_a_whole_number_accuses_nobody(score: Score, judge: Judge) -> None:
    """ "44 %" matches related models too easily: the base model's 43.9 is no proof."""
    (judgement,) = judge(score(QWEN, "humaneval", 44, "44%"))
    assert judgement.verdict == "unverified"


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
        ("ise-uiuc/Magicoder-DS-6.7B", "humaneval", 76.8, "ise-uiuc/Magicoder-S-DS-6.7B"),
    ],
)
def test_a_number_of_another_version_is_misattributed(
    hub_id: str, benchmark: str, value: float, owner: str, score: Score, judge: Judge
) -> None:
    """On the very benchmark on which the relative has it, in a document that repeats what sources print."""
    around = [
        score(DEEPSEEK, b, v, f"{v}", line=9)
        for b, v in (("humaneval", 65.2), ("mbpp", 49.4), ("mbpp+", 54.8))
    ]
    judgement = judge(score(hub_id, benchmark, value, f"{value:.1f}"), *around)[0]
    assert (judgement.verdict, judgement.owner) == ("misattributed", owner)


def test_another_version_is_not_accused_across_benchmarks(score: Score, judge: Judge) -> None:
    """64.0 is phi-2's MBPP, not its HumanEval."""
    (judgement,) = judge(score("microsoft/phi-1", "humaneval", 64.0, "64.0"))
    assert judgement.verdict == "unverified"


def test_what_one_source_leaves_open_another_of_the_same_number_tells(score: Score, judge: Judge) -> None:
    """276/399 by EvalPlus is zero-shot in the report; a source that doesn't say so doesn't make it 3-shot."""
    (judgement,) = judge(score(QWEN_BASE, "mbpp", 69.2, shots=3))
    assert judgement.verdict == "different-protocol"


def test_a_score_above_100_is_read_and_impossible() -> None:
    """A number with decimals in a benchmark's column is a score, whatever its size; a whole number counts something."""
    audit = audit_note("| Model | HumanEval |\n|---|---|\n| phi-2 | 103.6 |\n| codegemma-2b | 164 |\n")
    scores = [
        (c.written, j.verdict, j.check)
        for c, j in zip(audit.claims, audit.judgements, strict=True)
        if c.subject == "score"
    ]
    assert scores == [("103.6", "contradicted", "range")]


def test_one_cell_that_differs_from_the_source_of_its_column() -> None:
    """Five other numbers of the column are one paper's; the sixth is not, by more than re-runs differ."""
    text = (
        "| Model | HumanEval |\n|---|---|\n| CodeLlama-7b-hf | 33.5 |\n| CodeLlama-13b-hf | 36.0 |\n| CodeLlama-34b-hf | 62.8 |\n"
        "| CodeLlama-7b-Instruct-hf | 34.8 |\n| CodeLlama-13b-Instruct-hf | 42.7 |\n| CodeLlama-34b-Instruct-hf | 41.5 |\n"
    )
    audit = audit_note(text)
    wrong = [
        (c.written, j.check, j.replacement)
        for c, j in zip(audit.claims, audit.judgements, strict=True)
        if j.verdict == "contradicted"
    ]
    assert wrong == [("62.8", "copied-table", "48.8")]


def test_a_size_that_the_makers_card_does_not_list() -> None:
    """Meta's card of Llama 3.2 lists all its sizes."""
    audit = audit_note("Llama-3.2-9.5B-Instruct has 60.1 on HumanEval.")
    assert {
        j.verdict for c, j in zip(audit.claims, audit.judgements, strict=True) if c.subject == "score"
    } == {"no-such-model"}


def test_a_number_that_stands_for_a_neighbour_in_the_same_column_is_the_neighbours(
    evidence: Evidence,
) -> None:
    """A table that repeats the Mistral paper, with Llama 2's HumanEval in Code Llama's row, too."""
    table = """| Model | HumanEval | MBPP |
|---|---|---|
| LLaMA 2 7B | 11.6 | 26.1 |
| LLaMA 2 13B | 18.9 | 35.4 |
| Code-Llama 7B | 11.6 | 52.5 |
| Mistral 7B | 30.5 | 47.5 |
"""
    audit = audit_note(table, evidence=evidence)
    wrong = [
        (c.model, c.written, j.verdict, j.owner)
        for c, j in zip(audit.claims, audit.judgements, strict=True)
        if j.verdict in ("contradicted", "misattributed")
    ]
    assert wrong == [("Code-Llama 7B", "11.6", "misattributed", "meta-llama/Llama-2-7b-hf")]


def test_a_row_that_somebody_measured_himself_makes_its_other_numbers_his_too(evidence: Evidence) -> None:
    """CodeShell's row differs from its maker's everywhere; that one number is a neighbour's as well says nothing."""
    table = """MultiPL-E

| Model | C++ | Java | PHP | JS |
|---|---|---|---|---|
| CodeLlama-7B | 29.8 | 34.2 | 23.6 | 29.2 |
| CodeShell-7B | 32.9 | 34.2 | 31.7 | 33.5 |
"""
    audit = audit_note(table, evidence=evidence)
    assert {j.verdict for j in audit.judgements} <= {"confirmed", "unverified", "different-protocol"}


def test_other_benchmarks_of_a_row_come_from_a_source_under_their_own_shots(evidence: Evidence) -> None:
    """Qwen's README has HumanEval 0-shot and MBPP 3-shot in one table; twelve points too many in one cell."""
    table = """| Model | HumanEval | MBPP |
|---|---|---|
| LLaMA2-7B | 12.8 | 20.8 |
| Qwen-1.8B | 15.2 | 14.2 |
| Qwen-7B | 41.9 | 31.6 |
| Qwen-14B | 32.3 | 40.8 |
"""
    audit = audit_note(table, evidence=evidence)
    wrong = [
        (c.model, c.written, j.check)
        for c, j in zip(audit.claims, audit.judgements, strict=True)
        if j.verdict in ("contradicted", "misattributed")
    ]
    assert wrong == [("Qwen-7B", "41.9", "copied-table")]


def test_a_bare_name_without_its_makers_prefix_may_mean_the_tuned_model(evidence: Evidence) -> None:
    """ "Llama3-70B" is Meta-Llama-3-70B or its instruct model; a table of instruct numbers accuses nobody."""
    table = "| Model | HumanEval | GSM8K |\n|---|---|---|\n| Llama3-70B | 81.7% | 93% |\n| Llama3-8B | 62.2% | 79.6% |\n"
    audit = audit_note(table, evidence=evidence)
    assert {j.verdict for j in audit.judgements} <= {"confirmed", "unverified"}


def test_a_language_that_has_the_same_number_as_humaneval_accuses_nobody(evidence: Evidence) -> None:
    """CodeLlama-7B has 31.7 on HumanEval in one source; in a row of MultiPL-E's languages that is chance."""
    table = "| task | CodeLlama-7b |\n|---|---|\n| multiple-lua | 30.9 |\n| multiple-js | 31.7 |\n| multiple-php | 23.6 |\n"
    audit = audit_note(table, evidence=evidence)
    assert "misattributed" not in {j.verdict for j in audit.judgements}


def test_a_siblings_number_in_another_language_accuses_nobody(score: Score, judge: Judge) -> None:
    """CodeQwen1.5-7B has 52.2 in C++; the chat model's C# number that equals it is no mix-up."""
    chat = "Qwen/CodeQwen1.5-7B-Chat"
    (judgement,) = judge(score(chat, "multipl-e", 52.2, "52.2", version="c#"))
    assert judgement.verdict != "misattributed"
