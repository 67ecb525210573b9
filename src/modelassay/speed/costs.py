"""A workload on a device in ideal seconds: what memory and arithmetic would take at peak rates.

Three costs per output token of a batch of B sequences (source of the accounting: Yuan et al., LLM Inference Unveiled,
arXiv 2402.16363, section 3; the prefill that interrupts decoding is ours, see docs/speed.md):

- weights: every matrix is read once per step, and the output matrix; the table of embeddings is not;
- context: keys and values of each sequence at its mean length, (input + output / 2) tokens;
- prefill: where requests are served as they come, B / output prompts begin per step; in a static batch none does.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from modelassay.core.devices import WEIGHT_BYTES, Device
from modelassay.core.errors import InputError
from modelassay.core.records import Record
from modelassay.speed.shapes import ModelShape

KV_BYTES: Final = 2.0  # keys and values stay in 16 bits unless an engine is told otherwise
RESERVED_SHARE: Final = 0.08  # of a device's memory that vLLM leaves alone (gpu_memory_utilization 0.92)
ENGINE_BYTES: Final = 1 << 30  # CUDA context, kernels and graphs, about
PREFILL_CHUNK: Final = 8192  # tokens read in one step at most, as vLLM and SGLang do


class Load(Record):
    """What is asked: `batch` sequences at once, of which `samples_per_prompt` share each prompt.

    static: all of a batch begin together and the next begins when all have ended, as `generate` of transformers does.
    """

    batch: int
    input_tokens: int
    output_tokens: int
    samples_per_prompt: int = 1
    static: bool = False

    @property
    def prompts(self) -> float:
        """Different prompts in a batch."""
        return max(1.0, self.batch / self.samples_per_prompt)


class Costs(Record):
    """Ideal seconds. weights, context, interrupts, compute: of one step; prompt, all_prompts: of prefill."""

    weights: float
    context: float
    interrupts: float
    compute: float
    prompt: float
    all_prompts: float


class Memory(Record):
    """Bytes. peak: all of it at the end of the answers. largest_batch: that fits in the device's memory."""

    weight_bytes: int
    kv_bytes_per_token: float
    peak_bytes: int
    fits: bool
    largest_batch: int


def costs(shape: ModelShape, load: Load, dtype: str, device: Device) -> Costs:
    """The ideal seconds of a workload. Raises InputError for a dtype that has no width."""
    flops = device.flops(dtype)
    read = shape.layer_parameters * bytes_per_weight(
        dtype
    ) + shape.output_parameters * _outerbytes_per_weight(dtype)
    middle = load.input_tokens + load.output_tokens // 2
    prompt = shape.prefill_flops(load.input_tokens) / flops
    return Costs(
        weights=read / device.bytes_per_second,
        context=load.batch * shape.kv_bytes(middle, KV_BYTES) / device.bytes_per_second,
        interrupts=0.0 if load.static else load.prompts * prompt / load.output_tokens,
        compute=load.batch * shape.decode_flops(middle) / flops,
        prompt=prompt,
        all_prompts=load.prompts * prompt,
    )


def memory(shape: ModelShape, load: Load, dtype: str, device: Device) -> Memory:
    """Weights, keys and values with shared prompts, activations of a step, and the engine's own."""
    inner = shape.layer_parameters * bytes_per_weight(dtype)
    tables = shape.parameters - shape.layer_parameters
    weights = inner + tables * _outerbytes_per_weight(dtype)
    room = device.bytes * (1 - RESERVED_SHARE)

    def peak(batch: int) -> float:
        asked = msgspec.structs.replace(load, batch=batch)
        whole, prompt = (
            shape.kv_bytes(tokens, KV_BYTES)
            for tokens in (load.input_tokens + load.output_tokens, load.input_tokens)
        )
        keys = asked.prompts * prompt + batch * (whole - prompt)
        tokens = min(asked.prompts * load.input_tokens, max(PREFILL_CHUNK, load.input_tokens))
        active = max(tokens, batch) * (4 * shape.hidden + 2 * shape.intermediate) * 2
        logits = 4 * batch * shape.vocabulary  # in 32 bits for sampling
        return weights + keys + active + logits + ENGINE_BYTES

    largest = _largest(lambda batch: peak(batch) <= room)
    needed = int(peak(load.batch))
    return Memory(
        weight_bytes=int(weights), kv_bytes_per_token=shape.kv_bytes(1, KV_BYTES), peak_bytes=needed,
        fits=needed <= room, largest_batch=largest,
    )  # fmt: skip


def _largest(fits: Callable[[int], bool], most: int = 1 << 20) -> int:
    """The largest batch that fits, 0 for none; more memory is needed for more, so halving finds it."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    return low


def bytes_per_weight(dtype: str) -> float:
    """Of a weight of this data type. Raises InputError for one that is not known."""
    if dtype not in WEIGHT_BYTES:
        raise InputError(f"no such dtype: {dtype!r}", hint=f"known: {', '.join(WEIGHT_BYTES)}")
    return WEIGHT_BYTES[dtype]


def _outerbytes_per_weight(dtype: str) -> float:
    """Embeddings and output matrix stay in 16 bits where the layers are quantised."""
    return max(bytes_per_weight(dtype), 2.0)
