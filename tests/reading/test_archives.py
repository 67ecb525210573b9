"""Answers of the Hub, and collections of results in the shapes that their services send."""

import json

from modelassay.core.published import Claim
from modelassay.evidence.base import load_evidence
from modelassay.evidence.vocabulary import Vocabulary
from modelassay.reading.notes import read_note
from support.reading import read, told

TUNE = "TechxGenus/starcoder2-3b-instruct"


def answer(**more: object) -> dict[str, object]:
    """What the Hub says of a model."""
    return {
        "id": TUNE, "sha": "abc", "createdAt": "2024-03-05T10:00:00.000Z", "gated": False,
        "safetensors": {"parameters": {"BF16": 3030371328}, "total": 3030371328},
        "cardData": {"license": "bigcode-openrail-m", "base_model": ["bigcode/starcoder2-3b"]}, **more,
    }  # fmt: skip


def facts(text: str) -> set[tuple[str, str | None, str]]:
    """(subject, model, what is said) of every claim that is no score."""
    return {(c.subject, c.hub_id, c.other or c.written) for c in read(text) if c.subject != "score"}


def test_the_hub_says_what_a_model_is() -> None:
    """Existence, size from the headers of its files, licence, parent and the day its repository was made."""
    assert facts(json.dumps(answer())) == {
        ("existence", TUNE, TUNE),
        ("params", TUNE, "3.03B"),
        ("licence", TUNE, "bigcode-openrail-m"),
        ("lineage", TUNE, "bigcode/starcoder2-3b"),
        ("release", TUNE, "2024-03-05"),
    }


def test_a_page_of_a_listing_is_many_answers() -> None:
    """Each model of the list; the Hub's oldest date is no release."""
    other = answer() | {"id": "microsoft/phi-2", "createdAt": "2022-03-02T23:29:04.000Z", "cardData": {}}
    found = facts(json.dumps([answer(), other]))
    assert ("params", "microsoft/phi-2", "3.03B") in found
    assert not [f for f in found if f[0] == "release" and f[1] == "microsoft/phi-2"]


def test_the_hub_hands_on_scores() -> None:
    """Those of model-index and those of the community's result files."""
    index = [
        {
            "name": "x",
            "results": [
                {
                    "dataset": {"type": "openai_humaneval", "name": "HumanEval"},
                    "metrics": [{"type": "pass@1", "name": "pass@1", "value": "65.9"}],
                }
            ],
        }
    ]
    results = [
        {
            "filename": "a.yaml",
            "data": {"dataset": {"id": "evalplus/mbppplus"}, "value": 54.2, "notes": "pass@1"},
        }
    ]
    text = json.dumps(answer(**{"model-index": index, "evalResults": results}))
    assert told(text) == [(TUNE, "humaneval", 65.9), (TUNE, "mbpp+", 54.2)]


def test_a_leaderboard_of_a_data_set_is_of_its_benchmark() -> None:
    """The answer names no benchmark: the address that gave it does."""
    rows = [{"rank": 1, "modelId": TUNE, "value": 60.4, "filename": "a", "verified": False, "author": {}}]
    evidence = load_evidence()
    text = json.dumps(rows)
    (claim,) = read_note(text, Vocabulary.load(evidence), evidence, title="evalplus/humanevalplus").claims
    assert (claim.hub_id, claim.protocol.benchmark if claim.protocol else "", claim.value) == (
        TUNE,
        "humaneval+",
        0.604,
    )


