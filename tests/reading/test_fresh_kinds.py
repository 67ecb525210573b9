"""Kinds of writing met in public documents that nobody here had seen before: exports, transcripts, captions, sentences."""

import json

import pytest

from support.reading import read, told

PHI, GEMMA = "microsoft/phi-2", "google/codegemma-2b"


def _row(benchmark: str, score: float, **more: object) -> dict[str, object]:
    return {
        "benchmark_id": benchmark.lower(),
        "model_id": "phi-2",
        "score": score,
        "benchmark_name": benchmark,
        **more,
    }


def test_an_export_names_the_benchmark_in_a_field_and_its_score_in_another() -> None:
    """A name beats an identifier; a benchmark of another name, and one problem of a benchmark, are no score on it."""
    rows = [
        _row("HumanEval", 0.476),
        _row("HumanEval-Mul", 0.31),
        _row("MBPP/12", 1.0),
        _row("MMLU-Pro", 0.3),
    ]
    assert told(json.dumps(rows, indent=2)) == [(PHI, "humaneval", 47.6)]


@pytest.mark.parametrize("measure", ["bleu", "elo", "win_rate", "latency"])
def test_an_export_of_another_measure_has_no_scores(measure: str) -> None:
    """{"metric": "bleu"}: what stands under "score" is no share of problems solved."""
    assert told(json.dumps([_row("HumanEval", 0.476, metric=measure)], indent=2)) == []


def test_a_shell_block_shows_what_the_command_printed() -> None:
    """The model is the heading's; program text in other languages stays unread."""
    block = "```bash\nevalplus.evaluate --dataset mbpp\nmbpp (base tests)\npass@1: 0.655\nmbpp+ (base + extra tests)\npass@1: 0.549\n```"
    assert told(f"# microsoft/phi-2\n\n{block}\n") == [(PHI, "mbpp", 65.5), (PHI, "mbpp+", 54.9)]
    assert told("# microsoft/phi-2\n\n```python\nprint(x)\n'pass@1': 0.655\n```\n") == []


def test_an_opencompass_summary_has_a_column_a_model() -> None:
    """Parted by spaces; a column that names no model is the one spoken of, another metric than pass@k is left."""
    text = (
        "I ran phi-2.\n\n```\ndataset           version    metric            mode      _hf    codegemma-2b\n"
        "----------------  ---------  ----------------  ------  -----  ----\n"
        "openai_humaneval  8e312c     humaneval_pass@1  gen     46.34  30.49\n"
        "sanitized_mbpp    8e312c     score             gen     50.1   40.2\n```\n"
    )
    assert told(text) == [(PHI, "humaneval", 46.34), (GEMMA, "humaneval", 30.49)]


def test_a_caption_below_its_table_names_the_model() -> None:
    """Rows are benchmarks; the paragraph right below says whose results these are."""
    table = "| Benchmark | Baseline | +Cache |\n|---|---|---|\n| HumanEval | 47.6 | 47.0 |\n"
    assert told(f"# Tests\n\n{table}\n*Table 1: Results of phi-2 with a cache.*\n")[0] == (
        PHI,
        "humaneval",
        47.6,
    )


def test_a_caption_above_belongs_to_the_table_below_it() -> None:
    """Where captions stand above, the one behind a table is the next one's."""
    one = "Table 1: Results of phi-2.\n\n| Benchmark | Ours |\n|---|---|\n| HumanEval | 47.6 |\n"
    two = "Table 2: Results of codegemma-2b.\n\n| Benchmark | Ours |\n|---|---|\n| HumanEval | 31.1 |\n"
    assert (GEMMA, "humaneval", 47.6) not in told(f"{one}\n{two}")


def test_the_paragraph_above_columns_of_languages_names_their_benchmark() -> None:
    """HumanEval-X has the languages; without it they would be MultiPL-E's."""
    text = "We compare pass@1 on HumanEval-X.\n\n| Model | Python | Java |\n|---|---|---|\n| phi-2 | 47.6 | 30.5 |\n"
    assert {b for _, b, _ in told(text)} == {"humaneval-x"}


def test_the_plus_set_is_heard_before_a_hyphen_and_a_metric() -> None:
    """ "HumanEval Plus-Pass@1" is HumanEval+."""
    text = (
        "| Model | HumanEval Base-Pass@1 | HumanEval Plus-Pass@1 |\n|---|---|---|\n| phi-2 | 47.6 | 43.3 |\n"
    )
    assert told(text) == [(PHI, "humaneval", 47.6), (PHI, "humaneval+", 43.3)]


def test_a_level_of_livecodebench_is_its_version() -> None:
    """Easy, medium and hard problems are parts of their own."""
    text = "| Metric | phi-2 | codegemma-2b |\n|---|---|---|\n| LiveCodeBench-Easy | 26.3 | 14.6 |\n| LiveCodeBench-Hard | 1.9 | 0.8 |\n"
    claims = [c for c in read(text) if c.subject == "score" and c.protocol is not None]
    assert [(c.hub_id, c.protocol.version) for c in claims if c.protocol] == [
        (PHI, "easy"), (GEMMA, "easy"), (PHI, "hard"), (GEMMA, "hard")
    ]  # fmt: skip


