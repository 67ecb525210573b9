"""Sentences as people really write them: who has which number, what is no score, and Chinese."""

import pytest

from support.reading import read, told

PHI, GEMMA = "microsoft/phi-2", "google/codegemma-2b"


@pytest.mark.parametrize(
    "text",
    [
        "phi-2 beats codegemma-2b on HumanEval (47.6 vs 31.1).",
        "phi-2: +16.5 points over codegemma-2b on HumanEval (47.6 vs. 31.1).",
        "On HumanEval phi-2 surpasses codegemma-2b (47.6 vs 31.1).",
        "phi-2 (47.6) stays ahead of codegemma-2b (31.1) on HumanEval.",
    ],
)
def test_in_a_duel_each_has_its_own_number(text: str) -> None:
    """The first number is the first model's."""
    assert sorted(told(text)) == [(GEMMA, "humaneval", 31.1), (PHI, "humaneval", 47.6)]


def test_a_model_that_another_was_made_from_owns_no_number() -> None:
    """ "X, a fine-tune of Y; it scores …" is about X."""
    assert told("I like codegemma-sunrise, a fine-tune of codegemma-2b; it scores 51.0% on HumanEval.") == [
        ("codegemma-sunrise", "humaneval", 51.0)
    ]


@pytest.mark.parametrize(
    "tail", ["8.4 on MT-Bench", "IFEval 61.5", "AIME 2025 33.1", "FooBench: 21.0", "HumanEval-Mul 40.1"]
)
def test_a_number_of_another_benchmark_is_its_own(tail: str) -> None:
    """What stands beside a scale of which nothing is kept is no score on the benchmark before it."""
    assert told(f"phi-2: HumanEval 47.6, {tail}.") == [(PHI, "humaneval", 47.6)]


@pytest.mark.parametrize(
    "text",
    [
        "About 71% of HumanEval is found in phi-2's training data.",
        "phi-2 has a contamination of 18.9% on HumanEval.",
        "phi-2 leads codegemma-2b by 7.9% and 9.3% on HumanEval and MBPP.",
        "phi-2 needs 12% fewer tokens on HumanEval.",
    ],
)
def test_percentages_that_are_no_scores(text: str) -> None:
    """Overlap, differences and savings."""
    assert told(text) == []


def test_ours_and_theirs_are_told_apart() -> None:
    """Both are of the model spoken of; who measured is kept."""
    text = "I compared phi-2 in our harness with the board.\n\nHumanEval+: 43.3 (ours) vs 44.5 (theirs)\nMBPP+: 45.5 (ours) vs 46.0 (theirs)\n"
    claims = [c for c in read(text) if c.subject == "score"]
    assert [(c.hub_id, round((c.value or 0) * 100, 1), c.measured_by) for c in claims] == [
        (PHI, 43.3, "writer"), (PHI, 44.5, "other"), (PHI, 45.5, "writer"), (PHI, 46.0, "other")
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "phi-2 模型在HumanEval上可以达到47.6%，在MBPP上为55.0%。",
        "我们评测了 phi-2：HumanEval 得分 47.6%、MBPP 得分 55.0%。",
        "phi-2在HumanEval和MBPP上分别取得了47.6%和55.0%。",
    ],
)
def test_chinese_sentences_are_read(text: str) -> None:
    """Ideographs beside a name or a number hide neither."""
    assert told(text) == [(PHI, "humaneval", 47.6), (PHI, "mbpp", 55.0)]


def test_a_chinese_difference_is_no_score() -> None:
    """ "rose by 5.3 %" is a difference, "rose to 47.6 %" a score."""
    assert told("phi-2 在 HumanEval 上提升了5.3%。") == []
    assert told("phi-2 在 HumanEval 上提升到47.6%。") == [(PHI, "humaneval", 47.6)]


def test_quotes_of_chinese_text_are_verbatim() -> None:
    """The quote comes from the source, not from what the readers see."""
    text = "phi-2 在HumanEval上达到了47.6%，很好。"
    assert all(c.quote in text for c in read(text))


