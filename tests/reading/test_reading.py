"""Small documents in several habits: what is read out of a table, an export, a page or a sentence."""

import json

import pytest

from support.reading import only, read, scores, shots

PHI = "microsoft/phi-2"


@pytest.mark.parametrize(
    "header", ["HumanEval / HumanEval+", "HumanEval, HumanEval+", "HumanEval (base / plus)", "HumanEval and HumanEval+"]
)  # fmt: skip
def test_a_column_of_pairs_gives_each_number_its_benchmark(header: str) -> None:
    """The header lists the benchmarks in the order of the cell's numbers."""
    text = f"| Model | {header} |\n|---|---|\n| phi-2 | 49.4 / 45.1 |\n"
    assert scores(text) == {(PHI, "humaneval", 49.4), (PHI, "humaneval+", 45.1)}


def test_a_dash_keeps_the_place_of_a_missing_number() -> None:
    """ "– / 45.1" has no first number."""
    text = (
        "| Model | HumanEval / HumanEval+ | MBPP / MBPP+ |\n|---|---|---|\n| phi-2 | – / 45.1 | 64.0 / – |\n"
    )
    assert scores(text) == {(PHI, "humaneval+", 45.1), (PHI, "mbpp", 64.0)}


def test_pairs_are_read_where_models_stand_in_columns() -> None:
    """A row can be about two benchmarks as well."""
    text = "| Benchmark | phi-2 | codegemma-2b |\n|---|---|---|\n| MBPP / MBPP+ | 64.0 / – | 55.6 / 46.6 |\n"
    assert ("google/codegemma-2b", "mbpp+", 46.6) in scores(text)
    assert len(scores(text)) == 3


@pytest.mark.parametrize(
    "table",
    [
        "| Model | HumanEval | MBPP |\n|---|---|---|\n| phi-2 | 49.4 | 55.0[^n] |\n",
        "| Model | HumanEval | MBPP[^n] |\n|---|---|---|\n| phi-2 | 49.4 | 55.0 |\n",
        "| Model | HumanEval / MBPP |\n|---|---|\n| phi-2 | 49.4 / 55.0[^n] |\n",
        "phi-2 scores 49.4% on HumanEval and 55.0%[^n] on MBPP.\n",
        "phi-2 scores 49.4% on HumanEval and 55.0% on MBPP.[^n]\n",
    ],
)
def test_a_footnote_states_the_protocol_of_its_number(table: str) -> None:
    """Its mark stands at the number, at the column's header or at the end of the clause."""
    assert shots(f"{table}\n[^n]: Zero-shot.\n") == {"humaneval": None, "mbpp": 0}


def test_a_footnote_at_the_model_holds_for_its_row() -> None:
    """It's about every number of the row, and of no other."""
    text = "| Model | HumanEval | MBPP |\n|---|---|---|\n| phi-2[^n] | 49.4 | 55.0 |\n\n[^n]: 3-shot\n"
    assert shots(text) == {"humaneval": 3, "mbpp": 3}


def test_size_and_kind_in_columns_of_their_own_complete_the_name() -> None:
    """ "Qwen2.5-Coder | 7B | Instruct" isn't the base model that the bare name means."""
    text = (
        "| Model | Size | Type | HumanEval |\n|---|---|---|---|\n| Qwen2.5-Coder | 7B | Instruct | 88.4 |\n"
    )
    assert scores(text) == {("Qwen/Qwen2.5-Coder-7B-Instruct", "humaneval", 88.4)}


@pytest.mark.parametrize(
    ("header", "cell", "size"),
    [("size", "2.7B", 2.7e9), ("params", "350M", 3.5e8), ("#Params (B)", "2.7", 2.7e9), ("num_params", "2779683840", 2779683840)],
)  # fmt: skip
def test_a_csv_size_column_is_read(header: str, cell: str, size: float) -> None:
    """With its unit, in billions, or counted."""
    claim = only(f"model,{header},humaneval\nmicrosoft/phi-2,{cell},49.4\n", "params")
    assert (claim.hub_id, claim.value) == (PHI, size)


def test_a_csv_row_without_a_size_claims_none() -> None:
    """An empty cell says nothing."""
    assert [c.subject for c in read("model,size,humaneval\nmicrosoft/phi-2,,49.4\n")] == ["score"]


def test_a_json_leaderboard_states_sizes() -> None:
    """EvalPlus gives billions."""
    row = {
        "link": "https://huggingface.co/microsoft/phi-2",
        "size": 2.7,
        "prompted": False,
        "pass@1": {"humaneval": 49.4},
    }
    assert only(json.dumps({"phi-2": row}, indent=1), "params").value == 2.7e9


def test_a_never_released_model_keeps_the_hub_id_a_reader_would_give_it() -> None:
    """The maker's list of releases is remembered with the claim."""
    (claim,) = read("OpenCoder 3B Instruct scores 74.4% on HumanEval.")
    assert claim.hub_id == "infly/OpenCoder-3B-Instruct"
    assert claim.release_list is not None