def test_each_number_is_on_the_benchmark_behind_it() -> None:
    """A second task named behind its own number keeps it."""
    text = "phi-2 achieves 47.6% for programming on HumanEval and an average score of 75.9 for browsing on WebShop."
    assert told(text) == [(PHI, "humaneval", 47.6)]


@pytest.mark.parametrize(
    "text",
    [
        "CodeLlama gets 34.8 and 42.7 on HumanEval for the 7B and 13B Instruct models.",
        "On HumanEval CodeLlama gets 34.8% and 42.7% with the 7B and 13B Instruct models.",
    ],
)
def test_sizes_behind_their_numbers_are_paired_in_order(text: str) -> None:
    """The kind behind the last holds for all."""
    assert told(text) == [
        ("codellama/CodeLlama-7b-Instruct-hf", "humaneval", 34.8),
        ("codellama/CodeLlama-13b-Instruct-hf", "humaneval", 42.7),
    ]


def test_a_rival_with_an_adjective_is_the_second_of_a_duel() -> None:
    """The first number is the one's that surpasses."""
    text = "phi-2 even surpasses the prominent codegemma-2b on HumanEval (47.6 vs. 31.1 in pass@1)."
    assert told(text) == [(PHI, "humaneval", 47.6), (GEMMA, "humaneval", 31.1)]


@pytest.mark.parametrize("name", ["LingmaCoder", "ZetaCoder-Pro", "AquilaCode-py"])
def test_who_scores_is_a_name_whoever_made_it(name: str) -> None:
    """Nobody who is only compared with owns the number."""
    assert told(f"{name} reaches 40.0 on HumanEval, ahead of phi-2.") == [(name, "humaneval", 40.0)]


@pytest.mark.parametrize("word", ["Fine-tuning", "Self-Refine", "GitHub-hosted", "Chain-of-Thought"])
def test_a_procedure_that_scores_is_no_name(word: str) -> None:
    """ "Fine-tuning reaches 40.0" names no model."""
    assert told(f"{word} reaches 40.0 on HumanEval.") == []


def test_metrics_and_numbers_pair_in_chinese() -> None:
    """ "分别为" gives each metric its number."""
    claims = [
        c for c in read("phi-2 在 HumanEval 上 Pass@1、Pass@10 分别为 47.6/65.0。") if c.subject == "score"
    ]
    assert [(c.metric, round((c.value or 0) * 100, 1)) for c in claims] == [
        ("pass@1", 47.6),
        ("pass@10", 65.0),
    ]


@pytest.mark.parametrize(
    "said", ["but we got 45.1 pass@1 for phi-2", "the one (45.1) reported for phi-2 differs"]
)
def test_a_thread_about_one_benchmark(said: str) -> None:
    """The title names the benchmark, a sentence the model and its number."""
    assert told(f"# Score discrepancy with HumanEval\n\nHi, {said}.\n") == [(PHI, "humaneval", 45.1)]


@pytest.mark.parametrize(
    "text",
    [
        'Accuracy of phi-2 on HumanEval is low. I used "transformers==4.43.1".',
        "On HumanEval older models like phi-2 outperform Nimbus 3.6 27B.",
    ],
)
def test_a_version_is_no_score(text: str) -> None:
    """A number that goes on with a point, or with a size, is part of a name."""
    assert told(text) == []


def test_the_base_of_a_tune_owns_no_number() -> None:
    """ "X, a Y fine tune, which scores 63.5": X's."""
    text = "The best is replit-code-instruct-nova, a replit-code-v1-3b fine tune, which scores 63.5% pass@1 on HumanEval."
    assert told(text) == [("replit-code-instruct-nova", "humaneval", 63.5)]


def test_whoever_is_beaten_beside_another_owns_no_number() -> None:
    """A list of rivals has no number between its names and the winner's."""
    text = "ZetaCoder beats codegemma-2b and phi-2 with 61.0% on HumanEval."
    assert told(text) == [("ZetaCoder", "humaneval", 61.0)]


def test_each_number_is_of_the_name_behind_its_benchmark() -> None:
    """ "94.4 on B with X, 86.9 on B with Y"."""
    text = "It gets 47.6 on HumanEval with phi-2, 31.1 on HumanEval with codegemma-2b."
    assert told(text) == [(PHI, "humaneval", 47.6), (GEMMA, "humaneval", 31.1)]


def test_an_average_over_natural_languages_is_no_score_of_multipl_e() -> None:
    """Without a programming language beside it "Avg" is of something else."""
    text = "### Multilingual HumanEval\n\n| Model | En | Zh | Avg |\n|---|---|---|---|\n| phi-2 | 47.6 | 40.1 | 43.9 |\n"
    assert all(benchmark != "multipl-e" for _, benchmark, _ in told(text))


def test_a_row_of_shots_is_no_model() -> None:
    """ "Shots" below the header says how each column was run."""
    text = "phi-2 is small.\n\n| Model | MBPP | HumanEval |\n|---|---|---|\n| Shots | 3 | 0 |\n| Metric | pass@1 | pass@1 |\n| phi-2 | 55.0 | 47.6 |\n"
    assert told(text) == [(PHI, "mbpp", 55.0), (PHI, "humaneval", 47.6)]
