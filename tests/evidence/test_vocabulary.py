"""Names resolve to one model, stay ambiguous with their alternatives, or stay unknown."""

import pytest

from modelassay.evidence.base import load_evidence
from modelassay.evidence.vocabulary import Context, Vocabulary
from modelassay.reading.language.terms import Terms

INSTRUCT = "deepseek-ai/deepseek-coder-1.3b-instruct"


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    """The package's own vocabulary."""
    return Vocabulary.load(load_evidence())


@pytest.mark.parametrize(
    ("text", "hub_id"),
    [
        ("DeepSeek-Coder-1.3B-Instruct", INSTRUCT),
        ("DeepSeek Coder Instruct 1.3B", INSTRUCT),
        ("DS-Coder-1.3B-Instruct", INSTRUCT),
        ("deepseek-ai/DeepSeek-Coder-1.3B-Instruct", INSTRUCT),
        ("https://huggingface.co/deepseek-ai/DeepSeek-Coder-1.3B-Instruct/tree/main", INSTRUCT),
        ("Qwen2.5-Coder-1.5B", "Qwen/Qwen2.5-Coder-1.5B"),
        ("Qwen 2.5 Coder 1.5B Instruct", "Qwen/Qwen2.5-Coder-1.5B-Instruct"),
        ("StarCoder2-3B-Base", "bigcode/starcoder2-3b"),
        ("StarCoder2-15B-Instruct", "bigcode/starcoder2-15b-instruct-v0.1"),
        ("CodeGemma-7B-Instruct", "google/codegemma-7b-it"),
        ("CodeGemma-2B", "google/codegemma-2b"),
        ("CodeGemma-2B-Instruct", "google/codegemma-2b-instruct"),
        ("Code Llama 7B Instruct", "codellama/CodeLlama-7b-Instruct-hf"),
        ("Meta-Llama-3.1-8B-Instruct", "meta-llama/Llama-3.1-8B-Instruct"),
        ("Granite-3B-Code-Base", "ibm-granite/granite-3b-code-base-2k"),
        ("DeepSeek-Coder-7b-instruct", "deepseek-ai/deepseek-coder-6.7b-instruct"),
        ("deepseek-coder-7b-instruct-v1.5", "deepseek-ai/deepseek-coder-7b-instruct-v1.5"),
        ("Phi-2 (2.7B)", "microsoft/phi-2"),
        ("Gemma-2 2B", "google/gemma-2-2b"),
        ("Gemma 2B", "google/gemma-2b"),
    ],
)
def test_a_name_means_one_model(vocabulary: Vocabulary, text: str, hub_id: str) -> None:
    """Spellings differ; tokens decide."""
    assert vocabulary.resolve(text).hub_id == hub_id


@pytest.mark.parametrize(
    "text",
    [
        "Qwen2.5-Coder-1.5B-Chat",  # the maker has an instruct model, not a chat one
        "Yi-Coder-1.5B-Instruct",
        "CodeLlama-7B-Instruct-v2",  # no such version
        "Qwen2.5-Coder-1.5B-Instruct-GGUF",  # a copy is not its original
        "Qwen2.5-Coder-1.5B-Instruct-AWQ",
        "DeepSeek-Coder-1.3B",  # base or instruct?
        "Frobnicator-3B",
        "HumanEval",
        "",
    ],
)
def test_a_name_that_is_not_one_model_stays_unresolved(vocabulary: Vocabulary, text: str) -> None:
    """No likeness, no guess."""
    assert vocabulary.resolve(text).hub_id is None


@pytest.mark.parametrize(
    ("text", "hub_id"),
    [
        ("Qwen2.5-Coder-2B-Instruct", "Qwen/Qwen2.5-Coder-2B-Instruct"),
        ("Qwen2.5-Coder-15B-Instruct", "Qwen/Qwen2.5-Coder-15B-Instruct"),
        ("DeepSeek-Coder-13B", "deepseek-ai/DeepSeek-Coder-13B"),
        ("DeepSeek Coder 13B Instruct", "deepseek-ai/DeepSeek-Coder-13B-Instruct"),
        ("CodeGemma-9B", "google/CodeGemma-9B"),
        ("StarCoder2-7B-Instruct", "bigcode/StarCoder2-7B-Instruct"),  # a community made one, BigCode did not
    ],
)
def test_a_size_the_maker_never_released_is_told(vocabulary: Vocabulary, text: str, hub_id: str) -> None:
    """A complete list of releases is evidence that a model does not exist. The name keeps its maker's org."""
    resolution = vocabulary.resolve(text)
    assert (resolution.how, resolution.hub_id) == ("not-released", hub_id)