def test_an_html_page_is_read_outside_its_tables() -> None:
    """Headings set the model, items and paragraphs speak of it; scripts and titles say nothing."""
    page = """<!DOCTYPE html>
<html><head><title>phi-2: HumanEval 11.1</title><script>var humaneval = "phi-2 HumanEval 22.2";</script></head>
<body>
<h2>phi-2</h2>
<ul><li>HumanEval: 49.4</li></ul>

    <p>The <b>codegemma-2b</b> model reaches 31.1&nbsp;% on HumanEval.</p>
<table><tr><th>Model</th><th>MBPP</th></tr><tr><td>phi-2</td><td>64.0</td></tr></table>
</body></html>
"""
    assert scores(page) == {
        (PHI, "humaneval", 49.4),
        (PHI, "mbpp", 64.0),
        ("google/codegemma-2b", "humaneval", 31.1),
    }


def test_quotes_of_an_html_page_are_verbatim() -> None:
    """Entities and inline tags don't shift them."""
    page = "<html><body>\n<p>A&amp;B: <i>phi-2</i> scores 49.4&nbsp;%\n   on HumanEval &ndash; and 64.0&#37; on MBPP.</p></body></html>"
    lines = page.split("\n")
    claims = read(page)
    assert {claim.line for claim in claims} == {2, 3}
    assert all(claim.quote in lines[claim.line - 1] for claim in claims)
    assert any("49.4" in claim.quote for claim in claims)


def test_a_link_in_html_names_its_model() -> None:
    """The address decides, not the label."""
    page = '<html><p><a href="https://huggingface.co/microsoft/phi-2">this one</a> scores 49.4 on HumanEval.</p></html>'
    assert scores(page) == {(PHI, "humaneval", 49.4)}


def test_an_html_table_with_empty_lines_is_one_table() -> None:
    """Markdown would end the block at the first of them."""
    text = "<table>\n\n<tr><th>Model</th><th>HumanEval</th></tr>\n\n<tr><td>phi-2</td><td>49.4</td></tr>\n\n</table>\n"
    assert scores(text) == {(PHI, "humaneval", 49.4)}


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("phi-2 is covered by the DeepSeek model licence.", "DeepSeek"),
        ("phi-2 is published under Apache 2.0.", "Apache 2.0"),
        ("phi-2 is governed by the Gemma terms.", "Gemma"),
        ("The licence of phi-2 is Qwen-Research.", "Qwen-Research"),
        ("The makers of phi-2 give it away under the MIT licence.", "MIT"),
    ],
)
def test_licence_sentences(text: str, written: str) -> None:
    """Covered by, governed by, published under."""
    assert only(text, "licence").written == written


@pytest.mark.parametrize(
    "text",
    [
        "Since February 2025 there is YuLan-Mini-Instruct.",
        "In February 2025 the team released YuLan-Mini-Instruct.",
        "YuLan-Mini-Instruct appeared in February 2025.",
        "The release date of YuLan-Mini-Instruct is February 2025.",
    ],
)
def test_release_sentences(text: str) -> None:
    """The date may stand before the name."""
    claim = only(text, "release")
    assert (claim.hub_id, claim.written) == ("yulan-team/YuLan-Mini-Instruct", "February 2025")


@pytest.mark.parametrize(
    ("text", "written", "negated"),
    [
        ("We took phi-2, a base model without any chat tuning.", "base model", False),
        ("phi-2 is instruction-tuned.", "instruction-tuned", False),
        ("phi-2 is not instruction-tuned.", "instruction-tuned", True),
    ],
)
def test_kind_sentences(text: str, written: str, negated: bool) -> None:
    """In apposition, and as a participle."""
    claim = only(text, "kind")
    assert (claim.written, claim.negated) == (written, negated)


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("phi-2 leads codegemma-2b by 18.3 points on HumanEval.", "above"),
        ("phi-2 > codegemma-2b by 18.3 points on HumanEval.", "above"),
        ("phi-2 < codegemma-2b by 18.3 points on HumanEval.", "below"),
        ("phi-2 > codegemma-2b on HumanEval.", "above"),
        ("phi-2 does better on HumanEval than codegemma-2b.", "above"),
    ],
)
def test_comparison_sentences(text: str, relation: str) -> None:
    """Leads, and the signs between two names."""
    claim = only(text, "comparison")
    assert (claim.hub_id, claim.other, claim.relation) == (PHI, "google/codegemma-2b", relation)
    assert claim.protocol is not None
    assert claim.protocol.benchmark == "humaneval"


def test_a_benchmark_that_has_its_number_leaves_the_next_to_the_next() -> None:
    """ "85 % on A and 52 % averaged over B"."""
    text = "phi-2 scores 49.4% on HumanEval and 30.1% averaged over the languages of MultiPL-E."
    assert scores(text) == {(PHI, "humaneval", 49.4), (PHI, "multipl-e", 30.1)}