def test_a_list_of_models_goes_on_in_the_next_sentence() -> None:
    """ "results of A and B. The 67.0 and 48.1 are …": in their order."""
    text = (
        "HumanEval results of GPT-4 and ChatGPT differ. The 67.0 and 48.1 are from the official GPT-4 Report."
    )
    assert told(text) == [("GPT-4", "humaneval", 67.0), ("ChatGPT", "humaneval", 48.1)]


def test_sizes_in_a_newsletters_line_are_models_of_their_family() -> None:
    """ "Nimbus-Code: 2b (31% humaneval), 7b (45%)": named as written, known or not."""
    text = "- Nimbus-Code: 2b (31% humaneval), 7b (45% humaneval)\n- Granite 3b code (36.6% humaneval), 8b (43.9% humaneval)\n"
    assert told(text) == [
        ("Nimbus-Code 2b", "humaneval", 31.0), ("Nimbus-Code 7b", "humaneval", 45.0),
        ("Granite 3b code", "humaneval", 36.6), ("Granite 8b code", "humaneval", 43.9),
    ]  # fmt: skip


def test_two_numbers_joined_by_and_follow_the_order_of_their_benchmarks() -> None:
    """ "45.1 on HumanEval and 30.2 on MBPP, lower than the reported 84.1 and 73.6"."""
    text = (
        "phi-2 gets 45.1 on HumanEval and 30.2 on MBPP, lower than the reported 84.1 and 73.6 in the report."
    )
    assert told(text)[2:] == [(PHI, "humaneval", 84.1), (PHI, "mbpp", 73.6)]


def test_what_it_was_before_is_somebody_elses() -> None:
    """ "71.2 %, up from 56.0 %"."""
    assert told("Claude 2 scored 71.2% on HumanEval, up from 56.0%.") == [("Claude 2", "humaneval", 71.2)]


@pytest.mark.parametrize(
    "text",
    [
        "phi-2's HumanEval result is 100% reproducible.",
        "phi-2 gains 16% absolute improvement over codegemma-2b on HumanEval.",
    ],
)
def test_what_a_percentage_is_said_of(text: str) -> None:
    """ "reproducible" and "improvement" behind a percentage say that it is no score."""
    assert told(text) == []


def test_a_list_of_models_is_no_list_of_benchmarks() -> None:
    """Two benchmarks in one sentence, then two numbers of two models: the numbers are not one on each."""
    text = (
        "phi-2 has 47.6 on HumanEval. We compare on HumanEval and MBPP. "
        "The scores of GPT-4 and GPT-3.5 reported elsewhere are 67.0 and 48.1."
    )
    assert ("GPT-3.5", "mbpp", 48.1) not in told(text)


def test_a_place_holder_in_angle_brackets_names_no_model() -> None:
    """A harness's example result with "<your model>" is nobody's, unless the text above names one."""
    block = '```\n{"mbpp": {"pass@1": 0.648}, "config": {"model": "<name_only_for_documentation>"}}\n```\n'
    assert told(f"Some tool prints:\n\n{block}") == []
    assert told(f"# phi-2\n\nIt prints:\n\n{block}") == [(PHI, "mbpp", 64.8)]


def test_two_rivals_in_brackets() -> None:
    """ "A beats B and C on X (1 vs. [2 and 3])": as many names as numbers, in their order."""
    text = (
        "phi-2 outperforms `gpt-3.5-turbo-1106` and Gemini Ultra on HumanEval (**76.8** vs. [72.6 and 74.4])!"
    )
    assert told(text) == [
        (PHI, "humaneval", 76.8), ("gpt-3.5-turbo-1106", "humaneval", 72.6), ("Gemini Ultra", "humaneval", 74.4)
    ]  # fmt: skip


def test_whoever_is_surpassed_owns_the_second_number() -> None:
    """ "surpasses that of B. (90.9 vs 90.2)": the first is of whom the text has not named."""
    text = "Its accuracy on HumanEval surpasses that of GPT-4 Turbo (April 2024). (**90.9% vs 90.2%**)."
    assert told(text) == [("GPT-4 Turbo", "humaneval", 90.2)]


