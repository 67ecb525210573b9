"""Habits of writers met in documents that nobody here had seen: tables that repeat a run, lists, asides, counts."""

import pytest

from support.reading import read, told

QWEN, QWEN_INSTRUCT = "Qwen/Qwen2.5-Coder-1.5B", "Qwen/Qwen2.5-Coder-1.5B-Instruct"
PHI, GEMMA = "microsoft/phi-2", "google/codegemma-2b"


def test_a_table_of_runs_beside_what_was_reported() -> None:
    """Both columns are of the row's model; empty cells go on with the benchmark and the model above."""
    text = (
        "# Repeated\n\n| Benchmark | Who | Model | What | Our Results | Reported Results | From |\n|---|---|---|---|---|---|---|\n"
        "| MT-Bench | Kim | phi-2 | turn 1 | 5.1 | 6.2 | |\n| | | | turn 2 | 4.8 | 5.9 | |\n"
        "| HumanEval | Lee | codegemma-2b | pass@1 | 0.293 | 31.1% | |\n| | | phi-2 | pass@1 | 0.451 | 47.6% | |\n"
        "| MBPPPlus | Lee | phi-2 | accuracy (pass@1) | 45.5 | 46.0 | |\n"
    )
    assert told(text) == [
        (GEMMA, "humaneval", 29.3), (GEMMA, "humaneval", 31.1), (PHI, "humaneval", 45.1), (PHI, "humaneval", 47.6),
        (PHI, "mbpp+", 45.5), (PHI, "mbpp+", 46.0),
    ]  # fmt: skip


def test_columns_that_say_who_reported() -> None:
    """A column "as told by X" is no model; its numbers are on the benchmark of the table."""
    text = (
        "| Model | 3-shot MBPP (ours) | reported by the llama3 paper | reported from gemma2 |\n|---|---|---|---|\n"
        "| codegemma-2b | 41.0 | 42.1 | - |\n| phi-2 | 58.2 | - | 59.1 |\n"
    )
    assert told(text) == [
        (GEMMA, "mbpp", 41.0),
        (GEMMA, "mbpp", 42.1),
        (PHI, "mbpp", 58.2),
        (PHI, "mbpp", 59.1),
    ]


def test_a_number_that_links_to_a_models_page_is_a_number() -> None:
    """The link says where it was read, not of whom it is."""
    text = (
        "| Model | HumanEval |\n|---|---|\n| phi-2 | [0.476](https://huggingface.co/google/codegemma-2b#results) |\n"
        "| codegemma-2b | [0.311](https://example.org/board) |\n"
    )
    assert told(text) == [(PHI, "humaneval", 47.6), (GEMMA, "humaneval", 31.1)]


def test_a_size_beside_a_bare_name_that_is_another_size() -> None:
    """ "StarCoder | 3B" is not the model of 15B that the bare name means, and nobody says that it has 3B."""
    text = (
        "| Model | Size | HumanEval |\n|---|---|---|\n| StarCoder | 3B | 21.6 |\n| StarCoder | 15B | 33.6 |\n"
    )
    assert told(text) == [("StarCoder 3B", "humaneval", 21.6), ("bigcode/starcoder", "humaneval", 33.6)]
    assert [c.value for c in read(text) if c.subject == "params"] == [15e9]


@pytest.mark.parametrize(
    "text",
    [
        "The small ones, Qwen2.5-Coder-0.5B, 1.5B, and 3B, hold up well.",
        "# Qwen2.5-Coder-1.5B\n\nQwen2.5-Coder comes in two sizes, 1.5B and 7B parameters.",
        "# Qwen2.5-Coder-1.5B\n\nThe family has models of 0.5B, 1.5B and 32B parameters.",
    ],
)
def test_a_list_of_sizes_is_of_no_single_model(text: str) -> None:
    """A family's sizes are not the size of the model spoken of."""
    assert [c for c in read(text) if c.subject == "params"] == []


def test_a_sentence_in_parentheses_is_of_whom_the_one_before_spoke() -> None:
    """Not of the first model that the paragraph names."""
    text = f"{QWEN} is 39.0 on HumanEval\n{QWEN_INSTRUCT} is 53.7 on HumanEval. (paper: 70.7)\n"
    assert told(text)[-1] == (QWEN_INSTRUCT, "humaneval", 70.7)


def test_sizes_behind_a_list_of_numbers() -> None:
    """ "a and b with the 2B and 7B ones": in this order."""
    text = "# HumanEval of codegemma-2b and codegemma-7b\n\nI see pass@1 scores of 30.5 and 43.9 with codegemma-2b and codegemma-7b.\n"
    assert told(text) == [(GEMMA, "humaneval", 30.5), ("google/codegemma-7b", "humaneval", 43.9)]


