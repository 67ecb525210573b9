"""A tiny model whose next-token distribution is known exactly, in the layouts that servers read.

One Llama layer with random weights. What may come next is shaped in two places only: most bytes are never drawn, and the
first byte of `é` is always followed by its second, so that a letter lies across two tokens. Everything else is random, and
`truth` computes it from the weights with no sampler involved. Each token is one byte, so texts of tokens are texts.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from modelassay.core.decoding import Decoding

SPECIALS = ["<s>", "</s>", "<|im_start|>", "<|im_end|>"]
END, TURN = 3, 2
ENDS = (END, 1)
WORDS = ["<think>", "</think>"]  # tokens of their own, but text as any other
FIRST_BYTE = len(SPECIALS) + len(WORDS)
WORDS_AT = len(SPECIALS)
VOCABULARY = FIRST_BYTE + 256
CLEAR = 5e-3  # logits that lie closer together may change places by rounding
HIDDEN, HEADS, CONTEXT = 64, 2, 1024  # heads of 32, which vLLM wants on a CPU
SPLIT = "é".encode()
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 =+\n()"
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
# As Qwen2.5-Coder-Instruct states them.
LIKE_QWEN: dict[str, Any] = {
    "do_sample": True,
    "temperature": 0.7,
    "top_p": 0.8,
    "top_k": 20,
    "repetition_penalty": 1.1,
}


def token_of(byte: int) -> int:
    """The token of one byte."""
    return FIRST_BYTE + byte


def byte_letters() -> list[str]:
    """What a byte-level BPE writes for each byte."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte) if byte in plain else chr(next(others)) for byte in range(256)]


def save_tokenizer(inner: Any, template: str, folder: Path) -> Any:
    """A tokenizer with this project's special tokens and words, which puts its BOS before plain text."""
    from tokenizers import AddedToken, processors
    from transformers import PreTrainedTokenizerFast

    inner.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in SPECIALS])
    inner.add_tokens([AddedToken(name, special=False, normalized=False) for name in WORDS])
    inner.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    fast = PreTrainedTokenizerFast(
        tokenizer_object=inner, bos_token="<s>", eos_token="<|im_end|>", pad_token="</s>",
        clean_up_tokenization_spaces=False, model_max_length=CONTEXT,
    )  # fmt: skip
    fast.chat_template = template
    fast.save_pretrained(str(folder))
    return fast


