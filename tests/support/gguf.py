"""A Llama or Gemma model folder as a GGUF file, for llama.cpp: the parts of the format that a tiny model needs, in 32-bit floats."""

import json
import re
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

_TYPES = {bool: 7, int: 4, float: 6, str: 8}  # of values: GGUF_TYPE_BOOL, UINT32, FLOAT32, STRING
_ARRAY, _INT32 = 9, 5
_ALIGNMENT = 32
_NUMBERED = re.compile("<0x[0-9A-F]{2}>")  # a token of one byte
_NORMAL, _CONTROL, _USER_DEFINED, _UNUSED, _BYTE = 1, 3, 4, 5, 6  # kinds of tokens


def write_gguf(folder: Path, file: Path, *, name: str = "tiny") -> Path:
    """Write the model of a folder (config, fast tokenizer, safetensors) as one GGUF file."""
    from safetensors.torch import load_file  # numpy knows no bfloat16

    config = json.loads((folder / "config.json").read_text())
    weights = {name: part.float().numpy() for name, part in load_file(folder / "model.safetensors").items()}
    tensors = dict(_tensors(weights, config))
    facts = {**_shape(config, name), **_vocabulary(folder, config)}
    with file.open("wb") as out:
        out.write(b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(facts)))
        for key, value in facts.items():
            out.write(_text(key) + _value(value))
        offset = 0
        for key, array in tensors.items():
            out.write(_text(key) + struct.pack("<I", array.ndim))
            out.write(struct.pack(f"<{array.ndim}Q", *reversed(array.shape)))
            out.write(struct.pack("<IQ", 0, offset))  # 0: 32-bit floats
            offset += array.nbytes + -array.nbytes % _ALIGNMENT
        out.write(bytes(-out.tell() % _ALIGNMENT))
        for array in tensors.values():
            out.write(array.tobytes() + bytes(-array.nbytes % _ALIGNMENT))
    return file


def _shape(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    heads = config["num_attention_heads"]
    rope, kind = config.get("rope_parameters") or {}, config["model_type"]
    return {
        "general.architecture": kind,
        "general.name": name,
        "general.file_type": 0,
        f"{kind}.block_count": config["num_hidden_layers"],
        f"{kind}.context_length": config["max_position_embeddings"],
        f"{kind}.embedding_length": config["hidden_size"],
        f"{kind}.feed_forward_length": config["intermediate_size"],
        f"{kind}.attention.head_count": heads,
        f"{kind}.attention.head_count_kv": config["num_key_value_heads"],
        f"{kind}.attention.layer_norm_rms_epsilon": float(config["rms_norm_eps"]),
        f"{kind}.rope.dimension_count": config["hidden_size"] // heads,
        f"{kind}.rope.freq_base": float(rope.get("rope_theta", config.get("rope_theta", 10000.0))),
        f"{kind}.vocab_size": config["vocab_size"],
    }


def _vocabulary(folder: Path, config: Mapping[str, Any]) -> dict[str, Any]:
    written = json.loads((folder / "tokenizer.json").read_text())
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    tokens = {at: token for token, at in written["model"]["vocab"].items()}
    kinds = dict.fromkeys(tokens, _NORMAL)
    for added in written["added_tokens"]:
        tokens[added["id"]] = added["content"]
        kinds[added["id"]] = _CONTROL if added["special"] else _USER_DEFINED
    for at in range(len(tokens), config["vocab_size"]):  # as llama.cpp's own converter does
        tokens[at], kinds[at] = f"[PAD{at}]", _UNUSED
    ends = config["eos_token_id"]
    merges = [" ".join(pair) if isinstance(pair, list) else pair for pair in written["model"]["merges"]]
    sentencepiece = bool(written["model"].get("byte_fallback"))
    if sentencepiece:
        kinds |= {at: _BYTE for at, token in tokens.items() if _NUMBERED.fullmatch(token)}
    return {
        "tokenizer.ggml.model": "llama" if sentencepiece else "gpt2",
        "tokenizer.ggml.pre": "default" if sentencepiece else "gpt-2",
        "tokenizer.ggml.tokens": [tokens[at] for at in range(len(tokens))],
        "tokenizer.ggml.token_type": [kinds[at] for at in range(len(tokens))],
        **(
            {
                "tokenizer.ggml.scores": [-float(at) for at in range(len(tokens))]
            }  # what was merged first goes first
            if sentencepiece
            else {"tokenizer.ggml.merges": merges or [""]}
        ),
        "tokenizer.ggml.eos_token_id": ends[0] if isinstance(ends, list) else ends,
        "tokenizer.ggml.add_bos_token": "TemplateProcessing" in json.dumps(written.get("post_processor")),
        **(
            {"tokenizer.ggml.bos_token_id": config["bos_token_id"]}
            if config.get("bos_token_id") is not None
            else {}
        ),
        **({"tokenizer.chat_template": _template(folder, settings)} if _template(folder, settings) else {}),
    }


def _template(folder: Path, settings: Mapping[str, Any]) -> str:
    beside = folder / "chat_template.jinja"
    return beside.read_text() if beside.is_file() else settings.get("chat_template") or ""


def _tensors(weights: Mapping[str, Any], config: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    heads = {"attn_q": config["num_attention_heads"], "attn_k": config["num_key_value_heads"]}
    names = {
        "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
        "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
    }  # fmt: skip
    outer = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}
    for written, weight in weights.items():
        array = weight
        stem, _, what = written.rpartition(".")
        if stem in outer:
            name = outer[stem]
        else:
            _, _, layer, part = stem.split(".", 3)
            name = f"blk.{layer}.{names[part]}"
            if names[part] in heads and config["model_type"] == "llama":
                array = _interleaved(array, heads[names[part]])
        if config["model_type"] == "gemma" and "norm" in name:
            array = array + 1  # which the file has, and the folder has not
        yield f"{name}.{what}", np.ascontiguousarray(array, dtype=np.float32)


def _interleaved(matrix: Any, heads: int) -> Any:
    """Rows in llama.cpp's order: it turns neighbouring dimensions of a head together, transformers its two halves."""
    rows, columns = matrix.shape
    return matrix.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _value(value: Any) -> bytes:
    if isinstance(value, list):
        head = struct.pack("<I", _ARRAY)
        if isinstance(value[0], str):
            return head + struct.pack("<IQ", _TYPES[str], len(value)) + b"".join(map(_text, value))
        kind, letter = (_TYPES[float], "f") if isinstance(value[0], float) else (_INT32, "i")
        return head + struct.pack(f"<IQ{len(value)}{letter}", kind, len(value), *value)
    head = struct.pack("<I", _TYPES[type(value)])
    if isinstance(value, str):
        return head + _text(value)
    return head + struct.pack(
        "<?" if isinstance(value, bool) else "<f" if isinstance(value, float) else "<I", value
    )
