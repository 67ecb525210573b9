"""A model's shape from its `config.json`: parameters, bytes and operations per token.

What is counted: every matrix and vector of a dense decoder, layer by layer. What is refused: mixtures of experts,
layers that are no attention (Mamba, linear attention), and architectures that are not in the table below, since a
guess would look like a figure. Attention windows are taken from the configuration.
"""

from collections.abc import Mapping
from typing import Any, Final

from modelassay.core.errors import InputError
from modelassay.core.records import Record


class Family(Record):
    """What a `model_type` fixes that its configuration does not say.

    mlp_matrices: 3 with a gate, else 2. norms: vectors of the hidden size per layer. norm_bias: layer norms with an
    offset. qkv_bias, biases, mlp_bias: offsets of the attention's inputs, of all matrices, of the MLP's; `None` where
    the configuration decides (`attention_bias`, `use_bias`, `mlp_bias`). head_norms: norms of queries and keys.
    tied: the default of `tie_word_embeddings`. positions: learned ones. head_bias: the output matrix has one.
    """

    mlp_matrices: int = 3
    norms: int = 2
    norm_bias: bool = False
    qkv_bias: bool | None = None
    biases: bool = False
    mlp_bias: bool = False
    head_norms: bool = False
    tied: bool = False
    positions: bool = False
    head_bias: bool = False


# Read from the architectures' modules in transformers 5.23; tests/speed/test_shapes.py counts them again there.
FAMILIES: Final[Mapping[str, Family]] = {
    "llama": Family(),
    "mistral": Family(qkv_bias=False),
    "qwen2": Family(qkv_bias=True),
    "qwen3": Family(head_norms=True),
    "granite": Family(),
    "smollm3": Family(tied=True),
    "gemma": Family(tied=True),
    "gemma2": Family(norms=4, tied=True),
    "gemma3_text": Family(norms=4, head_norms=True, tied=True),
    "phi3": Family(qkv_bias=False),
    "phi": Family(mlp_matrices=2, norms=1, norm_bias=True, qkv_bias=True, biases=True, head_bias=True),
    "stablelm": Family(norm_bias=True),
    "starcoder2": Family(mlp_matrices=2, norm_bias=True, tied=True),
    "gpt_bigcode": Family(
        mlp_matrices=2, norm_bias=True, qkv_bias=True, biases=True, tied=True, positions=True
    ),
    "codegen": Family(mlp_matrices=2, norms=1, norm_bias=True, qkv_bias=False, mlp_bias=True, head_bias=True),
}
_ATTENTION: Final = {"full_attention", "sliding_attention", "attention"}
_OTHER_NAMES: Final = {
    "hidden_size": ("n_embd", "d_model"),
    "num_hidden_layers": ("n_layer",),
    "num_attention_heads": ("n_head",),
    "intermediate_size": ("n_inner",),
}


class ModelShape(Record):
    """A dense decoder in numbers.

    layer_parameters: all layers' matrices and vectors. embedding_parameters: the table of input embeddings (and of
    learned positions). output_parameters: the output matrix, counted also where it is the embedding table (`tied`).
    windows: per layer the tokens it looks back at most, `None` for all of them.
    """

    model_type: str
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_size: int
    intermediate: int
    vocabulary: int
    tied: bool
    layer_parameters: int
    embedding_parameters: int
    output_parameters: int
    windows: tuple[int | None, ...]

    @property
    def parameters(self) -> int:
        """All parameters, a shared table counted once."""
        shared = self.vocabulary * self.hidden if self.tied else 0
        return self.layer_parameters + self.embedding_parameters + self.output_parameters - shared

    def kv_bytes(self, tokens: int, kv_dtype_bytes: float = 2.0) -> float:
        """Bytes of keys and values of one sequence of so many tokens."""
        seen = sum(tokens if w is None else min(w, tokens) for w in self.windows)
        return 2 * self.kv_heads * self.head_size * kv_dtype_bytes * seen

    def prefill_flops(self, tokens: int) -> float:
        """Operations of reading a prompt of so many tokens: matrices, causal attention, one row of the output."""
        pairs = sum(
            tokens * (tokens + 1) / 2
            if w is None or w >= tokens
            else w * (w + 1) / 2 + (tokens - w) * w  # each later token looks at w tokens
            for w in self.windows
        )
        attention = 4 * self.heads * self.head_size * pairs
        return 2.0 * self.layer_parameters * tokens + attention + 2.0 * self.output_parameters

    def decode_flops(self, context: int) -> float:
        """Operations of one further token of one sequence after `context` tokens."""
        seen = sum(context if w is None else min(w, context) for w in self.windows)
        return 2.0 * (self.layer_parameters + self.output_parameters) + 4 * self.heads * self.head_size * seen


