"""What programs print and write: console blocks, JSON results, notebooks; program text is never read."""

import json

import pytest

from modelassay.core.published import Claim
from modelassay.evidence.base import load_evidence
from modelassay.evidence.vocabulary import Vocabulary
from modelassay.reading.notes import read_note
from support.reading import read, told

PHI = "microsoft/phi-2"


def test_what_evalplus_prints_is_read() -> None:
    """Both suites, of the model above; a corrected copy must leave the block alone."""
    text = "# phi-2\n\n```\nhumaneval (base tests)\npass@1:\t0.476\nhumaneval+ (base + extra tests)\npass@1:\t0.43\n```\n"
    assert told(text) == [(PHI, "humaneval", 47.6), (PHI, "humaneval+", 43.0)]
    claims = [c for c in read(text) if c.subject == "score"]
    assert {(c.verbatim, c.measured_by, c.protocol.harness) for c in claims if c.protocol} == {
        (True, "writer", "evalplus")
    }


def test_a_harness_table_names_its_model_above() -> None:
    """lm-eval's table: its version, shots and stderr are no scores, and its mbpp_plus runs MBPP's three asserts."""
    text = (
        "```\nhf (pretrained=microsoft/phi-2,dtype=auto), limit: None\n"
        "|  Tasks  |Version|Filter|n-shot|Metric|   |Value |   |Stderr|\n|---------|------:|------|-----:|------|---|-----:|---|-----:|\n"
        "|humaneval|      1|create|     0|pass@1|↑  |0.4760|±  |0.0389|\n|mbpp_plus|      1|none  |     3|pass@1|↑  |0.5500|±  |0.0250|\n```\n"
    )
    assert told(text) == [(PHI, "humaneval", 47.6), (PHI, "mbpp", 55.0)]


def test_json_results_name_their_model() -> None:
    """A result of bigcode's harness, in a block and as a file of its own."""
    result = json.dumps(
        {
            "humaneval": {"pass@1": 0.27, "pass@10": 0.41},
            "config": {"model": "microsoft/phi-2", "n_samples": 50},
        }
    )
    wanted = [(PHI, "humaneval", 27.0), (PHI, "humaneval", 41.0)]
    assert told(result) == wanted
    assert told(f"Here it is:\n\n```json\n{result}\n```\n") == wanted


def test_json_keys_may_be_nested() -> None:
    """Languages and the halves of a benchmark stand below its name; a table of settings is nobody's score."""
    text = json.dumps(
        {
            "model": "microsoft/phi-2",
            "results": {
                "EvalPlus": {"HumanEval": 47.6, "HumanEval+": 43.0},
                "MultiPL-E": {"Java": 30.1},
                "BigCodeBench": {"hard": 9.5},
            },
            "temperature": 0.2,
        }
    )
    assert told(text) == [
        (PHI, "humaneval", 47.6), (PHI, "humaneval+", 43.0), (PHI, "multipl-e", 30.1), (PHI, "bigcodebench-hard", 9.5)
    ]  # fmt: skip


@pytest.mark.parametrize(
    "block",
    [
        "```python\nHumanEval = 47.6\n```",
        "```bash\nHumanEval: 47.6\n```",
        "```\nfor x in HumanEval[12]: print(47.6)\n```",
        "```\nax.text(2.7, 1.15, 'HumanEval')\n```",
        "    legend = plot(loc=(0.081, -0.006))  # HumanEval",
    ],
)
def test_program_text_is_left_alone(block: str) -> None:
    """Whatever numbers stand in it."""
    assert told(f"# phi-2\n\n{block}\n") == []


def _notebook(*cells: dict[str, object], indent: int | None = 1) -> str:
    whole = {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=indent, ensure_ascii=False)


def _scores(text: str) -> list[Claim]:
    evidence = load_evidence()
    reading = read_note(text, Vocabulary.load(evidence), evidence)
    return [claim for claim in reading.claims if claim.subject == "score"]


