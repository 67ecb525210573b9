"""Tables as people really lay them out: whose number it is, on which benchmark, and what is no score at all."""

import pytest

from support.reading import read, told


def test_a_column_of_another_model_stops_the_headings_model() -> None:
    """Every column that is shaped like a name is a model of its own, known or not."""
    text = (
        "# phi-2\n\n| Category | Benchmark | **phi-2** (2.7B) | Zephyrus 3.1 9B | **Llama-3.3** (70B instruct) | GPT-4o |\n"
        "|---|---|---|---|---|---|\n| Code | HumanEval | 47.6 | 51.2 | 80.1 | 90.2 |\n| Chat | MT-Bench | 7.9 | 8.0 | 8.1 | 9.3 |\n"
    )
    assert sorted(told(text)) == [
        ("GPT-4o", "humaneval", 90.2),
        ("Zephyrus 3.1 9B", "humaneval", 51.2),
        ("meta-llama/Llama-3.3-70B-Instruct", "humaneval", 80.1),
        ("microsoft/phi-2", "humaneval", 47.6),
    ]


def test_columns_of_quantisations_are_of_the_model_above() -> None:
    """What a file's form is called is no model; a difference and the minutes are no scores."""
    text = (
        "# Files of Qwen2.5-Coder-3B-Instruct\n\n| | Q5_K_M | paper | Delta |\n|---|---|---|---|\n"
        "| MBPP pass@1 | 72.1 | 73.6 | -1.5% |\n| Minutes | 12.4 | | |\n"
    )
    claims = [c for c in read(text) if c.subject == "score"]
    assert {(c.hub_id, round((c.value or 0) * 100, 1)) for c in claims} == {
        ("Qwen/Qwen2.5-Coder-3B-Instruct", 72.1), ("Qwen/Qwen2.5-Coder-3B-Instruct", 73.6)
    }  # fmt: skip
    assert {c.protocol.quantization for c in claims if c.protocol} == {"q5_k_m", None}


def test_a_section_row_says_the_kind() -> None:
    """Bare names below "Instruction-tuned models" are the tuned ones, below "Base models" the base ones."""
    text = (
        "| Model | HumanEval |\n|---|---|\n| **Base models** | |\n| Qwen2.5-Coder-1.5B | 43.9 |\n"
        "| **Instruction-tuned models** | |\n| Qwen2.5-Coder-1.5B | 70.7 |\n"
    )
    assert sorted(told(text)) == [
        ("Qwen/Qwen2.5-Coder-1.5B", "humaneval", 43.9),
        ("Qwen/Qwen2.5-Coder-1.5B-Instruct", "humaneval", 70.7),
    ]


def test_sizes_below_a_name_go_on_with_it() -> None:
    """An empty first cell belongs to the name above, with the size of its own row."""
    text = "| Model | Size | MBPP |\n|---|---|---|\n| NIMBUS-CODE | 3B | 30.1 |\n| | 9B | 41.5 |\n| CodeGemma | 2B | 43.6 |\n"
    assert sorted(told(text))[:2] == [("NIMBUS-CODE 3B", "mbpp", 30.1), ("NIMBUS-CODE 9B", "mbpp", 41.5)]


def test_a_row_of_sizes_below_a_familys_heading() -> None:
    """The size is all the row says of its model."""
    text = "# CodeGemma: MBPP\n\n| Model size | Temperature | Accuracy |\n|---|---|---|\n| 2B | 0.2 | 43.6% |\n| 7B | 0.2 | 56.2% |\n"
    assert sorted(told(text)) == [
        ("google/codegemma-2b", "mbpp", 43.6),
        ("google/codegemma-7b", "mbpp", 56.2),
    ]


@pytest.mark.parametrize(
    "header", ["Contamination %", "Samples per problem", "Temperature", "tok/s", "Δ", "Time (s)", "MT-Bench", "FooBench", "Rank"]
)  # fmt: skip
def test_columns_of_something_else_are_no_scores(header: str) -> None:
    """Such a column owns its numbers, whatever the rows are about."""
    text = f"# phi-2\n\n| Test set | {header} | Score |\n|---|---|---|\n| HumanEval | 20.5 | 47.6 |\n| MBPP | 12.0 | 55.5 |\n"
    assert sorted(told(text)) == [("microsoft/phi-2", "humaneval", 47.6), ("microsoft/phi-2", "mbpp", 55.5)]


