"""List items with several paragraphs, names of other scripts, sizes that describe, and numbers that are no scores."""

import json

import pytest

from support.reading import read, told

PHI = "microsoft/phi-2"


def owners(text: str) -> list[tuple[str, float]]:
    """Each score's model as written, and its percent."""
    return [(c.model, round((c.value or 0) * 100, 1)) for c in read(text) if c.subject == "score"]


def test_a_table_in_a_list_item_is_of_the_model_that_the_item_names() -> None:
    """Paragraphs in between, and the heading above the list, do not take it away."""
    text = (
        "### CodeLlama tunes\n\n- **[heron-codellama-13b](https://example.org/heron)** 2023.11.02\n\n"
        "  Tuned on top of CodeLlama-13B, for many languages.\n\n  | HumanEval | MBPP |\n  |---|---|\n  | 61.0 | 58.2 |\n"
    )
    assert owners(text) == [("heron-codellama-13b", 61.0), ("heron-codellama-13b", 58.2)]


def test_who_says_above_a_list_that_he_measured_measured_it_all() -> None:
    """ "I measured these:" is heard in every item below."""
    text = "I measured these on my laptop:\n\n- phi-2: HumanEval 44.5\n- codegemma-2b: HumanEval 29.3\n"
    assert [c.measured_by for c in read(text) if c.subject == "score"] == ["writer", "writer"]


def test_a_number_of_the_paper_is_a_number() -> None:
    """ "the 47.6 of the paper" is no count."""
    text = "We evaluated phi-2. Our pass@1 on HumanEval is only 41.5, far below the 47.6 of the paper."
    claims = [c for c in read(text) if c.subject == "score"]
    assert [(c.written, c.measured_by) for c in claims] == [("41.5", "writer"), ("47.6", "other")]


def test_ideographs_are_part_of_a_name_with_a_size() -> None:
    """A row's name is kept whole."""
    text = "| 模型 | HumanEval |\n|---|---|\n| 晨曦2.0-7B | 41.5 |\n| 晨曦2.0-7B-对话 | 44.5 |\n| phi-2 | 47.6 |\n"
    assert owners(text) == [("晨曦2.0-7B", 41.5), ("晨曦2.0-7B-对话", 44.5), ("phi-2", 47.6)]


def test_a_link_that_says_more_than_the_name_is_cut_to_it() -> None:
    """ "[new: NAME](its address)"."""
    text = "- [新模型：phi-2](https://huggingface.co/microsoft/phi-2) 发布，HumanEval 47.6%。\n"
    assert owners(text) == [("phi-2", 47.6)]


def test_a_size_that_describes_a_model_names_no_other() -> None:
    """ "X, a 14B coding model that reaches …"."""
    assert owners(
        "We release `Osprey-14B-Preview`, a 14B coding model that reaches 58.4% on LiveCodeBench."
    ) == [("Osprey-14B-Preview", 58.4)]


def test_sizes_with_their_numbers_below_a_family_are_its_models() -> None:
    """The heading gives the name, the sentence the sizes."""
    assert owners("## CodeLlama\n\nHumanEval: 7B 33.5, 13B 36.0.\n") == [
        ("CodeLlama 7B", 33.5),
        ("CodeLlama 13B", 36.0),
    ]


def test_an_arrow_leads_from_whom_one_is_compared_with() -> None:
    """The first number is the older model's."""
    text = "Compared to `gpt-4-0314`, the newer `gpt-4-0613` does better on HumanEval (61.2 -> 66.5)."
    assert owners(text) == [("gpt-4-0314", 61.2), ("gpt-4-0613", 66.5)]


def test_a_name_that_is_denied_has_no_number() -> None:
    """ "X, not Y, …" is about X."""
    assert owners("The new Raven-3B, not Raven-9B, reaches 52.0% on HumanEval.") == [("Raven-3B", 52.0)]


def test_a_name_tuned_from_another_needs_no_digit() -> None:
    """The number is the tune's."""
    assert owners("night-owl-coder is tuned from phi-2 and reaches 58.5 on HumanEval.") == [
        ("night-owl-coder", 58.5)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "For phi-2 12.5% of the HumanEval answers had no code block, and 3.7% timed out.",
        "phi-2 runs HumanEval with 18% lower memory.",
        "Success gate: phi-2 achieves ≥85% on HumanEval.",
        "On HumanEval some say phi-2 is 90% as good as the rest.",
    ],
)
def test_answers_that_fail_savings_and_targets_are_no_scores(text: str) -> None:
    """Percentages near a benchmark."""
    assert told(text) == []


def test_a_rank_in_an_export_is_no_score() -> None:
    """ "humaneval_rank" stands beside "humaneval"."""
    rows = [
        {"name": "phi-2", "humaneval_rank": 27, "humaneval": 0.476},
        {"name": "Nimbus-7B", "humaneval_rank": 3, "humaneval": 0.51},
    ]
    assert owners(json.dumps(rows, indent=1)) == [("phi-2", 47.6), ("Nimbus-7B", 51.0)]


def test_a_window_told_in_months_is_part_of_the_benchmark() -> None:
    """ "(Aug 24 - May 25)" holds no score."""
    text = "| Benchmark | phi-2 | Nimbus-7B |\n|---|---|---|\n| LiveCodeBench v6<br>(Aug 24 - May 25) | 10.1 | 12.2 |\n"
    assert owners(text) == [("phi-2", 10.1), ("Nimbus-7B", 12.2)]


def test_a_column_that_begins_with_a_plus_goes_on_from_the_model_before() -> None:
    """ "+Cache" beside "Nimbus-7B"."""
    text = "| Benchmark | Nimbus-7B | +Cache |\n|---|---|---|\n| HumanEval | 41.5 | 42.7 |\n| MBPP | 30.1 | 31.0 |\n"
    assert ("Nimbus-7B +Cache", 42.7) in owners(text)


def test_a_table_of_prompts_has_no_variants_of_models() -> None:
    """ "with tests" under "Prompt" is a setting of the model above."""
    text = "# MBPP with phi-2\n\n| Prompt | Passed | Rate |\n|---|---|---|\n| with tests | 230/427 | 53.9% |\n| without tests | 190/427 | 44.5% |\n"
    assert owners(text) == [("phi-2", 53.9), ("phi-2", 44.5)]


def test_a_decimal_comma_in_a_file_with_semicolons() -> None:
    """44,1 is 44.1 where commas part no cells."""
    text = "benchmark;model;pass@1\nHumanEval;phi-2;47,6\nHumanEval;Nimbus-7B;44,1\n"
    assert owners(text) == [("phi-2", 47.6), ("Nimbus-7B", 44.1)]


def test_a_source_with_a_number_of_its_own_is_not_where_the_other_is_from() -> None:
    """ "46.3 (EvalPlus has 0.476)"."""
    claims = read("phi-2 reaches 46.3 on HumanEval (EvalPlus has 0.476).")
    assert all(c.subject != "provenance" for c in claims)


def test_a_hyphen_and_a_kind_are_part_of_a_name() -> None:
    """ "Code Llama - Instruct" does not say that Code Llama is instruct."""
    assert all(c.subject != "kind" for c in read("Code Llama 7B (Code Llama - Instruct), for chats."))