def test_performances_of_livecodebench_are_means() -> None:
    """One score for each model: the mean over its problems to one decimal, with their number and window."""
    names = {
        "DSCoder-1.3b-Ins": "deepseek-ai/deepseek-coder-1.3b-instruct",
        "StarCoder2-3b": "bigcode/starcoder2-3b",
    }
    performances = [
        {
            "question_id": str(n),
            "model": m,
            "date": 1684022400000 + n * 86400000,
            "difficulty": "easy",
            "pass@1": value,
        }
        for m in names
        for n, value in enumerate((0.0, 10.0, 100.0))
    ]
    models = [
        {
            "model_name": full,
            "model_repr": m,
            "release_date": 1693378800000,
            "link": f"https://huggingface.co/{full}",
        }
        for m, full in names.items()
    ]
    text = json.dumps({"performances": performances, "models": models, "date_marks": []}, indent=1)
    assert told(text) == [(full, "livecodebench", 36.7) for full in names.values()]
    claim: Claim = read(text)[0]
    assert claim.protocol is not None
    assert (claim.protocol.problems, claim.protocol.version) == (3, "2023-05")


def test_every_eval_ever_records_are_read() -> None:
    """The model's id, the metric's unit, the temperature and the harness."""
    record = {
        "schema_version": "0.3.0", "model_info": {"name": "phi-2", "id": "microsoft/phi-2"},
        "eval_library": {"name": "evalplus", "version": "0.3.1"},
        "evaluation_results": [
            {
                "evaluation_name": "HumanEval", "source_data": {"dataset_name": "HumanEval"},
                "metric_config": {"metric_name": "pass@1", "min_score": 0, "max_score": 1},
                "score_details": {"score": 0.476}, "generation_config": {"generation_args": {"temperature": 0.0}},
            }
        ],
    }  # fmt: skip
    text = json.dumps(record)
    assert told(text) == [("microsoft/phi-2", "humaneval", 47.6)]
    protocol = read(text)[0].protocol
    assert protocol is not None
    assert (protocol.temperature, protocol.harness) == (0.0, "evalplus")


def test_the_papers_with_code_archive_is_read() -> None:
    """Metrics are texts in percent; tables stand below tasks and subtasks."""
    table = {
        "dataset": "HumanEval",
        "sota": {"metrics": ["Pass@1"], "rows": [{"model_name": "phi-2", "metrics": {"Pass@1": "47.6"}}]},
    }
    text = json.dumps(
        [{"task": "Code", "datasets": [], "subtasks": [{"task": "Code Generation", "datasets": [table]}]}]
    )
    assert told(text) == [("microsoft/phi-2", "humaneval", 47.6)]


def test_a_card_of_a_known_repository_is_of_its_model() -> None:
    """Its heading and model-index need not name the model."""
    text = (
        "---\nlicense: mit\nmodel-index:\n- name: our-model\n  results:\n  - dataset: {type: openai_humaneval, name: HumanEval}\n"
        "    metrics:\n    - type: pass@1\n      value: 47.6\n---\n# Hello\n"
    )
    evidence = load_evidence()
    claims = read_note(text, Vocabulary.load(evidence), evidence, repository="acme/tiny-1b").claims
    assert {(c.subject, c.hub_id) for c in claims} == {("licence", "acme/tiny-1b"), ("score", "acme/tiny-1b")}


def test_bigcodebench_says_split_and_subset_in_fields() -> None:
    """Its pass_at_k.json names no benchmark: its fields do."""
    text = json.dumps(
        {
            "pass@1": 0.21,
            "model": "microsoft/phi-2",
            "split": "instruct",
            "subset": "hard",
            "calibrated": True,
        }
    )
    assert told(text) == [("microsoft/phi-2", "bigcodebench-hard", 21.0)]
    protocol = read(text)[0].protocol
    assert protocol is not None
    assert protocol.prompt_style == "chat"


def test_a_submission_to_bigcode_names_its_model_apart() -> None:
    """Tasks in a list, the model under `meta`; a task that is none of ours is listed."""
    results = [{"task": "humaneval", "pass@1": 0.476}, {"task": "frobnicate", "pass@1": 0.1}]
    text = json.dumps({"results": results, "meta": {"model": "microsoft/phi-2"}})
    assert told(text) == [("microsoft/phi-2", "humaneval", 47.6)]