def shape_of(config: Mapping[str, Any]) -> ModelShape:
    """The shape that a `config.json` describes.

    Raises InputError for what is not modelled (mixtures of experts, layers without attention, unknown architectures)
    and for a configuration that lacks a size, naming the key.
    """
    config = config.get("text_config") or config
    kind = str(config.get("model_type", "?"))
    family = FAMILIES.get(kind)
    if family is None:
        raise InputError(
            f"the architecture {kind!r} has no speed model",
            hint=f"known: {', '.join(sorted(FAMILIES))}; measure this one with `assay speed`",
        )
    _refuse_other_layers(config, kind)
    hidden, layers = _size(config, "hidden_size"), _size(config, "num_hidden_layers")
    heads = _size(config, "num_attention_heads")
    kv_heads = _kv_heads(config, heads)
    head_size = int(config.get("head_dim") or hidden // heads)
    inner = int(config.get("intermediate_size") or config.get("n_inner") or 4 * hidden)
    vocabulary = _size(config, "vocab_size")
    tied = bool(config.get("tie_word_embeddings", family.tied))
    positions = _size(config, "n_positions") * hidden if family.positions else 0
    output = vocabulary * hidden + (vocabulary if family.head_bias else 0)
    return ModelShape(
        model_type=kind, layers=layers, hidden=hidden, heads=heads, kv_heads=kv_heads, head_size=head_size,
        intermediate=inner, vocabulary=vocabulary, tied=tied,
        layer_parameters=layers * _layer(config, family, (hidden, heads, kv_heads, head_size, inner))
        + hidden * (2 if family.norm_bias else 1),
        embedding_parameters=vocabulary * hidden + positions, output_parameters=output,
        windows=_windows(config, kind, layers),
    )  # fmt: skip


def _refuse_other_layers(config: Mapping[str, Any], kind: str) -> None:
    experts = config.get("num_local_experts") or config.get("num_experts") or config.get("n_routed_experts")
    if experts and int(experts) > 1:
        raise InputError("a mixture of experts has no speed model", hint="measure it with `assay speed`")
    strange = {str(t) for t in config.get("layer_types") or ()} - _ATTENTION
    if strange:
        raise InputError(
            f"{kind}: layers of kind {', '.join(sorted(strange))} have no speed model",
            hint="measure it with `assay speed`",
        )


def _size(config: Mapping[str, Any], key: str) -> int:
    for name in (key, *_OTHER_NAMES.get(key, ())):
        value = config.get(name)
        if isinstance(value, int) and value > 0:
            return value
    raise InputError(f"the configuration has no {key}", hint="give the model's own config.json")


def _kv_heads(config: Mapping[str, Any], heads: int) -> int:
    if config.get("model_type") == "gpt_bigcode":
        return 1 if config.get("multi_query", True) else heads
    return int(config.get("num_key_value_heads") or heads)


def _layer(config: Mapping[str, Any], family: Family, sizes: tuple[int, int, int, int, int]) -> int:
    """Parameters of one layer."""
    hidden, heads, kv_heads, head_size, inner = sizes
    queries, keys = heads * head_size, 2 * kv_heads * head_size
    matrices = hidden * (queries + keys) + queries * hidden + family.mlp_matrices * hidden * inner
    every = family.biases or bool(config.get("use_bias", family.mlp_matrices == 2 and family.norm_bias))
    if family.qkv_bias is False and not family.biases:
        every = False
    attention_bias = family.qkv_bias
    if attention_bias is None:
        attention_bias = every or bool(config.get("attention_bias") or config.get("use_qkv_bias"))
    offsets = (queries + keys) if attention_bias else 0
    # Llama's and Granite's `attention_bias` is of the output matrix, too; Qwen2's and StableLM's is not.
    offsets += hidden if every or (family.qkv_bias is None and config.get("attention_bias")) else 0
    if every or family.mlp_bias or config.get("mlp_bias"):
        offsets += hidden + (family.mlp_matrices - 1) * inner
    norms = family.norms * hidden * (2 if family.norm_bias else 1)
    return matrices + offsets + norms + (2 * head_size if family.head_norms else 0)


def _windows(config: Mapping[str, Any], kind: str, layers: int) -> tuple[int | None, ...]:
    window = config.get("sliding_window")
    if not isinstance(window, int) or config.get("use_sliding_window") is False:
        return (None,) * layers
    types = config.get("layer_types")
    if types:
        return tuple(window if t == "sliding_attention" else None for t in types)
    if kind == "gemma2":
        return tuple(window if i % 2 == 0 else None for i in range(layers))
    if kind == "gemma3_text":
        every = int(config.get("sliding_window_pattern") or 6)
        return tuple(None if (i + 1) % every == 0 else window for i in range(layers))
    if kind in ("qwen2", "qwen3"):  # their windows are used only where the configuration says so
        first = int(config.get("max_window_layers") or 0) if config.get("use_sliding_window") else layers
        return tuple(window if i >= first else None for i in range(layers))
    return (window,) * layers
