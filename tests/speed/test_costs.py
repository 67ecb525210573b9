"""Costs: by hand for one case, and what must hold for all."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelassay.core.devices import device, devices
from modelassay.core.errors import InputError
from modelassay.speed.calibration import TEXTBOOK, predict_rows
from modelassay.speed.costs import Load, costs, memory
from modelassay.speed.shapes import ModelShape, shape_of

SMALL: dict[str, Any] = {
    "model_type": "llama", "hidden_size": 2048, "num_hidden_layers": 24, "num_attention_heads": 16,
    "intermediate_size": 5504, "vocab_size": 32256,
}  # fmt: skip
A100 = devices()["a100-80"]
LOADS = st.builds(
    Load, batch=st.integers(1, 512), input_tokens=st.integers(1, 8000), output_tokens=st.integers(1, 4000),
    samples_per_prompt=st.integers(1, 100), static=st.booleans(),
)  # fmt: skip


def seconds(shape: ModelShape, load: Load) -> float:
    return float(predict_rows(TEXTBOOK, [(load, costs(shape, load, "bf16", A100))]).total[0])


def test_weights_are_read_once_per_step() -> None:
    """DeepSeek-Coder 1.3B: all parameters but the table of embeddings, two bytes each, at 2.039 TB/s."""
    shape = shape_of(SMALL)
    load = Load(batch=100, input_tokens=200, output_tokens=200, samples_per_prompt=100)

    assert shape.parameters == 1_346_471_936
    expected = (shape.parameters - 32256 * 2048) * 2 / 2.039e12
    assert costs(shape, load, "bf16", A100).weights == pytest.approx(expected)


def test_samples_share_the_prefill_of_their_prompt() -> None:
    shape = shape_of(SMALL)
    alone = Load(batch=100, input_tokens=200, output_tokens=200)
    shared = msgspec.structs.replace(alone, samples_per_prompt=100)

    assert costs(shape, alone, "bf16", A100).all_prompts == pytest.approx(
        100 * costs(shape, shared, "bf16", A100).all_prompts
    )


@given(load=LOADS, layers=st.integers(1, 40))
def test_more_layers_are_never_faster_or_smaller(load: Load, layers: int) -> None:
    fewer, more = (shape_of({**SMALL, "num_hidden_layers": n}) for n in (layers, layers + 1))

    assert seconds(more, load) >= seconds(fewer, load)
    assert memory(more, load, "bf16", A100).peak_bytes >= memory(fewer, load, "bf16", A100).peak_bytes


@given(load=LOADS, further=st.integers(1, 4000))
def test_longer_prompts_and_answers_are_never_cheaper(load: Load, further: int) -> None:
    shape = shape_of(SMALL)
    for longer in (
        msgspec.structs.replace(load, input_tokens=load.input_tokens + further),
        msgspec.structs.replace(load, output_tokens=load.output_tokens + further),
    ):
        assert seconds(shape, longer) >= seconds(shape, load)
        assert memory(shape, longer, "bf16", A100).peak_bytes >= memory(shape, load, "bf16", A100).peak_bytes


@given(load=LOADS)
def test_the_largest_batch_fits_and_one_more_does_not(load: Load) -> None:
    shape = shape_of(SMALL)
    largest = memory(shape, load, "bf16", A100).largest_batch
    if largest:
        assert memory(shape, msgspec.structs.replace(load, batch=largest), "bf16", A100).fits
    assert not memory(shape, msgspec.structs.replace(load, batch=largest + 1), "bf16", A100).fits


def test_fewer_bits_take_fewer_bytes() -> None:
    load = Load(batch=1, input_tokens=100, output_tokens=100)
    sizes = [memory(shape_of(SMALL), load, d, A100).weight_bytes for d in ("fp32", "bf16", "fp8", "int4")]

    assert sizes == sorted(sizes, reverse=True)


def test_unknown_dtypes_and_devices_are_named() -> None:
    load = Load(batch=1, input_tokens=100, output_tokens=100)
    with pytest.raises(InputError, match="bf17"):
        costs(shape_of(SMALL), load, "bf17", A100)
    with pytest.raises(InputError, match="h100-sxm"):
        device("h100")


def test_this_cpu_is_measured() -> None:
    found = device("cpu")

    assert found.bytes_per_second > 1e8
    assert found.flops_16 > 1e8