def test_a_line_break_inside_a_benchmarks_name() -> None:
    """ "HumanEval<br>Fix" is not HumanEval."""
    text = "| Model | HumanEval | HumanEval<br>Fix | HumanEval <br>0-shot |\n|---|---|---|---|\n| phi-2 | 47.6 | 20.1 | 47.0 |\n"
    assert ("microsoft/phi-2", "humanevalfix", 20.1) in sorted(told(text))
    assert ("microsoft/phi-2", "humaneval", 47.0) in sorted(told(text))


def test_models_listed_in_a_cell_keep_their_numbers() -> None:
    """ "name (31.7%)" in a cell is that model's, on the benchmark of the heading."""
    text = "# MBPP pass@1\n\n| Class | Range | Examples |\n|---|---|---|\n| low | 40-45% | CodeGemma-2B (43.6%), phi-2 (44.1%) |\n| high | 50-60% | Qwen2.5-Coder-3B (55.0%) |\n"
    assert sorted(told(text)) == [
        ("Qwen/Qwen2.5-Coder-3B", "mbpp", 55.0), ("google/codegemma-2b", "mbpp", 43.6), ("microsoft/phi-2", "mbpp", 44.1)
    ]  # fmt: skip


def test_counts_bear_out_their_percentages() -> None:
    """ "61/164 (37.2%)" is 37.2, in prose and in a table; a count alone is read as its share."""
    text = (
        "# HumanEval with phi-2\n\nBest: 78/164 (47.6% pass@1).\n\n| Prompt | pass@1 | Passed/Total |\n|---|---|---|\n| long | 43.9% | 72/164 |\n\n"
        "| Run | Solved |\n|---|---|\n| again | 82/164 |\n"
    )
    assert [value for *_, value in sorted(told(text))] == [43.9, 47.6, 50.0]
    assert {c.counted for c in read(text) if c.subject == "score"} == {"78/164", ""}


def test_tasks_are_no_benchmark() -> None:
    """Rows of single tasks, and a task named in a sentence, give no score."""
    text = "# phi-2: HumanEval by task\n\n| Task | phi-2 | GPT-4 |\n|---|---|---|\n| HumanEval/0 | 100% | 90% |\n| HumanEval/7 | 0% | 80% |\n\nHumanEval/32 stays open.\n"
    assert sorted(told(text)) == []


@pytest.mark.parametrize(
    "name", ["Unnatural Code Llama 34B", "CodeLlama-7B (2023)", "StarCoder2-7B SelfGrow", "phi-2 RAG"]
)
def test_every_word_of_a_name_cell_counts(name: str) -> None:
    """A known name with another word beside it is another model, named as written."""
    assert told(f"| Benchmark | {name} |\n|---|---|\n| MBPP | 40.2 |\n") == [(name, "mbpp", 40.2)]
    assert told(f"| Model | HumanEval | MBPP |\n|---|---|---|\n| {name} | 30.1 | 40.2 |\n")[1] == (
        name,
        "mbpp",
        40.2,
    )


@pytest.mark.parametrize(
    "aside", ["(ours)", "(0-shot)", "(close source)", "[HF Link](https://example.org)", "†"]
)
def test_asides_are_no_part_of_a_name(aside: str) -> None:
    """How it was measured and where it lies does not make another model."""
    assert (
        told(f"| Model | HumanEval | MBPP |\n|---|---|---|\n| phi-2 {aside} | 47.6 | 55.0 |\n")[0][0]
        == "microsoft/phi-2"
    )


def test_the_average_of_evalplus_is_a_benchmark_of_its_own() -> None:
    """A row that is labelled with the harness holds its average."""
    text = "| Benchmark | phi-2 |\n|---|---|\n| HumanEval | 47.6 |\n| EvalPlus | 45.0 |\n"
    assert ("microsoft/phi-2", "evalplus-average", 45.0) in sorted(told(text))