@pytest.mark.parametrize("indent", [1, None])
def test_a_notebooks_text_and_outputs_are_read(indent: int | None) -> None:
    """Text cells, printed lines and printed tables; the code is not. Lines and quotes are those of the file."""
    text = _notebook(
        {"cell_type": "markdown", "source": ["# phi-2\n", 'It has "47.6%" on HumanEval.\n']},
        {
            "cell_type": "code",
            "source": ["best = 'HumanEval 99.9'\n"],
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": ["MBPP pass@1: 0.55\n"]},
                {"output_type": "execute_result", "data": {"text/html": ["<table><tr><th>model</th><th>HumanEval</th></tr>\n", "<tr><td>codegemma-2b</td><td>31.1</td></tr></table>"], "text/plain": ["HumanEval 12"]}},
            ],
        },
        indent=indent,
    )  # fmt: skip
    claims = _scores(text)
    assert [(c.hub_id, round((c.value or 0) * 100, 1), c.verbatim) for c in claims] == [
        (PHI, 47.6, False), (PHI, 55.0, True), ("google/codegemma-2b", 31.1, True)
    ]  # fmt: skip
    lines = text.split("\n")
    assert all(c.quote in lines[c.line - 1] for c in claims)


def test_results_in_a_repository_are_of_its_model() -> None:
    """An `.eval_results` file names no model; the folder it lies in does."""
    evidence = load_evidence()
    text = "- dataset:\n    id: evalplus/humanevalplus\n    task_id: default\n  value: 43.0\n"
    for path in (
        "/data/microsoft/phi-2/.eval_results/he.yaml",
        "/hub/models--microsoft--phi-2/snapshots/0a1b/.eval_results/he.yaml",
    ):
        (claim,) = read_note(text, Vocabulary.load(evidence), evidence, path=path).claims
        assert (claim.hub_id, claim.value) == (PHI, 0.43)


@pytest.mark.parametrize(
    ("value", "read_as"), [('"~31.7"', 31.7), ("3.17e1", 31.7), ('"31.7%"', 31.7), ("0.317", 31.7)]
)
def test_a_cards_values_are_read_as_they_are_written(value: str, read_as: float) -> None:
    """Approximate, with an exponent, with a sign; under any spelling of the metric."""
    text = (
        "---\nmodel-index:\n- name: starcoder2-3b\n  results:\n  - task: {type: text-generation}\n"
        f"    dataset: {{type: openai_humaneval, name: HumanEval}}\n    metrics:\n    - {{type: pass_at_1, value: {value}}}\n---\n"
    )
    assert told(text) == [("bigcode/starcoder2-3b", "humaneval", read_as)]


def test_every_entry_of_a_card_keeps_its_name() -> None:
    """A second model, unknown as it may be, is not the first; two values of one metric are noticed."""
    entry = "- name: {0}\n  results:\n  - task: {{type: text-generation}}\n    dataset: {{type: openai_humaneval, name: HumanEval}}\n    metrics:\n    - {{type: pass@1, value: {1}}}\n"
    text = (
        "---\nmodel-index:\n"
        + entry.format("starcoder2-3b", 31.7)
        + entry.format("my-sunrise-tune", 40.1)
        + "    - {type: pass@1, value: 44.4}\n---\n"
    )
    assert [(name, value) for name, _, value in told(text)] == [
        ("bigcode/starcoder2-3b", 31.7),
        ("my-sunrise-tune", 40.1),
        ("my-sunrise-tune", 44.4),
    ]
    noticed = [c.protocol.written for c in read(text) if c.protocol and c.subject == "score"]
    assert noticed == ["", "one of several values of this metric", "one of several values of this metric"]


COMMENTS = "```bash\nMODEL={model}\npython -m evalplus.evaluate --dataset humaneval\n# humaneval (base tests)\n# pass@1: 0.476\n```\n"


def test_results_in_the_comments_of_a_command() -> None:
    """What EvalPlus printed, repeated as comments below the command, is of the command's model or of the heading's."""
    assert told(COMMENTS.format(model="microsoft/phi-2")) == [(PHI, "humaneval", 47.6)]
    assert told("# phi-2\n\n" + COMMENTS.format(model="$1")) == [(PHI, "humaneval", 47.6)]
    assert told(COMMENTS.format(model="$1")) == []
