"""Copies of a model in another form of weights, by the names that repositories and files have."""

import pytest

from support.reading import read, told

QWEN = "Qwen/Qwen2.5-Coder-7B-Instruct"


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("bartowski/Qwen2.5-Coder-7B-Instruct-GGUF", "gguf"),
        ("Qwen/Qwen2.5-Coder-7B-Instruct-AWQ", "awq"),
        ("Qwen/Qwen2.5-Coder-7B-Instruct-GPTQ-Int4", "gptq"),
        ("unsloth/Qwen2.5-Coder-7B-Instruct-bnb-4bit", "bnb"),
        ("unsloth/Qwen2.5-Coder-7B-Instruct-unsloth-bnb-4bit", "bnb"),
        ("mlx-community/Qwen2.5-Coder-7B-Instruct-4bit", "4bit"),
        ("RedHatAI/Qwen2.5-Coder-7B-Instruct-quantized.w4a16", "w4a16"),
        ("neuralmagic/Qwen2.5-Coder-7B-Instruct-FP8-dynamic", "fp8"),
        ("mradermacher/Qwen2.5-Coder-7B-Instruct-i1-GGUF", "gguf"),
        ("nvidia/Qwen2.5-Coder-7B-Instruct-NVFP4", "nvfp4"),
        ("Qwen2.5-Coder-7B-Instruct-Q4_K_M.gguf", "q4_k_m"),
    ],
)
def test_a_quantised_copy_s_score_is_of_the_model_quantised(name: str, form: str) -> None:
    """The model is known, the name stays as written, and the form of the weights is kept."""
    (claim,) = [c for c in read(f"{name} scores 84.1% on HumanEval.") if c.subject == "score"]
    assert (claim.hub_id, claim.model, claim.protocol and claim.protocol.quantization) == (QWEN, name, form)


def test_a_copy_of_an_unknown_model_is_itself() -> None:
    """What is left without the form of the weights is no known name."""
    assert told("someone/FooCoder-7B-GGUF scores 51.0% on HumanEval.") == [
        ("someone/FooCoder-7B-GGUF", "humaneval", 51.0)
    ]


def test_a_copy_s_existence_is_its_own() -> None:
    """That the model exists says nothing of somebody's repository."""
    claims = read("# unsloth/Qwen2.5-Coder-7B-Instruct-bnb-4bit\n\nHumanEval: 84.1%\n")
    assert {c.hub_id for c in claims if c.subject == "existence"} == {
        "unsloth/Qwen2.5-Coder-7B-Instruct-bnb-4bit"
    }
    assert {c.hub_id for c in claims if c.subject == "score"} == {QWEN}