def test_a_release_list_covers_its_makers_hub_ids(vocabulary: Vocabulary) -> None:
    """It never covers copies, other orgs or known models."""
    assert vocabulary.release_list("bigcode/starcoder2-7b-instruct-v0.1") is not None
    assert vocabulary.release_list("bigcode/starcoder2-15b-instruct-v0.1") is None
    assert vocabulary.release_list("TechxGenus/starcoder2-7b-instruct") is None
    assert vocabulary.release_list("Qwen2.5-Coder-7B-Instruct-AWQ") is None


def test_a_counted_size_is_no_unreleased_one(vocabulary: Vocabulary) -> None:
    """1.54B is what the 1.5B has."""
    assert vocabulary.release_list("Qwen2.5-Coder-1.54B-Instruct") is None
    assert vocabulary.release_list("Qwen2.5-Coder-1.7B-Instruct") is not None


def test_an_ambiguous_name_keeps_its_alternatives(vocabulary: Vocabulary) -> None:
    """The reader of the audit sees what it could have meant."""
    found = vocabulary.resolve("DeepSeek-Coder-1.3B")
    assert found.how == "ambiguous"
    assert found.alternatives == ("deepseek-ai/deepseek-coder-1.3b-base", INSTRUCT)


def test_a_model_named_in_full_completes_a_short_name(vocabulary: Vocabulary) -> None:
    """Context decides, and the resolution says that it did."""
    found = vocabulary.resolve("DeepSeek-Coder-1.3B", Context(named=(INSTRUCT,)))
    assert (found.hub_id, found.how) == (INSTRUCT, "context")
    both = Context(named=(INSTRUCT, "deepseek-ai/deepseek-coder-1.3b-base"))
    assert vocabulary.resolve("DeepSeek-Coder-1.3B", both).hub_id is None


def test_an_org_beside_a_name_decides(vocabulary: Vocabulary) -> None:
    """StarCoder2-3B (TechxGenus) is the copy, not the original."""
    found = vocabulary.resolve("StarCoder2-3B", Context(org="TechxGenus"))
    assert found.hub_id == "TechxGenus/starcoder2-3b-instruct"


def test_a_link_to_an_unknown_model_is_that_model(vocabulary: Vocabulary) -> None:
    """A hub id given in full needs no vocabulary, and links that are not models are none."""
    found = vocabulary.resolve("https://huggingface.co/acme/coder-2b")
    assert (found.hub_id, found.how) == ("acme/coder-2b", "link")
    assert vocabulary.resolve("https://huggingface.co/spaces/bigcode").hub_id is None


def test_related_models_are_known(vocabulary: Vocabulary) -> None:
    """Siblings, the base of an instruct model and the other sizes."""
    assert "google/codegemma-1.1-2b" in vocabulary.siblings("google/codegemma-2b")
    assert vocabulary.variant(INSTRUCT, kind="base") == "deepseek-ai/deepseek-coder-1.3b-base"
    assert vocabulary.variant(INSTRUCT, size=33e9) == "deepseek-ai/deepseek-coder-33b-instruct"
    assert vocabulary.family("TechxGenus/CodeGemma-2b") == "CodeGemma"
    assert vocabulary.size("Qwen/Qwen2.5-Coder-1.5B") == 1.5e9


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("HumanEval-Python pass@1", ["humaneval"]),
        ("78.9% MBPP / 79.9% HumanEval", ["mbpp", "humaneval"]),
        ("MBPP(+)", ["mbpp+"]),
        ("HumanEval Plus and mbpp_plus", ["humaneval+", "mbpp+"]),
        ("HumanEval (+5pp)", ["humaneval"]),
        ("HumanEval +35pp", ["humaneval"]),
        ("the math of apps", []),
        ("MATH, APPS and LCB", ["math", "apps", "livecodebench"]),
        ("EvalPlus", []),
    ],
)
def test_benchmarks_are_found_by_their_longest_name(
    vocabulary: Vocabulary, text: str, names: list[str]
) -> None:
    """MBPP+ is never MBPP, and plain words are no benchmarks."""
    assert [term.name for term in Terms(vocabulary.data).find("benchmarks", text)] == names


def test_protocol_words_become_fields(vocabulary: Vocabulary) -> None:
    """What the words say is typed; what they do not say stays unknown."""
    protocol = Terms(vocabulary.data).protocol("mbpp", "3-shot, T=0.2, n=50, EvalPlus v0.2.0")
    assert (protocol.shots, protocol.temperature, protocol.samples_per_problem) == (3, 0.2, 50)
    assert (protocol.harness, protocol.version, protocol.prompt_style) == ("evalplus", "0.2.0", None)
