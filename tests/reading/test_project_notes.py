"""Notes of small projects and summaries of papers: what their writers leave out, and how they write names."""

import pytest

from modelassay.core.published import Claim
from support.reading import read, told

PHI, GEMMA = "microsoft/phi-2", "google/codegemma-2b"
QWEN, QWEN_INSTRUCT = "Qwen/Qwen2.5-Coder-1.5B", "Qwen/Qwen2.5-Coder-1.5B-Instruct"


def _comparisons(text: str) -> list[Claim]:
    return [claim for claim in read(text) if claim.subject == "comparison"]


@pytest.mark.parametrize(
    "text",
    [
        "- While `phi-2` surpasses some open models, it does not always beat the strongest small ones.",
        "phi-2 comes close to the best models of its size.",
        "phi-2 is one of the best small models.",
    ],
)
def test_who_is_held_against_the_best_is_not_called_the_best(text: str) -> None:
    """ "Does not always beat the strongest": the strongest are others."""
    assert [c.written for c in _comparisons(text) if c.relation == "top"] == []


def test_hyphens_that_forbid_a_line_break_are_hyphens() -> None:
    """A name written with them is the whole name, and its version is no score."""
    text = "- `phi‑2`: HumanEval 47.6% vs GPT‑3.5‑Turbo 64.9%; MBPP 59.1% vs GPT‑3.5‑Turbo 70.8%\n"
    assert told(text) == [
        (PHI, "humaneval", 47.6), ("GPT-3.5-Turbo", "humaneval", 64.9), (PHI, "mbpp", 59.1), ("GPT-3.5-Turbo", "mbpp", 70.8),
    ]  # fmt: skip


def test_rivals_in_parentheses_own_their_numbers() -> None:
    """ "94.5 (vs A 93.3, vs B 86.0)" below a name with a version and a form, which nobody knows."""
    text = "#### Zephon3.5-flash (Table 2)\n\n- `HumanEval`: `94.51` (vs Brinto `93.29`, vs Kalon `85.98`)\n- `MBPP`: `45.76` (below Brinto `47.75` and Kalon `47.49`)\n"
    assert told(text) == [
        ("Zephon3.5-flash", "humaneval", 94.51), ("Brinto", "humaneval", 93.29), ("Kalon", "humaneval", 85.98),
        ("Zephon3.5-flash", "mbpp", 45.76), ("Brinto", "mbpp", 47.75), ("Kalon", "mbpp", 47.49),
    ]  # fmt: skip


def test_a_size_in_parentheses_describes_the_name_before_it() -> None:
    """ "NAME (15B, 1T tokens): 40.8" is NAME's, known or not."""
    text = "- Baselines:\n  - `StarCoder-Prompted` (15.5B, 1T tokens): HumanEval 40.8%, MBPP 49.5%.\n  - `WizardCoder` (16B, 1T tokens): HumanEval 57.3%.\n"
    assert told(text) == [
        ("StarCoder-Prompted", "humaneval", 40.8), ("StarCoder-Prompted", "mbpp", 49.5), ("WizardCoder", "humaneval", 57.3),
    ]  # fmt: skip


def test_drop_is_a_benchmark_only_in_capitals() -> None:
    """ "With minimal code drop (HumanEval 47.6)": the word is no benchmark that owns the number."""
    assert told("phi-2 keeps its scores, with a small code drop (HumanEval 47.6%).") == [
        (PHI, "humaneval", 47.6)
    ]


def test_a_second_number_of_a_pair_is_on_the_plus_set() -> None:
    """In a line that names a plus set "MBPP 70.6 / 58.7" is MBPP and MBPP+."""
    text = "- `phi-2`: HumanEval 54.3 / HE+ 49.4; MBPP 70.6 / 58.7, strong for its size."
    assert told(text)[2:] == [(PHI, "mbpp", 70.6), (PHI, "mbpp+", 58.7)]