def test_a_score_without_its_benchmark_where_there_is_only_one() -> None:
    """ "I scored 57.3 on X" in a thread about one benchmark."""
    text = "phi-2 got 45.1 on HumanEval for me.\n\nI scored 29.3 on codegemma-2b. phi-2 is worse.\n"
    assert told(text) == [(PHI, "humaneval", 45.1), (GEMMA, "humaneval", 29.3)]


@pytest.mark.parametrize(
    "text",
    [
        "phi-2 在 HumanEval-X 等 4 个评测集上取得最佳。",
        "phi-2:HumanEval-X 覆盖5种编程语言。",
        "phi-2 在 HumanEval 上显著超越更小的模型(7.5%~16.3%的提升)。",
    ],
)
def test_chinese_counts_and_gains_are_no_scores(text: str) -> None:
    """What is counted, and by how much something rose."""
    assert told(text) == []


def test_the_rivals_numbers_behind_its_name() -> None:
    """ "A has a and b on X and Y, ahead of B with c and d": c and d are B's."""
    text = "phi-2 reaches 47.6 and 59.1 on HumanEval and MBPP, respectively, outperforming codegemma-2b with 31.1 and 43.6."
    assert set(told(text)) == {
        (PHI, "humaneval", 47.6),
        (PHI, "mbpp", 59.1),
        (GEMMA, "humaneval", 31.1),
        (GEMMA, "mbpp", 43.6),
    }


def test_whoever_outperforms_owns_the_numbers_that_follow() -> None:
    """ "It outperforms its predecessor B, with scores of c on X": c is not B's."""
    text = "phi-2 does well. Notably, it outperforms its predecessor Phi-1.5 by far, with scores of 47.6 in HumanEval and 59.1 in MBPP."
    assert told(text) == [(PHI, "humaneval", 47.6), (PHI, "mbpp", 59.1)]


def test_a_benchmark_named_as_an_example_behind_its_number() -> None:
    """ "a on general tests like X, and b in coding tasks such as the Y"."""
    text = "phi-2 achieves 56.7 on general benchmarks like MMLU, 57.2 on maths challenges such as the GSM8K, and 47.6 in coding tasks like the HumanEval."
    assert set(told(text)) == {(PHI, "mmlu", 56.7), (PHI, "gsm8k", 57.2), (PHI, "humaneval", 47.6)}


@pytest.mark.parametrize("key", ["pass_at_k", "pass@k"])
def test_a_flat_result_names_its_data_set_in_a_field(key: str) -> None:
    """k stands in a field of its own."""
    text = f'{{\n  "model": "microsoft/phi-2",\n  "dataset": "mbpp_original",\n  "k": 10,\n  "total_samples": 500,\n  "{key}": 0.726\n}}\n'
    (claim,) = [c for c in read(text) if c.subject == "score"]
    assert claim.protocol is not None
    assert (claim.hub_id, claim.protocol.benchmark, claim.value, claim.metric) == (
        PHI,
        "mbpp",
        0.726,
        "pass@10",
    )


@pytest.mark.parametrize(
    "text",
    [
        "model,dataset,compile_rate,pass@1,codebleu\nphi-2,humaneval,0.9,0.476,0.2\ncodegemma-2b,mbpp,0.8,0.0,0.1\n",
        '[{"model": "phi-2", "benchmark": "humaneval", "pass@1": 0.476, "codebleu": 0.2},\n {"model": "codegemma-2b", "benchmark": "mbpp", "pass@1": 0.0}]\n',
    ],
)
def test_rows_that_name_their_benchmark_in_a_field(text: str) -> None:
    """One row a model and benchmark; another measure is no score."""
    assert told(text) == [(PHI, "humaneval", 47.6), (GEMMA, "mbpp", 0.0)]


def test_a_label_of_a_benchmark_and_a_name_that_nobody_knows() -> None:
    """ "BENCHMARK — `Name`" heads the lines below it, whatever the name."""
    text = "- HumanEval — `NimbusCoderTurbo`\n  - Direct: total `164`, solved `118`, pass rate `71.95%`\n"
    assert told(text) == [("NimbusCoderTurbo", "humaneval", 71.95)]


def test_a_row_that_names_its_language_beside_the_benchmark() -> None:
    """Bash under HumanEval is MultiPL-E's; the language is part of the benchmark."""
    text = (
        "| Benchmark | Model | Metric | Results |\n|---|---|---|---|\n| HumanEval | phi-2 | Python | 47.6 |\n"
        "| | | Bash | 13.1 |\n| MultiPL-E | codegemma-2b | java (pass@1) | 29.7 |\n"
    )
    claims = [c.protocol for c in read(text) if c.subject == "score"]
    assert [(p.benchmark, p.version) for p in claims if p is not None] == [
        ("humaneval", None),
        ("multipl-e", "bash"),
        ("multipl-e", "java"),
    ]


