"""What stands apart from its model or benchmark: split headers, labels above bullets, exports, badges, answers."""

import json

import pytest

from support.reading import only, read, scores, shots

PHI, PHI_1 = "microsoft/phi-2", "microsoft/phi-1"
GEM = "TechxGenus/CodeGemma-2b"


def test_a_family_above_and_a_size_below_are_one_name() -> None:
    """The model that the document names in full elsewhere doesn't take every column of its family."""
    text = (
        "Yi-Coder-1.5B-Chat is here.\n\n|  | Yi-Coder | | StarCoder2 | |\n|---|---|---|---|---|\n"
        "|  | 1.5B | 1.5B-Chat | 3B | 7B |\n| HumanEval | 41.5 | 67.7 | 31.7 | 35.4 |\n"
    )
    assert scores(text) == {
        ("01-ai/Yi-Coder-1.5B", "humaneval", 41.5),
        ("01-ai/Yi-Coder-1.5B-Chat", "humaneval", 67.7),
        ("bigcode/starcoder2-3b", "humaneval", 31.7),
        ("bigcode/starcoder2-7b", "humaneval", 35.4),
    }


def test_a_size_below_a_whole_name_leaves_the_name() -> None:
    """ "phi-2" over "2.7B" is phi-2."""
    text = "| | phi-1 | phi-2 |\n|---|---|---|\n| | 1.3B | 2.7B |\n| HumanEval | 50.6 | 49.4 |\n"
    assert scores(text) == {(PHI_1, "humaneval", 50.6), (PHI, "humaneval", 49.4)}


def test_a_header_of_models_may_stand_again_half_way_down() -> None:
    """With merged cells of its own, on two lines."""
    text = (
        "| | phi-1 | phi-2 |\n|---|---|---|\n| HumanEval | 50.6 | 49.4 |\n"
        "| | StarCoder2 | |\n| | 3B | 7B |\n| HumanEval | 31.7 | 35.4 |\n"
    )
    assert scores(text) == {
        (PHI_1, "humaneval", 50.6),
        (PHI, "humaneval", 49.4),
        ("bigcode/starcoder2-3b", "humaneval", 31.7),
        ("bigcode/starcoder2-7b", "humaneval", 35.4),
    }


def test_a_header_of_benchmarks_may_stand_again_half_way_down() -> None:
    """The rows below it are on the benchmarks it names."""
    text = (
        "| Model | HumanEval | MBPP |\n|---|---|---|\n| phi-2 | 49.4 | 64.0 |\n"
        "| Model | HumanEval+ | MBPP+ |\n| phi-2 | 45.1 | 54.2 |\n"
    )
    assert scores(text) == {
        (PHI, "humaneval", 49.4),
        (PHI, "mbpp", 64.0),
        (PHI, "humaneval+", 45.1),
        (PHI, "mbpp+", 54.2),
    }


def test_a_row_without_figures_below_models_in_rows_is_no_header() -> None:
    """An empty first cell hands the family down; only the header's own kind of row begins anew."""
    text = (
        "| Model | Size | HumanEval |\n|---|---|---|\n| StarCoder2 | 3B | 31.7 |\n"
        "| | 7B | n/a |\n| | 15B | 46.3 |\n"
    )
    assert ("bigcode/starcoder2-15b", "humaneval", 46.3) in scores(text)


def test_a_label_with_a_name_heads_the_bullets_below_it() -> None:
    """ "Left half: NAME" without a colon at its end; the next label takes over."""
    text = "Left half: **phi-1**\n\n- HumanEval: 50.6\n\nRight half: **phi-2**\n\n- HumanEval: 49.4\n"
    assert scores(text) == {(PHI_1, "humaneval", 50.6), (PHI, "humaneval", 49.4)}


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_json_row_states_more_than_scores(wrapped: bool) -> None:
    """Licence, kind and release are fields; "added" is the row's; scores may lie in an object of their own."""
    row = {
        "name": "phi two", "model_id": PHI, "num_params": "2.78B", "license": "mit", "type": "base",
        "added": "2025-02-03", "released": "2023-12-13", "pass_at_1": {"humaneval_plus": 0.451, "mbpp": None},
    }  # fmt: skip
    text = json.dumps({"count": 1, "models": [row]} if wrapped else [row], indent=2)
    assert scores(text) == {(PHI, "humaneval+", 45.1)}
    said = {claim.subject: claim.written for claim in read(text) if claim.subject != "score"}
    assert said == {"params": "2.78B", "licence": "mit", "kind": "base", "release": "2023-12-13"}