def test_a_name_with_a_size_in_its_middle() -> None:
    """ "DeepSeek LLM 67B Chat" is one name, and its number may stand in brackets behind what it is good at."""
    text = "DeepSeek LLM 67B Chat exhibits outstanding performance in coding (HumanEval Pass@1: 73.78)."
    assert told(text) == [("DeepSeek LLM 67B Chat", "humaneval", 73.78)]


def test_a_size_in_brackets_is_of_the_name_before_it() -> None:
    """ "X is on par with PaLM (540B)" says nothing of X's size."""
    claims = read("Llama 2 70B results are on par or better than PaLM (540B) on almost all benchmarks.")
    assert [(c.model, c.written) for c in claims if c.subject == "params"] == [("PaLM", "540B")]


@pytest.mark.parametrize(
    "text",
    [
        "phi-2 performs the best in terms of answer exact match.",
        "phi-2: State-of-the-art performance on reasoning and knowledge-intensive tasks.",
        "codegemma-2b and phi-2 perform the best here.",
    ],
)
def test_the_best_by_another_measure_is_no_ranking(text: str) -> None:
    """Nothing is known of the measure, or two models share the place."""
    assert [c for c in read(text) if c.relation == "top"] == []


@pytest.mark.parametrize("words", ["30% less memory", "12% more tokens", "20% fewer steps"])
def test_what_it_saves_is_no_score(words: str) -> None:
    """A share less or more of something else is no pass rate."""
    assert told(f"It uses {words} than phi-2 on HumanEval prompts.") == []


@pytest.mark.parametrize(
    "text",
    [
        "The phi-2 paper (arXiv 2309.05463) prints 47.6 on HumanEval for phi-2.",
        "According to the phi-2 report, phi-2 has 47.6 on HumanEval.",
    ],
)
def test_a_sentence_that_begins_with_its_source_names_it(text: str) -> None:
    """What "prints" or "according to" says is where the number is from."""
    (claim,) = [c for c in read(text) if c.subject == "score"]
    assert "phi-2" in claim.attribution


def test_what_follows_the_source_and_a_contrast_is_not_the_sources() -> None:
    """ "The paper reports X, but …" says nothing of who has the second number."""
    scores = [
        c
        for c in read("The paper reports 47.6 for phi-2 on HumanEval, but codegemma-2b has 31.1.")
        if c.subject == "score"
    ]
    assert [bool(c.attribution) for c in scores] == [True, False]


def test_the_licence_of_the_code_is_not_the_models() -> None:
    """Weights and source files have licences of their own."""
    text = "# phi-2\n\nphi-2 is small. The source code files (`*.py`) are licensed under the Apache 2.0 license.\n"
    assert [c for c in read(text) if c.subject == "licence"] == []


@pytest.mark.parametrize(
    "text",
    [
        "On HumanEval, phi-2 > codegemma-2b (47.6% > 31.1%).",
        "phi-2 > codegemma-2b (47.6 > 31.1 HumanEval pass@1)",
        "- phi-2 > codegemma-2b on HumanEval (47.6 > 31.1)",
        "phi-2 ≫ codegemma-2b (47.6 ≫ 31.1 on HumanEval)",
        "phi-2 vs codegemma-2b on HumanEval: 47.6% vs. 31.1%.",
        "On HumanEval, phi-2 vs. codegemma-2b is 47.6 v. 31.1.",
        "phi-2/codegemma-2b: 47.6/31.1 on HumanEval.",
        "HumanEval: phi-2 vs codegemma-2b: 47.6 : 31.1",
        "phi-2 (47.6 vs 31.1) beats codegemma-2b on HumanEval.",
        "On HumanEval (47.6% vs 31.1%), phi-2 beats codegemma-2b.",
        "phi-2 stays ahead of codegemma-2b, 47.6% to 31.1%, on HumanEval.",
        "在 HumanEval 上,phi-2 优于 codegemma-2b(47.6% > 31.1%)。",
        "在 HumanEval 上,phi-2 超过 codegemma-2b(47.6% 对 31.1%)。",
        "phi-2 在 HumanEval 上以 47.6% 比 31.1% 胜过 codegemma-2b。",
        "HumanEval 得分:phi-2/codegemma-2b:47.6%/31.1%。",
    ],
)
def test_two_models_and_two_numbers_pair_in_their_order(text: str) -> None:
    """Signs, "vs", colons and slashes hold two numbers against each other: none belongs to both models."""
    assert told(text) == [(PHI, "humaneval", 47.6), (GEMMA, "humaneval", 31.1)]