def make_exact_tokenizer(folder: Path) -> Any:
    """One token per byte, the end of turn as end; it begins plain text with its BOS."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    names = [*SPECIALS, *WORDS, *byte_letters()]
    inner = Tokenizer(models.BPE({name: at for at, name in enumerate(names)}, []))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    inner.decoder = decoders.ByteLevel()
    return save_tokenizer(inner, TEMPLATE, folder)


def make_exact_model(folder: Path, *, padded: int = 0, **generation: Any) -> Path:
    """The model as a folder of the Hub's layout. padded: tokens of its vocabulary that its tokenizer does not have, of
    which the last may be drawn. generation: its own generation settings, none of which is in force in `truth`.
    """
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    make_exact_tokenizer(folder)
    torch.manual_seed(13)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=VOCABULARY + padded, hidden_size=HIDDEN, intermediate_size=HIDDEN, num_hidden_layers=1,
            num_attention_heads=HEADS, num_key_value_heads=HEADS, max_position_embeddings=CONTEXT,
            tie_word_embeddings=False, bos_token_id=0, eos_token_id=END, pad_token_id=1,
        )
    )  # fmt: skip
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if weights.dim() > 1:
                weights.normal_(0, 0.18 if "layers" in name else 1.0)
        layer = model.model.layers[0]
        for residual in (layer.self_attn.o_proj.weight, layer.mlp.down_proj.weight):
            residual[:2] = 0  # the two dimensions below stay what the embedding says
        inward, outward = model.model.embed_tokens.weight, model.lm_head.weight
        outward.mul_(0.2)  # logits spread by about 1.5
        inward[:, 0], inward[:, 1] = 4.0, 0.0
        drawn = [END, TURN, WORDS_AT, *map(token_of, LETTERS.encode()), token_of(SPLIT[0])]
        outward[:, 0], outward[:, 1] = -12.0, 0.0
        outward[drawn, 0] = 0.0
        if padded:
            outward[-1, 0] = 0.4
        outward[[END, WORDS_AT, token_of(SPLIT[0])], 0] = 0.6  # often enough to be counted
        outward[TURN, 0] = -0.5  # and not always
        inward[token_of(SPLIT[0]), 1] = 16.0
        outward[token_of(SPLIT[1]), 1] = 20.0
    model.save_pretrained(str(folder))
    stated = {"eos_token_id": [END, 1], "bos_token_id": 0, "pad_token_id": 1, **generation}
    (folder / "generation_config.json").write_text(json.dumps(stated))
    return folder


@dataclass
class Truth:
    """The model's own distribution, from its weights. Logits of a text are computed once."""

    folder: Path
    _model: Any = None
    _known: dict[tuple[int, ...], "np.ndarray[Any, Any]"] = field(default_factory=dict)

    def logits(self, texts: Sequence[Sequence[int]]) -> "list[np.ndarray[Any, Any]]":
        """Of the token after each text; texts of one length go through the model together."""
        import torch
        from transformers import AutoModelForCausalLM

        if self._model is None:
            self._model = AutoModelForCausalLM.from_pretrained(str(self.folder), dtype=torch.float32).eval()
        new = [tuple(text) for text in texts if tuple(text) not in self._known]
        if new:
            with torch.inference_mode():
                found = self._model(input_ids=torch.tensor(new), use_cache=False).logits[:, -1]
            self._known.update(zip(new, found.double().numpy(), strict=True))
        return [self._known[tuple(text)] for text in texts]

    def next_tokens(
        self, texts: Sequence[Sequence[int]], decoding: Decoding, prompt: int
    ) -> "np.ndarray[Any, Any]":
        """Each text's distribution of the next token, (texts, vocabulary). prompt: tokens that are no answer."""
        rows = [penalised(logits, text[:prompt], text[prompt:], decoding)
                for logits, text in zip(self.logits(texts), texts, strict=True)]  # fmt: skip
        return np.stack([shares(row, decoding) for row in rows])

    def answers(
        self, prompt: Sequence[int], decoding: Decoding, ends: Sequence[int]
    ) -> dict[tuple[int, ...], float]:
        """Every answer of at most two tokens and its probability; an end token ends one and is not part of it."""
        whole = dict[tuple[int, ...], float]()
        (first,) = self.next_tokens([prompt], decoding, len(prompt))
        going = [int(t) for t in np.flatnonzero(first) if t not in ends]
        whole[()] = float(sum(first[t] for t in ends))
        second = self.next_tokens([[*prompt, t] for t in going], decoding, len(prompt))
        for token, row in zip(going, second, strict=True):
            for after in np.flatnonzero(row):
                answer = (token,) if after in ends else (token, int(after))
                whole[answer] = whole.get(answer, 0.0) + float(first[token] * row[after])
        return whole

    def greedy(
        self, prompt: Sequence[int], decoding: Decoding, ends: Sequence[int]
    ) -> tuple[list[int], bool]:
        """The likeliest tokens one after another, at most `max_tokens`, and whether that is the whole answer: where two
        tokens are all but equally likely rounding decides, so that what follows is nobody's fault.
        """
        answer: list[int] = []
        while len(answer) < decoding.max_tokens:
            (logits,) = self.logits([[*prompt, *answer]])
            row = penalised(logits, prompt, answer, decoding)
            second, best = np.sort(row)[-2:]
            if best - second < CLEAR:
                return answer, False
            if int(row.argmax()) in ends:
                break
            answer.append(int(row.argmax()))
        return answer, True


def shares(logits: "np.ndarray[Any, Any]", decoding: Decoding) -> "np.ndarray[Any, Any]":
    """The distribution in plain steps: temperature, min-p, top-k, top-p of what is left."""
    p = np.exp((logits - logits.max()) / decoding.temperature)
    p[p < decoding.min_p * p.max()] = 0
    order = np.argsort(-p, kind="stable")
    if decoding.top_k:
        p[order[decoding.top_k :]] = 0
    p /= p.sum()
    before = np.concatenate([[0.0], np.cumsum(p[order])[:-1]])
    p[order[before >= decoding.top_p]] = 0
    left: np.ndarray[Any, Any] = p / p.sum()
    return left


def penalised(
    logits: "np.ndarray[Any, Any]", prompt: Sequence[int], answer: Sequence[int], decoding: Decoding
) -> "np.ndarray[Any, Any]":
    """Logits after the penalties, token by token."""
    result = logits.copy()
    for token in {*prompt, *answer}:
        by = decoding.repetition_penalty
        result[token] = result[token] / by if result[token] > 0 else result[token] * by
    for token in set(answer):
        result[token] -= decoding.presence_penalty + decoding.frequency_penalty * list(answer).count(token)
    return result


def text_of(answer: Sequence[int], *, keep_special: bool = False) -> str:
    """The text of an answer; what is half a letter is the sign for it."""
    names = [*SPECIALS, *WORDS]
    pieces = [
        b"" if t >= VOCABULARY
        else bytes([t - FIRST_BYTE]) if t >= FIRST_BYTE
        else names[t].encode() if t >= len(SPECIALS) or keep_special
        else b""
        for t in answer
    ]  # fmt: skip
    return b"".join(pieces).decode("utf-8", errors="replace")