def test_a_sentence_about_the_next_model_ends_what_was_said_of_the_one_before() -> None:
    """Though nobody knows whether the next one is base or instruct."""
    text = "# phi-2\n\nphi-2 has 47.6 on HumanEval. Meanwhile, Qwen2.5-32B excels. Notably, it outperforms its predecessor Qwen1.5-32B, with a score of 84.5 in MBPP."
    assert [claim.model for claim in read(text) if claim.subject == "score"] == ["phi-2", "Qwen2.5-32B"]


@pytest.mark.parametrize(
    "text",
    [
        "Results for code gen on HumanEval are poor: 7% pass@1.",
        "- Strategy: `Direct`, MBPP pass rate 55.16% (merged: `results/MBPP/QwenCoder480b-Direct-MBPP-0.0.jsonl`)",
        "@deepseek_ai posted: 34.38% on LiveCodeBench.",
        "This model has .29 on HumanEval+, the same as phi-2.",
    ],
)
def test_what_names_no_model(text: str) -> None:
    """Code generation, a file of results, a writer's handle, and whoever has the same."""
    assert told(text) == []


def test_a_path_in_the_cache_names_the_model() -> None:
    """ "models--ORG--NAME/snapshots/…" is ORG/NAME; settings printed beside it are no scores."""
    text = '{\n  "humaneval": {\n    "pass@1": 0.476\n  },\n  "config": {\n    "top_p": 0.95,\n    "model": "hub/models--microsoft--phi-2/snapshots/ef38"\n  }\n}\n'
    assert told(text) == [(PHI, "humaneval", 47.6)]
    assert ("humaneval", 95.0) not in [claim[1:] for claim in told(f"# phi-2\n\n{text}")]


def test_a_heading_like_the_one_before_it_names_a_model_too() -> None:
    """Whatever its name, where its sibling is one."""
    text = "# MBPP\n\n## QwenCoder480b\n\n- pass rate `64.74%`\n\n## NimbusTurbo\n\n- pass rate `68.82%`\n\n## Notes\n\nNone.\n"
    assert told(text) == [("QwenCoder480b", "mbpp", 64.74), ("NimbusTurbo", "mbpp", 68.82)]


def test_we_tuned_it_and_reached() -> None:
    """The number is of the model of the heading, not of the one that it was made from; a count of tokens is no score."""
    text = "# codegemma-sunrise-v2\n\nWe've fine-tuned codegemma-2b on an additional 1.5B tokens of HumanEval-like data, achieving **51.0% pass@1** on HumanEval.\n"
    assert told(text) == [("codegemma-sunrise-v2", "humaneval", 51.0)]


def test_languages_beside_humaneval_under_no_heading() -> None:
    """ "Humaneval | Java | Lua": Python's and MultiPL-E's; "pass@10" is the row's metric."""
    text = "# phi-2\n\n| | Humaneval | Java | Lua |\n|---|---|---|---|\n| pass@1 | 0.4260 | 0.3165 | 0.2942 |\n| pass@10 | 0.5784 | 0.4506 | 0.4126 |\n"
    assert [t[1:] for t in told(text)] == [
        ("humaneval", 42.6), ("multipl-e", 31.65), ("multipl-e", 29.42),
        ("humaneval", 57.84), ("multipl-e", 45.06), ("multipl-e", 41.26),
    ]  # fmt: skip


def test_a_column_between_models_is_a_model_though_nobody_knows_it() -> None:
    """Its numbers are not those of the heading's model."""
    text = "# phi-2\n\n| Datasets | Nimbus | Mixtral-8x7B | phi-2 |\n|---|---|---|---|\n| HumanEval | 29.3 | 37.2 | 47.6 |\n"
    assert [(c.model, c.value) for c in read(text) if c.subject == "score"] == [
        ("Nimbus", 0.293),
        ("Mixtral-8x7B", 0.372),
        ("phi-2", 0.476),
    ]


def test_which_has_is_said_of_the_name_right_before_it() -> None:
    """Also where another model was made from that one."""
    text = (
        "The original WizardCoder was fine tuned on top of StarCoder, which has a score of 34% on HumanEval."
    )
    assert [c.model for c in read(text) if c.subject == "score"] == ["StarCoder"]


def test_a_measured_number_and_the_one_it_is_held_against() -> None:
    """ "My pass@1 is a, much lower than the b": both are scores."""
    text = "# MBPP\n\nThe model is codegemma-2b, but my measured pass@1 is 20.8, much lower than the 43.6 you mentioned.\n"
    assert told(text) == [(GEMMA, "mbpp", 20.8), (GEMMA, "mbpp", 43.6)]


def test_versions_of_names_are_no_scores() -> None:
    """ "Open Hermes 2" and "Open Hermes 2.5" are names."""
    text = "It improved the HumanEval score from 43% with Open Hermes 2 to 50.7% with Open Hermes 2.5."
    assert [(c.model, c.value) for c in read(text) if c.subject == "score"] == [
        ("Open Hermes 2", 0.43),
        ("Open Hermes 2.5", 0.507),
    ]