@pytest.mark.parametrize(
    "text",
    [
        "codegemma-2b < phi-2 (HumanEval 31.1% < 47.6%).",
        "codegemma-2b loses to phi-2 on HumanEval (31.1% vs 47.6%).",
        "在 HumanEval 上,codegemma-2b 不如 phi-2(31.1 < 47.6)。",
    ],
)
def test_the_lesser_may_stand_first(text: str) -> None:
    """The order of the names is that of the numbers, whoever is the better."""
    assert told(text) == [(GEMMA, "humaneval", 31.1), (PHI, "humaneval", 47.6)]


def test_a_chain_of_three_has_three_numbers() -> None:
    """ "A > B > C (1 > 2 > 3)"."""
    text = "On HumanEval Qwen2.5-Coder-7B-Instruct > phi-2 > codegemma-2b (88.4 > 47.6 > 31.1)."
    assert told(text) == [
        ("Qwen/Qwen2.5-Coder-7B-Instruct", "humaneval", 88.4), (PHI, "humaneval", 47.6), (GEMMA, "humaneval", 31.1)
    ]  # fmt: skip


def test_each_side_of_a_duel_may_have_a_number_on_each_benchmark() -> None:
    """ "A beats B on X / Y (1 / 2 vs 3 / 4)"."""
    assert told("phi-2 beats codegemma-2b on HumanEval / HumanEval+ (47.6 / 43.3 vs 31.1 / 22.6).") == [
        (PHI, "humaneval", 47.6), (PHI, "humaneval+", 43.3), (GEMMA, "humaneval", 31.1), (GEMMA, "humaneval+", 22.6)
    ]  # fmt: skip


def test_a_sentence_with_two_duels() -> None:
    """The second's names are those named since the first."""
    text = (
        "On HumanEval phi-2 > codegemma-2b (47.6 > 31.1), and Qwen2.5-Coder-7B-Instruct > "
        "DeepSeek-Coder-6.7B-Instruct (88.4 > 78.6)."
    )
    assert [(name.rpartition("/")[2].lower(), value) for name, _, value in told(text)] == [
        ("phi-2", 47.6), ("codegemma-2b", 31.1), ("qwen2.5-coder-7b-instruct", 88.4), ("deepseek-coder-6.7b-instruct", 78.6)
    ]  # fmt: skip


def test_the_sign_of_a_duel_bounds_no_number() -> None:
    """In "47.6 > 31.1" the second is 31.1, not "more than"; alone before a number the sign still bounds it."""
    claims = [c for c in read("On HumanEval phi-2 > codegemma-2b (47.6 > 31.1).") if c.subject == "score"]
    assert [c.high for c in claims] == [None, None]
    (alone,) = [c for c in read("phi-2 scores > 45% on HumanEval.") if c.subject == "score"]
    assert alone.high == 1.0


def test_a_size_of_other_models_is_not_the_subject_s() -> None:
    """ "the best among models with fewer than 13 billion parameters" says nothing of the best one's size."""
    text = "# phi-2\n\nphi-2 is the best among models with fewer than 13 billion parameters.\n"
    assert [c for c in read(text) if c.subject == "params"] == []


def test_bits_per_weight_are_no_score() -> None:
    """ "down to 2.5bpw"."""
    assert told("phi-2 sees almost no loss on HumanEval down to 2.5bpw.") == []


def test_a_picture_that_names_a_model_is_on_no_line() -> None:
    """A paragraph of nothing but pictures that link to models once ended in an IndexError."""
    text = "[![deploy](https://img.shields.io/a.svg)](https://huggingface.co/microsoft/phi-2)"
    assert told(f"# A title\n\n{text}\n{text.replace('microsoft/phi-2', 'google/codegemma-2b')}\n") == []
