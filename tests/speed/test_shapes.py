"""Shapes: counted parameter by parameter against the architectures themselves, and by hand for known models."""

from typing import Any

import pytest

from modelassay.core.errors import InputError
from modelassay.speed.shapes import FAMILIES, shape_of

LLAMA_2_7B = {
    "model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32,
    "intermediate_size": 11008, "vocab_size": 32000,
}  # fmt: skip
SMALL = {
    "hidden_size": 64, "num_hidden_layers": 4, "num_attention_heads": 4, "num_key_value_heads": 2,
    "intermediate_size": 112, "vocab_size": 320, "head_dim": 16, "pad_token_id": 0,
}  # fmt: skip
OLD_NAMES = {"n_embd": 64, "n_layer": 4, "n_head": 4, "vocab_size": 320, "n_positions": 128, "rotary_dim": 8}


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("kind", sorted(FAMILIES))
def test_parameters_are_those_of_the_architecture(kind: str, tied: bool) -> None:
    """A model of each family, built without memory for its weights, has as many parameters as we count."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    given: dict[str, Any] = OLD_NAMES if kind in ("gpt_bigcode", "codegen") else SMALL
    config = transformers.AutoConfig.for_model(kind, **given, tie_word_embeddings=tied)
    with torch.device("meta"):
        model = transformers.AutoModelForCausalLM.from_config(config)

    assert shape_of(config.to_dict()).parameters == sum(p.numel() for p in model.parameters())


@pytest.mark.parametrize(
    ("config", "parameters"),
    [
        (LLAMA_2_7B, 6_738_415_616),
        ({**LLAMA_2_7B, "num_key_value_heads": 8, "intermediate_size": 14336, "vocab_size": 128256}, 8_030_261_248),
        (
            {
                "model_type": "qwen2", "hidden_size": 1536, "num_hidden_layers": 28, "num_attention_heads": 12,
                "num_key_value_heads": 2, "intermediate_size": 8960, "vocab_size": 151936,
                "tie_word_embeddings": True,
            },
            1_543_714_304,
        ),
        (
            {
                "model_type": "starcoder2", "hidden_size": 3072, "num_hidden_layers": 30, "num_attention_heads": 24,
                "num_key_value_heads": 2, "intermediate_size": 12288, "vocab_size": 49152,
            },
            3_030_371_328,
        ),
    ],
)  # fmt: skip
def test_published_parameter_counts(config: dict[str, Any], parameters: int) -> None:
    """Llama 2 7B, Llama 3.1 8B, Qwen2.5-Coder 1.5B and StarCoder2 3B, as their safetensors headers say."""
    assert shape_of(config).parameters == parameters


def test_bytes_of_keys_and_values_by_hand() -> None:
    """Llama 2 7B: 2 vectors × 32 layers × 32 heads × 128 numbers × 2 bytes for each token."""
    assert shape_of(LLAMA_2_7B).kv_bytes(1) == 2 * 32 * 32 * 128 * 2


def test_a_window_bounds_what_a_layer_remembers() -> None:
    shape = shape_of({**LLAMA_2_7B, "model_type": "mistral", "sliding_window": 4096})

    assert shape.kv_bytes(10_000) == shape.kv_bytes(4096)


def test_windows_that_are_switched_off_do_not_count() -> None:
    """Qwen2's configurations name a window that is not used."""
    config = {**LLAMA_2_7B, "model_type": "qwen2", "sliding_window": 1024, "use_sliding_window": False}

    assert set(shape_of(config).windows) == {None}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model_type": "qwen3_next"}, "qwen3_next"),
        ({"layer_types": ["linear_attention", "full_attention"]}, "linear_attention"),
        ({"num_local_experts": 8}, "mixture of experts"),
        ({"hidden_size": None}, "hidden_size"),
    ],
)
def test_what_is_not_modelled_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        shape_of({**LLAMA_2_7B, **change})
