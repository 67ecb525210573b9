"""What servers say of their weights, in the form of each server's own answers."""

from typing import Any

import pytest

from modelassay.core.decoding import ServedWeights
from modelassay.sampling.served_weights import is_quantised, limits_of_weights, served_weights

META = {"n_params": 1_543_714_304, "size": 980_000_000}
LLAMA = {
    "/v1/models": {"data": [{"id": "coder", "owned_by": "llamacpp", "meta": META}]},
    "/props": {"model_path": "/models/coder-1.5b.gguf"},
}
OLLAMA = {"/api/tags": {"models": [
    {"name": "other:latest", "digest": "1" * 64, "details": {"quantization_level": "F16"}},
    {"name": "coder:1.5b", "digest": "2" * 64, "details": {"format": "gguf", "quantization_level": "Q4_K_M"}},
]}}  # fmt: skip
STUDIO = {"/api/v0/models": {"data": [{"id": "coder", "quantization": "Q8_0", "compatibility_type": "gguf"}]}}
VLLM = {"/v1/models": {"data": [{"id": "coder", "owned_by": "vllm", "root": "acme/coder"}]}}


@pytest.mark.parametrize(
    ("kind", "model", "answers", "found"),
    [
        ("llama.cpp", "coder", LLAMA, ServedWeights(file="coder-1.5b.gguf", bits_per_weight=8 * 980 / 1543.714304)),
        ("ollama", "coder:1.5b", OLLAMA, ServedWeights(digest="2" * 64, quantisation="Q4_K_M")),
        ("lm studio", "coder", STUDIO, ServedWeights(quantisation="Q8_0")),
        ("sglang", "coder", {"/get_server_info": {"model_path": "acme/coder", "quantization": "fp8"}},
         ServedWeights(file="acme/coder", quantisation="fp8")),
        ("sglang", "coder", {"/get_server_info": {"quantization": None, "dtype": "bfloat16"}},
         ServedWeights(quantisation="bfloat16")),
        ("vllm", "coder", VLLM, ServedWeights(file="acme/coder")),
        ("unknown", "coder", {}, ServedWeights()),
        ("ollama", "coder", {"/api/tags": None}, ServedWeights()),
        ("llama.cpp", "coder", {"/v1/models": {"data": "?"}, "/props": None}, ServedWeights()),
    ],
)  # fmt: skip
def test_each_servers_own_words_are_read(kind: str, model: str, answers: Any, found: ServedWeights) -> None:
    """File, hash and quantisation of the model that is asked for; nothing is guessed."""
    assert served_weights(kind, model, answers) == found


@pytest.mark.parametrize(
    ("found", "quantised"),
    [
        (ServedWeights(quantisation="Q4_K_M"), True),
        (ServedWeights(quantisation="fp8"), True),
        (ServedWeights(quantisation="BF16"), False),
        (ServedWeights(bits_per_weight=5.1), True),
        (ServedWeights(bits_per_weight=16.01), False),
        (ServedWeights(), False),
    ],
)
def test_fewer_bits_than_sixteen_are_quantised(found: ServedWeights, quantised: bool) -> None:
    """By what the server says, whatever the model is called."""
    assert is_quantised(found) is quantised


def test_a_quantised_run_is_no_claim_of_full_precision() -> None:
    """The sentence goes into the manifest and the report's warnings; silence of a server is said, too."""
    (said,) = limits_of_weights("ollama", ServedWeights(quantisation="Q4_K_M"))
    assert "quantised: Q4_K_M" in said
    assert "no result of the model in full precision" in said
    (silent,) = limits_of_weights("vllm", ServedWeights(file="acme/coder"))
    assert "does not say in which precision" in silent
    assert limits_of_weights("sglang", ServedWeights(quantisation="bfloat16")) == []