def test_small_percentages_among_large_ones_stay_percentages() -> None:
    """0.61 in a column of percentages is no 61 %, and 0.5 in a column of fractions is 50 %."""
    text = "| Model | LiveCodeBench |\n|---|---|\n| phi-2 | 0.61 |\n| codegemma-2b | 6.0 |\n"
    assert [value for *_, value in sorted(told(text))] == [6.0, 0.61]
    text = "| Model | HumanEval |\n|---|---|\n| phi-2 | 0.5 |\n| codegemma-2b | 0.311 |\n"
    assert sorted(value for *_, value in sorted(told(text))) == [31.1, 50.0]


def test_a_document_about_one_benchmark_says_it_once() -> None:
    """A table of pass@1 in a text that names one benchmark and no other is on it; where it names two, on neither."""
    table = "| Model | Size | pass@1 |\n|---|---|---|\n| phi-2 | 2.7B | 47.6% |\n"
    assert told(f"# My runs\n\nI use this for human-eval.\n\n{table}") == [
        ("microsoft/phi-2", "humaneval", 47.6)
    ]
    assert told(f"# My runs\n\nI use this for human-eval and MBPP.\n\n{table}") == []


def test_the_model_may_stand_in_any_column() -> None:
    """No column is headed "Model": a row is of the one model that a cell of it names, link or not."""
    text = (
        "# TinyCodeLM\n\n<table><thead><tr><th>Stage</th><th>Step</th><th>4K context</th><th>Inference architecture</th><th>32K context</th><th>HumanEval</th></tr></thead><tbody>\n"
        '<tr><td>Stable</td><td>3</td><td><a href="https://huggingface.co/upiter/TinyCodeLM-Step3">TinyCodeLM-Step3</a></td><td>llama</td><td></td><td>11.5</td></tr>\n'
        "<tr><td>Stable</td><td>9</td><td></td><td>phi-2</td><td>TinyCodeLM-32K</td><td>21.3</td></tr>\n</tbody></table>\n"
    )
    assert sorted(told(text)) == [
        ("TinyCodeLM-32K", "humaneval", 21.3),
        ("upiter/TinyCodeLM-Step3", "humaneval", 11.5),
    ]


def test_overall_is_the_score_of_the_benchmark_above() -> None:
    """Under one benchmark's heading the parts are its subjects, and "Overall" is its score."""
    text = (
        "### DS1000 (Pass@1)\n\n| Model | Numpy | Pandas | Overall |\n|---|---|---|---|\n"
        "| \\# Samples | 220 | 291 | 1000 |\n| CodeGemma-2B | 10\\.9 | 3\\.4 | 11\\.7 |\n"
    )
    assert told(text) == [("google/codegemma-2b", "ds-1000", 11.7)]


def test_overall_beside_benchmarks_is_none() -> None:
    """An average over several benchmarks is no score of the one in the heading."""
    text = "## HumanEval and friends\n\n| Model | HumanEval | MBPP | Overall |\n|---|---|---|---|\n| phi-2 | 47.6 | 55.0 | 51.3 |\n"
    assert sorted(told(text)) == [("microsoft/phi-2", "humaneval", 47.6), ("microsoft/phi-2", "mbpp", 55.0)]


def test_lines_of_a_cell_pair_with_the_lines_of_the_label() -> None:
    """Several benchmarks, one a line, in the first cell; the numbers in the same order, one a line."""
    text = (
        "| Topic | Bench | phi-2 |\n|---|---|---|\n| Math | AIME 2024<br>MATH<br>Zork | 17.2<br>48.5<br>33.0 |\n"
        "| Coding | LiveCodeBench<br>FullStackBench | 11.1<br>20.9 |\n"
    )
    assert sorted(told(text)) == [
        ("microsoft/phi-2", "fullstackbench", 20.9),
        ("microsoft/phi-2", "livecodebench", 11.1),
        ("microsoft/phi-2", "math", 48.5),
    ]


def test_a_number_broken_by_a_space_is_one() -> None:
    """ "74. 4" is 74.4 and nothing else in its cell."""
    text = "| Model | HumanEval | MBPP |\n|---|---|---|\n| phi-2 | 47. 6 | 55.0 |\n"
    assert ("microsoft/phi-2", "humaneval", 47.6) in told(text)