def test_a_licence_version_is_no_score() -> None:
    """Nor does it hide the end of its sentence."""
    assert scores("phi-2 is under Apache 2.0. Its README says 49.4% on HumanEval.") == {(PHI, "humaneval", 49.4)}  # fmt: skip


def test_a_name_in_lower_case_begins_a_sentence() -> None:
    """Two sentences, two comparisons."""
    text = "phi-2 beats codegemma-2b on HumanEval. starcoder2-3b beats gemma-2b on HumanEval."
    assert [c.hub_id for c in read(text) if c.subject == "comparison"] == [PHI, "bigcode/starcoder2-3b"]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_semicolons_and_tabs_separate_too(delimiter: str) -> None:
    """What the header line holds most of separates."""
    text = "model,params,humaneval\nphi-2,2.7B,49.4\n".replace(",", delimiter)
    assert scores(text) == {(PHI, "humaneval", 49.4)}
    assert only(text, "params").value == 2.7e9


@pytest.mark.parametrize("layout", ["[{0},\n {1}]", "{0}\n{1}"])
def test_json_rows_are_read(layout: str) -> None:
    """A list of objects, or one on each line; a fraction is a share."""
    rows = [
        {"params": "2.7B", "model": "microsoft/phi-2", "humaneval": 49.4, "mbpp": 0.64},
        {"model": "google/codegemma-2b", "humaneval": 31.1},
    ]
    text = layout.replace("{0}", json.dumps(rows[0])).replace("{1}", json.dumps(rows[1]))
    assert scores(text) == {
        (PHI, "humaneval", 49.4),
        (PHI, "mbpp", 64.0),
        ("google/codegemma-2b", "humaneval", 31.1),
    }
    assert only(text, "params").hub_id == PHI


def test_benchmarks_in_parentheses_behind_their_numbers() -> None:
    """The first isn't beside the second number, though nothing stands between them."""
    assert scores("- phi-2 49.4 (HE) 64.0 (MBPP)") == {(PHI, "humaneval", 49.4), (PHI, "mbpp", 64.0)}


def test_its_base_model_owns_its_number() -> None:
    """The base of whoever is spoken of."""
    text = "On MBPP+, Qwen2.5-Coder-1.5B-Instruct gets 59.4 while its base model gets 58.6."
    assert scores(text) == {
        ("Qwen/Qwen2.5-Coder-1.5B-Instruct", "mbpp+", 59.4),
        ("Qwen/Qwen2.5-Coder-1.5B", "mbpp+", 58.6),
    }


def test_a_size_before_a_number_stands_for_a_model() -> None:
    """ "the 3B 84.1 %" is no range."""
    text = "Qwen2.5-Coder-0.5B-Instruct gets 61.6% on HumanEval; the 3B 84.1%."
    assert ("Qwen/Qwen2.5-Coder-3B-Instruct", "humaneval", 84.1) in scores(text)


def test_no_examples_are_zero_shots() -> None:
    """In other words than "zero-shot"."""
    assert shots("Without a single example in the prompt, phi-2 solves 55.0% of MBPP.") == {"mbpp": 0}


def test_a_list_with_slashes_follows_the_benchmarks_before_it() -> None:
    """ "X (HumanEval 50.6, MBPP 55.5) and Y (49.4 / 64.0)"."""
    text = "We compared phi-1 (HumanEval 50.6, MBPP 55.5) with phi-2 (49.4 / 64.0)."
    assert {(PHI, "humaneval", 49.4), (PHI, "mbpp", 64.0)} <= scores(text)


def test_lineage_in_the_present_tense() -> None:
    """Builds on."""
    claim = only("OpenCodeInterpreter-DS-1.3B builds on deepseek-coder-1.3b-base.", "lineage")
    assert claim.other == "deepseek-ai/deepseek-coder-1.3b-base"


def test_publishing_scores_is_no_release() -> None:
    """The scores came out then, not the model."""
    assert [c for c in read("In May 2024 the team published phi-2 scores.") if c.subject == "release"] == []


@pytest.mark.parametrize("text", [
    "We like StarCoder2-3B. It scores 31.7% on HumanEval.",
    "With StarCoder2-3B it came to 31.7% on HumanEval.",
    "We like StarCoder2-3B. Base models do worse; it scores 31.7% on HumanEval.",
])  # fmt: skip
def test_a_name_ends_with_its_sentence_and_before_a_pronoun(text: str) -> None:
    """ "X. It scores" says nothing of an X-it, and "X. Base models" nothing of an X-Base."""
    assert scores(text) == {("bigcode/starcoder2-3b", "humaneval", 31.7)}


def test_a_makers_word_for_a_kind_is_no_pronoun() -> None:
    """Google's "it" belongs to the name."""
    assert scores("CodeGemma 7B it scores 56.1% on HumanEval.") == {
        ("google/codegemma-7b-it", "humaneval", 56.1)
    }
