"""Another model to hold backends against: what the exact one has not, in one folder.

A tokenizer as SentencePiece's (blanks as `\u2581`, one put before every text, bytes for letters it lacks), a vocabulary padded beyond it, whose
last token may be drawn, three end tokens of which one is a word and one is no special token, a chat template with a BOS and a system prompt of
its own, and generation settings of every kind that a server might take from its files.
"""

import json
from pathlib import Path
from typing import Any

from support.exact_model import (
    END,
    FIRST_BYTE,
    SPECIALS,
    WORDS,
    WORDS_AT,
    make_exact_model,
    save_tokenizer,
    token_of,
)

PADDED = 58
WORD_END = WORDS_AT + 1  # `</think>`, which is text as any other
ENDS = (END, 1, WORD_END)
TEMPLATE = (
    "{{ bos_token }}{% if messages[0].role != 'system' %}<|im_start|>system\nYou write programs.<|im_end|>\n{% endif %}"
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
# None is in force unless a plan asks for it. What `transformers serve` cannot be told away is not among them.
SETTINGS: dict[str, Any] = {
    "do_sample": True, "temperature": 0.1, "top_p": 0.3, "top_k": 3, "min_p": 0.4, "typical_p": 0.3, "repetition_penalty": 1.3,
    "presence_penalty": 1.5, "frequency_penalty": 1.5, "epsilon_cutoff": 0.02, "eta_cutoff": 0.02,
    "no_repeat_ngram_size": 2, "min_length": 500, "min_new_tokens": 5, "max_new_tokens": 500,
    "suppress_tokens": [token_of(c) for c in b"abEZ"], "begin_suppress_tokens": [token_of(c) for c in b"Evu"],
    "bad_words_ids": [[token_of(c)] for c in b"cdFY"], "sequence_bias": [[[token_of(ord("f"))], 5.0]],
    "forced_bos_token_id": token_of(ord("g")),
    "exponential_decay_length_penalty": [0, 1.5], "eos_token_id": list(ENDS),
}  # fmt: skip


def piece_of(byte: int) -> str:
    """What SentencePiece writes for a byte: the letter where it is one, a blank's mark, or the byte's number."""
    if byte == ord(" "):
        return "\u2581"
    return chr(byte) if 33 <= byte < 127 and chr(byte) not in "<>" else f"<0x{byte:02X}>"


def make_other_tokenizer(folder: Path) -> None:
    """One token per byte, as in the exact model, and the same numbers."""
    from tokenizers import Tokenizer, decoders, models, normalizers

    names = [*SPECIALS, *WORDS, *map(piece_of, range(256))]
    assert len(set(names)) == FIRST_BYTE + 256
    vocabulary = {name: at for at, name in enumerate(names)}
    inner = Tokenizer(models.BPE(vocabulary, [], byte_fallback=True, fuse_unk=True))
    inner.normalizer = normalizers.Sequence(
        [normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")]
    )
    inner.decoder = decoders.Sequence(
        [decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    save_tokenizer(inner, TEMPLATE, folder)


def make_other_model(folder: Path) -> Path:
    """The model as a folder of the Hub's layout."""
    make_exact_model(folder, padded=PADDED, **SETTINGS)
    make_other_tokenizer(folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "eos_token_id": list(ENDS)}))
    return folder