def test_a_decimal_comma_is_one() -> None:
    """ "47,6" alone in a cell is 47.6, with a percent sign or without."""
    text = "| Model | HumanEval | MBPP |\n|---|---|---|\n| phi-2 | 47,6 | 55,3% |\n"
    assert sorted(told(text)) == [("microsoft/phi-2", "humaneval", 47.6), ("microsoft/phi-2", "mbpp", 55.3)]


def test_the_second_header_row_says_which_of_a_family() -> None:
    """A family above, "Chat (SFT)" and "Chat (RL)" below: two models."""
    text = (
        "| | | Zephyr | DeepSeek-V2 | DeepSeek-V2 |\n|---|---|---|---|---|\n"
        "| **Benchmark** | **# Shots** | **67B Chat** | **Chat (SFT)** | **Chat (RL)** |\n"
        "| HumanEval | 0-shot | 73.8 | 76.8 | 81.1 |\n| CRUXEval-I-COT | 2-shot | 49.1 | 59.5 | 61.5 |\n"
    )
    assert sorted(told(text)) == [
        ("DeepSeek-V2 Chat (RL)", "cruxeval", 61.5),
        ("DeepSeek-V2 Chat (RL)", "humaneval", 81.1),
        ("DeepSeek-V2 Chat (SFT)", "cruxeval", 59.5),
        ("DeepSeek-V2 Chat (SFT)", "humaneval", 76.8),
        ("Zephyr 67B Chat", "cruxeval", 49.1),
        ("Zephyr 67B Chat", "humaneval", 73.8),
    ]


RETRIEVAL = "| Model | Ruby | Go | Java |\n|---|---|---|---|\n| Nimbus-Embed 110M | 74.5 | 90.7 | 71.8 |\n| phi-2 | 57.6 | 64.8 | 46.6 |\n"


@pytest.mark.parametrize(
    "heading", ["Text-to-Code Retrieval", "Code Summarization", "Program repair", "代码检索"]
)
def test_languages_under_another_task_are_no_code_scores(heading: str) -> None:
    """A column for each language is MultiPL-E's only where nothing says that the task is another."""
    assert told(f"## {heading}\n\n### Results\n\n{RETRIEVAL}") == []
    assert told(f"## Results\n\nTable 2: Zero-shot {heading} results.\n\n{RETRIEVAL}") == []
    assert len(told(f"## {heading}\n\n## MultiPL-E\n\n{RETRIEVAL}")) == 6


def test_a_column_of_another_benchmark_says_what_the_languages_are_of() -> None:
    """Beside CosQA the columns of languages are code search."""
    table = RETRIEVAL.replace("Java |\n", "Java | CosQA |\n").replace("|---|\n", "|---|---|\n")
    table = table.replace("71.8 |", "71.8 | 39.6 |").replace("46.6 |", "46.6 | 43.1 |")
    assert told(f"## Results\n\n{table}") == []


@pytest.mark.parametrize("measure", ["MRR", "CodeBLEU", "ROUGE-L", "F1", "Recall@5", "Ratio"])
def test_other_measures_are_no_pass_rates(measure: str) -> None:
    """A column of another measure on a code benchmark is nobody's score."""
    assert told(f"| Model | HumanEval | HumanEval {measure} |\n|---|---|---|\n| phi-2 | 47.6 | 33.3 |\n") == [
        ("microsoft/phi-2", "humaneval", 47.6)
    ]


def test_a_procedure_below_a_model_is_read_under_both_names() -> None:
    """ "+ Execution Feedback" goes on with the name above, and is nobody that sources know."""
    text = "| Model | HumanEval |\n|---|---|\n| codegemma-2b | 31.1 |\n| + Execution Feedback | 40.2 |\n"
    assert told(text) == [
        ("google/codegemma-2b", "humaneval", 31.1),
        ("codegemma-2b + Execution Feedback", "humaneval", 40.2),
    ]


def test_settings_beside_a_model_leave_its_score_alone() -> None:
    """A column that says how something was run holds temperatures and contexts; the row's score stays one."""
    text = "| Model | Configuration | HumanEval |\n|---|---|---|\n| phi-2 | `temperature=0.2`, 4k context | 47.6% |\n"
    assert told(text) == [("microsoft/phi-2", "humaneval", 47.6)]