def test_an_object_named_by_a_metric_gives_it_to_its_scores() -> None:
    """ "pass@10": {…}."""
    text = json.dumps([{"model": PHI, "pass@10": {"humaneval": 0.694}}])
    assert only(text, "score").metric == "pass@10"


def test_csv_columns_of_licence_and_kind_are_read() -> None:
    """As fields of a JSON row are."""
    text = f"model,license,type,humaneval\n{PHI},mit,base,49.4\n"
    assert only(text, "licence").written == "mit"
    assert only(text, "kind").written == "base"


def test_a_badge_states_its_figure() -> None:
    """Inside a link too; the next badge is a statement of its own."""
    badge = "[![phi-2: 49.4 on HumanEval](a.svg)](#x) ![phi-1: 50.6 on HumanEval](b.svg)"
    assert scores(badge) == {(PHI, "humaneval", 49.4), (PHI_1, "humaneval", 50.6)}


def test_a_logo_is_decoration() -> None:
    """The words for a picture without a figure are not the document's."""
    assert read("![phi-2 logo](a.svg)\n\nHello.\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "- **phi-2** (`use small`): a base model, 2.7B parameters.",
        "**phi-2** (the default) - base, no template",
    ],
)
def test_a_kind_behind_a_name_and_an_aside(text: str) -> None:
    """The aside in parentheses doesn't part them."""
    assert (only(text, "kind").hub_id, only(text, "kind").written) == (PHI, "base")


def test_by_an_organisation_completes_a_name() -> None:
    """A copy that shares its name with the maker's model is named by its org."""
    assert scores("**CodeGemma-2b by TechxGenus** HumanEval **54.9**") == {(GEM, "humaneval", 54.9)}


def test_whom_it_was_tuned_by_says_nothing_of_the_parent() -> None:
    """In "tuned from X by ORG" the tuning is ORG's, not X."""
    claim = only("phi-3x-2B was fine-tuned from codegemma-2b by TechxGenus.", "lineage")
    assert claim.other != GEM


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("Moving from phi-1 to phi-2 bought **5 points** on MBPP.", "above"),
        ("Replacing phi-1 with phi-2 cost 1.2 points on MBPP.", "below"),
    ],
)
def test_a_change_of_model_compares_the_new_with_the_old(text: str, relation: str) -> None:
    """From A to B: B is the one spoken of."""
    claim = only(text, "comparison")
    assert (claim.hub_id, claim.other, claim.relation) == (PHI, PHI_1, relation)


def test_a_licence_named_like_a_family_names_no_model() -> None:
    """ "The Gemma one" is the licence of whoever is spoken of."""
    claim = only("google/codegemma-2b is small, and its licence is the Gemma one.", "licence")
    assert claim.hub_id == "google/codegemma-2b"


def test_an_answer_is_about_whom_its_question_names() -> None:
    """Without a pronoun too."""
    claim = only("**Q: May we ship phi-2?**\n\nA: Yes, the licence is MIT.\n", "licence")
    assert claim.hub_id == PHI


def test_an_answer_to_a_question_about_two_is_about_neither() -> None:
    """Which one it means isn't told."""
    claims = read("**Q: phi-1 or phi-2?**\n\nA: The licence is MIT.\n")
    assert [claim for claim in claims if claim.subject == "licence"] == []


def test_an_aside_after_and_belongs_to_the_number_behind_it() -> None:
    """ "83.5 on A and, zero-shot, 70.6 on B"."""
    text = "phi-2 scores 49.4 on HumanEval and, three-shot, 64.0 on MBPP."
    assert shots(text) == {"humaneval": None, "mbpp": 3}


def test_what_is_said_of_all_scores_holds_below() -> None:
    """Up to the next heading."""
    text = (
        "## A\n\nAll scores are pass@1, three-shot.\n\n| Model | MBPP |\n|---|---|\n| phi-2 | 64.0 |\n\n"
        "## B\n\n- phi-1 HumanEval: 50.6\n"
    )
    assert shots(text) == {"mbpp": 3, "humaneval": None}
