"""Names as people write them: a word that makes another model is never dropped, and makers' names need no size."""

import pytest

from modelassay.evidence.base import load_evidence
from modelassay.evidence.vocabulary import Context, Vocabulary
from modelassay.reading.language.mentions import MentionFinder
from modelassay.reading.language.terms import Terms
from modelassay.reading.layout.inline_text import make_plain


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    """The shipped vocabulary."""
    return Vocabulary.load(load_evidence())


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("we tried replit-code-boosted, made from replit-code-v1-3b", ["replit-code-boosted", "replit-code-v1-3b"]),
        ("Unnatural Code Llama 34B leads", ["Unnatural Code Llama 34B"]),
        ("with Phi 4 reasoning-plus", ["Phi 4 reasoning-plus"]),
        ("DeepSeek R1-0528 solves more", ["DeepSeek R1-0528"]),
        ("GPT-4 67.0, Claude 2 71.2%, Gemini 1.5 Pro 71.9", ["GPT-4", "Claude 2", "Gemini 1.5 Pro"]),
        ("GPT4o-mini and Grok-1, o1-mini and code-davinci-002", ["GPT4o-mini", "Grok-1", "o1-mini", "code-davinci-002"]),
        ("the best-in-3B-class model", []),
        ("StarCoder2-based tools", ["StarCoder2"]),
        ("run qwen2.5-coder:7b-instruct-q4_K_M", ["qwen2.5-coder:7b-instruct-q4_K_M"]),
        ("from deepseek-coder-6.7b-instruct.Q5_K_M.gguf", ["deepseek-coder-6.7b-instruct.Q5_K_M.gguf"]),
    ],
)  # fmt: skip
def test_names_are_read_as_written(vocabulary: Vocabulary, text: str, names: list[str]) -> None:
    """The whole name, and nothing that is none."""
    assert [m.text for m in MentionFinder(vocabulary).find(make_plain([(1, 0, text)]))] == names


@pytest.mark.parametrize(
    "text", ["Unnatural Code Llama 34B", "Phi 4 reasoning-plus", "DeepSeek R1-0528", "replit-code-boosted"]
)
def test_a_word_that_makes_another_model_unmakes_the_known_one(vocabulary: Vocabulary, text: str) -> None:
    """Such a name is nobody the vocabulary knows."""
    assert [m.hub_id for m in MentionFinder(vocabulary).find(make_plain([(1, 0, text)]))] == [None]


@pytest.mark.parametrize(
    ("name", "kind", "hub_id"),
    [
        ("Qwen2-1.5B", "instruct", "Qwen/Qwen2-1.5B-Instruct"),
        ("Llama-3-8B", "instruct", "meta-llama/Meta-Llama-3-8B-Instruct"),
        ("Gemma-2B", "instruct", "google/gemma-2b-it"),
        ("SmolLM3-3B", "base", "HuggingFaceTB/SmolLM3-3B-Base"),
        ("OpenCoder-1.5B", "base", "infly/OpenCoder-1.5B-Base"),
        ("Qwen2.5-Coder-7B", "base", "Qwen/Qwen2.5-Coder-7B"),
    ],
)
def test_a_kind_said_above_completes_a_bare_name(
    vocabulary: Vocabulary, name: str, kind: str, hub_id: str
) -> None:
    """A bare name among base models is the base, among tuned ones the tuned."""
    context = Context(kind="base" if kind == "base" else "instruct")
    assert vocabulary.resolve(name, context).hub_id == hub_id


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("it speaks multiple languages", []),
        ("multiple-rs", [("multipl-e", "rust", True)]),
        ("HumanEval (Java)", [("multipl-e", "java", True)]),
        ("MultiPL-HumanEval (PHP)", [("multipl-e", "php", True)]),
        ("HumanEval-Mul", [("humaneval-mul", None, False)]),
        ("LiveCodeBench v5", [("livecodebench", "v5", True)]),
        ("LCB (2024.08-2025.02)", [("livecodebench", "2024.08-2025.02", True)]),
        ("IFEval and Arena-Hard", [("ifeval", None, False), ("arena-hard", None, False)]),
        ("FooBench", [("foobench", None, False)]),
        ("MMLU-Pro", [("mmlu-pro", None, False)]),
        ("MBPP(500)", [("mbpp", None, True)]),
    ],
)
def test_what_stands_behind_a_benchmark_is_part_of_it(
    vocabulary: Vocabulary, text: str, found: list[tuple[str, str | None, bool]]
) -> None:
    """Languages, versions, windows; and benchmarks of which nothing is kept own their numbers."""
    terms = Terms(vocabulary.data).find("benchmarks", text)
    assert [(term.name, term.version, term.kept) for term in terms] == found


def test_a_name_that_says_base_is_the_base(vocabulary: Vocabulary) -> None:
    """Where a maker has both, the bare name never takes its place."""
    assert vocabulary.resolve("SmolLM3-3B-Base").hub_id == "HuggingFaceTB/SmolLM3-3B-Base"


def test_a_later_line_of_a_family_is_not_held_against_its_releases(vocabulary: Vocabulary) -> None:
    """DeepSeek-Coder's list says nothing of DeepSeek-Coder-V2."""
    assert vocabulary.release_list("DeepSeek-Coder-V2-16B") is None