def test_a_size_column_goes_on_with_an_unknown_name() -> None:
    """ "NimbusCoder2 | 15B" is NimbusCoder2 15B, although its name has a version."""
    text = "| Model | Size | HumanEval |\n|---|---|---|\n| PanGu-Coder 2 | 15B | 61.6 |\n"
    assert told(text) == [("PanGu-Coder 2 15B", "humaneval", 61.6)]


def test_the_paragraph_above_names_the_benchmark_of_pass_at_1() -> None:
    """A table with "Pass@1" and no benchmark is on the only one that the paragraph right above names."""
    table = "| Model | Pass@1 |\n|---|---|\n| phi-2 | 47.6 |\n"
    text = f"MBPP is used as well.\n\nThe zero-shot result on HumanEval is given below\n\n{table}"
    assert told(text) == [("microsoft/phi-2", "humaneval", 47.6)]


def test_short_headers_of_known_benchmarks() -> None:
    """ "Bird" as a whole header, the two forms of Aider, BigCodeBench's abbreviations."""
    text = "| Model | Aider (whole) | Aider (diff) | Bird | BCB-inst-hard |\n|---|---|---|---|---|\n| phi-2 | 20.1 | 18.2 | 9.3 | 2.7 |\n"
    assert sorted(told(text)) == [
        ("microsoft/phi-2", "aider", 18.2), ("microsoft/phi-2", "aider", 20.1),
        ("microsoft/phi-2", "bigcodebench-hard", 2.7), ("microsoft/phi-2", "bird-sql", 9.3),
    ]  # fmt: skip


def test_a_column_of_samples_holds_no_scores() -> None:
    """How many were drawn is no pass rate, and the column of pass@1 keeps its numbers."""
    text = (
        "# phi-2 on a small board\n\n| Benchmark | Samples | Attempts | pass@1 |\n|---|---|---|---|\n"
        "| HumanEval | 20 | 5 | 47.6 |\n| MBPP | 10 | 3 | 55.0 |\n"
    )
    assert sorted(told(text)) == [("microsoft/phi-2", "humaneval", 47.6), ("microsoft/phi-2", "mbpp", 55.0)]


def test_quantisations_as_columns_of_a_row_of_pass_rates() -> None:
    """The heading says model and benchmark, the header only the forms; a row of sizes is none of scores."""
    text = (
        "### HumanEval, Qwen2.5-Coder-3B-Instruct\n\n| | FP16 | AWQ | GPTQ-Int4 |\n|---|---|---|---|\n"
        "| pass@1 | 84.1 | 82.3 | 79.9 |\n| Size (GB) | 6.2 | 2.1 | 2.0 |\n"
    )
    claims = [c for c in read(text) if c.subject == "score"]
    assert [(c.written, c.protocol.quantization) for c in claims if c.protocol] == [
        ("84.1", None), ("82.3", "awq"), ("79.9", "gptq"),
    ]  # fmt: skip


def test_a_star_between_digits_and_a_stage_in_brackets_are_parts_of_names() -> None:
    """ "8*7B" is no emphasis; "(SFT)" behind a name's words is no setting."""
    text = "# phi-2\n\n| Benchmark | Mixtral-8*7B | Foo 16B Chat (SFT) | phi-2 |\n|---|---|---|---|\n| HumanEval | 40.2 | 45.7 | 47.6 |\n"
    owners = {c.model for c in read(text) if c.subject == "score"}
    assert "Foo 16B Chat (SFT)" in owners
    assert any("8*7B" in name or "8x7B" in name for name in owners)


def test_the_benchmark_of_a_row_beats_the_one_of_the_section() -> None:
    """A sentence about MBPP in the section does not make HumanEval's row one of MBPP."""
    text = (
        "# phi-2\n\n| Benchmark | Samples | pass@1 |\n|---|---|---|\n| HumanEval | 20 | 47.6 |\n| MBPP | 10 | 55.0 |\n\n"
        "Decontamination removed a tenth of MBPP.\n"
    )
    assert sorted(told(text)) == [("microsoft/phi-2", "humaneval", 47.6), ("microsoft/phi-2", "mbpp", 55.0)]