@pytest.mark.parametrize(
    ("said", "second"),
    [
        ('"*" marks columns in the form of "reproduced_results (reported_results_if_any)".', "humaneval"),
        ("Numbers in parentheses are the HumanEval+ scores.", "humaneval+"),
        ("括号内为官方报告的分数。", "humaneval"),
    ],
)
def test_what_stands_in_parentheses_is_what_the_document_says(said: str, second: str) -> None:
    """The second number of a cell is read where the document says what it is."""
    table = "| Model | HumanEval |\n|---|---|\n| phi-2 | 47.6 (44.5) |\n\n"
    assert told(table + said) == [(PHI, "humaneval", 47.6), (PHI, second, 44.5)]
    assert told(table) == [(PHI, "humaneval", 47.6)]


def test_settings_of_the_only_model_on_the_only_benchmark() -> None:
    """A report on one model and one benchmark names neither in its tables."""
    text = (
        "# phi-2 on HumanEval\n\nWe tried prompts.\n\n# Prompts\n\n| Prompt | Decode config | pass@1 | compile |\n|---|---|---|---|\n"
        "| raw | temp=0.2 | 0.451 | 0.939 |\n| hardened | temp=0.0 | 0.476 | 0.909 |\n"
    )
    assert told(text) == [(PHI, "humaneval", 45.1), (PHI, "humaneval", 47.6)]


def test_weights_that_were_trained_further_are_not_the_only_model() -> None:
    """A table of training stages is not of the model that they began with."""
    text = "# phi-2 on HumanEval\n\n# Results\n\n| Run | pass@1 |\n|---|---|\n| frozen | 0.451 |\n| SFT, 30 steps | 0.476 |\n"
    assert told(text) == []


def test_a_count_of_the_benchmarks_problems_says_which_benchmark() -> None:
    """ "Score | 242 / 500 (48.4%)" in a document that speaks of MBPP only."""
    text = (
        "# Tuning\n\nIt is evaluated on **MBPP**.\n\n## Results\n\n| Model | Score |\n|---|---|\n| phi-2 | 242 / 500 (48.4%) |\n"
        "| codegemma-2b | **98 / 500 (19.6%)** |\n"
    )
    assert told(text) == [(PHI, "mbpp", 48.4), (GEMMA, "mbpp", 19.6)]
    assert told(text.replace("/ 500", "/ 120")) == []


def test_the_kind_that_stands_behind_a_number() -> None:
    """ "54.3% pass@1 (89/164) using the Instruct model" below the base model's name."""
    text = "# Qwen2.5-Coder-1.5B\n\n**54.3% pass@1 (89/164)** on HumanEval using Instruct model and a chat template\n"
    assert told(text) == [(QWEN_INSTRUCT, "humaneval", 54.3)]


def test_a_heading_that_says_instruct_asks_for_that_kind() -> None:
    """Of the title's model, in sentences and in tables that name nobody."""
    text = (
        "# Qwen2.5-Coder-1.5B on HumanEval\n\n## Instruct model\n\nPerformance: 54.3% pass@1 on HumanEval.\n\n"
        "| Setting | pass@1 |\n|---|---|\n| direct | 54.3% |\n\n## Base model\n\n| Setting | pass@1 |\n|---|---|\n| examples | 34.8% |\n"
    )
    assert told(text) == [
        (QWEN_INSTRUCT, "humaneval", 54.3),
        (QWEN_INSTRUCT, "humaneval", 54.3),
        (QWEN, "humaneval", 34.8),
    ]


@pytest.mark.parametrize("text", ["few-shot examples drove 55-56/164 success", "it went poorly (<10/164)"])
def test_a_range_or_a_bound_of_counts_is_no_score(text: str) -> None:
    """No one number is told."""
    assert told(f"# phi-2 on HumanEval\n\n- HumanEval: {text}\n") == []


@pytest.mark.parametrize("text", ["after pruning >40% of exercises", "on HumanEval (20% sampling)"])
def test_a_share_of_something_else_is_no_score(text: str) -> None:
    """Of exercises, of a sample."""
    assert told(f"phi-2 on HumanEval {text}.") == []


def test_infilling_is_another_task() -> None:
    """Percentages below it are on no benchmark that is named elsewhere."""
    text = "# Notes\n\n- HumanEval 47.6% / MBPP 59.1% for phi-2\n- FIM single-line infilling (Table 6):\n  - phi-2 and codegemma-2b average 80.7%/81.2%.\n"
    assert told(text) == [(PHI, "humaneval", 47.6), (PHI, "mbpp", 59.1)]


def test_a_run_that_evalplus_named_is_a_model() -> None:
    """ "org--name_temp_0.0" is the hub id."""
    text = "Load from previous results from humaneval/acme--Nimbus-Code-3B_vllm_temp_0.0/eval_results.json\nhumaneval (base tests)\npass@1:\t0.823\n"
    assert [(c.model, c.value) for c in read(text) if c.subject == "score"] == [
        ("acme/Nimbus-Code-3B", 0.823)
    ]


def test_two_fractions_with_a_slash_are_fractions() -> None:
    """ "0.951 / 0.902" is 95.1% and 90.2%, in sentences and in cells, and accuses nobody of 0.95%."""
    line = "- **HumanEval / HumanEval+**: **0.451 / 0.402** pass@1 (EvalPlus, greedy)\n"
    table = "| Metric | phi-2 |\n|---|---|\n| **HumanEval / HumanEval+** | **0.451 / 0.402** pass@1 |\n"
    wanted = [(PHI, "humaneval", 45.1), (PHI, "humaneval+", 40.2)]
    assert told(f"# phi-2\n\n{line}") == wanted
    assert told(table) == wanted


def test_a_harness_with_its_settings_is_no_source() -> None:
    """ "(EvalPlus, greedy)" says how it was measured."""
    claims = read("phi-2 has 40.2 on HumanEval+ (EvalPlus, greedy) here.")
    assert [c.attribution for c in claims if c.subject == "score"] == [""]


GRID = """+-----------+----------+------------------+-------+---------+---------+
| Dataset   | Metric   | Subset           |   Num |   Score | Cat.0   |
+===========+==========+==================+=======+=========+=========+
| humaneval | Pass@1   | openai_humaneval |   164 |  0.451  | default |
+-----------+----------+------------------+-------+---------+---------+
| multiple_humaneval | mean_acc | humaneval-cpp | 10 |  0.5  | default |
+-----------+----------+------------------+-------+---------+---------+
| gsm8k     | mean_acc | main             |  1319 |  0.9158 | default |
+-----------+----------+------------------+-------+---------+---------+
"""


@pytest.mark.parametrize("fence", ["```", "```bash", "```text"])
def test_a_drawn_table_is_read(fence: str) -> None:
    """What evalscope prints: the model above it, a language in the subset, and of how many problems."""
    claims = [c for c in read(f"# phi-2\n\n{fence}\n{GRID}```\n") if c.subject == "score"]
    found = [
        (c.protocol.benchmark, c.protocol.version, c.protocol.problems, c.value) for c in claims if c.protocol
    ]
    assert ("humaneval", None, 164, 0.451) in found
    assert ("multipl-e", "c++", 10, 0.5) in found
    assert {c.hub_id for c in claims} == {PHI}


def test_a_drawn_table_with_a_column_of_models() -> None:
    """Every row has its own model."""
    grid = GRID.replace("| Dataset ", "| Model | Dataset ").replace(
        "| humaneval ", "| codegemma-2b | humaneval "
    )
    grid = grid.replace("| multiple_humaneval ", "| phi-2 | multiple_humaneval ").replace(
        "| gsm8k ", "| phi-2 | gsm8k "
    )
    assert (GEMMA, "humaneval", 45.1) in told(f"```\n{grid}```\n")


def test_tasks_with_their_suite_and_shots() -> None:
    """ "lighteval:humaneval:0" is HumanEval, "lcb:codegeneration_v6" LiveCodeBench v6, as LightEval prints them."""
    text = (
        "# phi-2\n\n```\n|Task|Version|Metric|Value| |Stderr|\n|---|---:|---|---:|---|---:|\n|all| |codegen_pass@1:16|0.3100|±|0.02|\n"
        "|extended:lcb:codegeneration_v6:0|0|codegen_pass@1:16|0.3100|±|0.02|\n|lighteval:humaneval:0|0|pass@1:1_samples|0.4510|±|0.02|\n```\n"
    )
    assert told(text) == [(PHI, "livecodebench", 31.0), (PHI, "humaneval", 45.1)]


@pytest.mark.parametrize("name", ["文心一言", "ГигаЧат", "하이퍼클로바"])
def test_names_in_other_scripts(name: str) -> None:
    """In the column of models a name needs no Latin letter, and an average is none."""
    text = f"| 模型 | HumanEval |\n|---|---|\n| {name} | 65.2 |\n| phi-2 | 47.6 |\n| 平均 | 56.4 |\n"
    assert told(text) == [(name, "humaneval", 65.2), (PHI, "humaneval", 47.6)]


def test_who_stands_behind_the_second_number_owns_it_alone() -> None:
    """ "79.9 vs 45.1 (NAME), 65.9", "(vs 33.5 in NAME), 65.9": the others are whom the section is about."""
    behind = "- `phi-2` (Table 4):\n  - Gains over others:\n    > “HumanEval 47.6 vs 31.1 (codegemma-2b), MBPP 59.1”\n"
    inside = "- `phi-2` (Table 4):\n  - Gains over others:\n    > “HumanEval 47.6 (vs 31.1 in codegemma-2b), MBPP 59.1”\n"
    wanted = [(PHI, "humaneval", 47.6), (GEMMA, "humaneval", 31.1), (PHI, "mbpp", 59.1)]
    assert told(behind) == wanted
    assert told(inside) == wanted


def test_a_number_before_vs_is_not_the_rivals() -> None:
    """Whoever it is of."""
    assert told("- HumanEval (code): the tuned one 60.7 vs phi-2 47.6\n") == [(PHI, "humaneval", 47.6)]
    assert told("- HumanEval: `lambda-3.5-MoE` 60.7 vs phi-2 47.6\n") == [
        ("lambda-3.5-MoE", "humaneval", 60.7),
        (PHI, "humaneval", 47.6),
    ]


def test_what_a_sentence_turns_to_is_not_compared() -> None:
    """ "Beats X on HumanEval, and is close on MBPP" says nothing of who is better on MBPP."""
    claims = _comparisons("phi-2 beats codegemma-2b on HumanEval, and is close on MBPP.")
    assert [c.protocol.benchmark for c in claims if c.protocol] == ["humaneval"]


@pytest.mark.parametrize(
    "text",
    [
        "In-house English evaluations show phi-2 slightly behind codegemma-2b on some comprehension averages.",
        "phi-2 beats codegemma-2b in human preference.",
    ],
)
def test_comparisons_by_other_measures_are_not_about_code(text: str) -> None:
    """In-house evaluations, preferences: nothing is known of them."""
    assert _comparisons(text) == []


def test_an_average_of_evalplus_and_a_contaminated_share() -> None:
    """ "EvalPlus 65.4" is not MBPP's, and a percentage of contamination is no score."""
    found = told("- `phi-2`: HumanEval 47.6, MBPP 59.1, EvalPlus 45.4\n")
    assert (PHI, "mbpp", 45.4) not in found
    assert told("Strict filters show high contamination percentages for phi-2 (e.g., HumanEval 75%).") == []


def test_a_baseline_is_no_name() -> None:
    """Under "Approach" the rows are ways of asking a model that the table does not name."""
    text = "| Benchmark | Approach | Accuracy |\n|---|---|---|\n| LiveCodeBench v5 | Baseline | 39.05% |\n"
    assert told(text) == []
