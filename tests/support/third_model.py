"""A third model to hold backends against: another family, and a tokenizer of LlamaTokenizer's class that has merges.

Gemma (scaled embeddings, tied to the output, norms about 1, one head of keys and values, two layers). The tokenizer begins every text with
its BOS, and the chat template writes it, too: a prompt has one. Its generation settings are none of the other models'.
"""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from modelassay.sources.problems.problem_sets import load_problem_set

SPECIALS = ["<unk>", "<s>", "</s>", "<|turn|>"]
BOS, END, TURN = 1, 2, 3
ENDS = (END,)
FIRST_BYTE, FIRST_LETTER = len(SPECIALS), len(SPECIALS) + 256
VOCABULARY, CONTEXT = 512, 1024
BLANK = "\u2581"
TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}[{{ m.role }}] {{ m.content }} {% endfor %}"
    "{% if add_generation_prompt %}[answer]{% endif %}"
)
# None is in force unless a plan asks for it; the last test asks for them.
SETTINGS: dict[str, Any] = {
    "do_sample": True,
    "temperature": 0.7,
    "top_k": 20,
    "min_p": 0.05,
    "repetition_penalty": 1.1,
}


def make_third_tokenizer(folder: Path) -> list[str]:
    """Pairs of letters merged as they are frequent in the built-in problems; its tokens by number."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import LlamaTokenizer

    inner = Tokenizer(models.BPE(byte_fallback=True, fuse_unk=True))
    inner.pre_tokenizer = pre_tokenizers.Metaspace(replacement=BLANK, prepend_scheme="first", split=True)
    numbered = [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=[*SPECIALS, *numbered], show_progress=False,
        initial_alphabet=[chr(code) for code in range(33, 127)],
    )  # fmt: skip
    written = [p.prompt for p in load_problem_set("starter", offline=True).problems]
    inner.train_from_iterator(written, trainer)
    learnt = json.loads(inner.to_str())["model"]
    assert len(learnt["vocab"]) == VOCABULARY
    tokenizer = LlamaTokenizer(
        vocab=learnt["vocab"], merges=[tuple(pair) for pair in learnt["merges"]], add_bos_token=True,
        additional_special_tokens=["<|turn|>"], model_max_length=CONTEXT,
    )  # fmt: skip
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(str(folder))
    return sorted(learnt["vocab"], key=learnt["vocab"].__getitem__)


def make_third_model(folder: Path) -> Path:
    """The model as a folder of the Hub's layout."""
    import torch
    from transformers import GemmaConfig, GemmaForCausalLM

    tokens = make_third_tokenizer(folder)
    torch.manual_seed(17)
    model = GemmaForCausalLM(
        GemmaConfig(
            vocab_size=VOCABULARY, hidden_size=128, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=1, head_dim=32, max_position_embeddings=CONTEXT, tie_word_embeddings=True,
            bos_token_id=BOS, eos_token_id=END, pad_token_id=0,
        )
    )  # fmt: skip
    # A line break is among them, since prompts end in one: what is never drawn would be followed by its like.
    drawn = [END, TURN, FIRST_BYTE + ord("\n"), *range(FIRST_LETTER, VOCABULARY)]
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if weights.dim() > 1:
                weights.normal_(0, 0.2 if "layers" in name else 0.06)
            else:  # a norm's
                weights.normal_(0, 0.1)
        for layer in model.model.layers:
            layer.self_attn.o_proj.weight[0] = layer.mlp.down_proj.weight[0] = 0
        model.model.norm.weight.add_(1)  # logits spread by about 1.4
        # The embedding is the output, too: whoever is drawn has a first dimension that draws its like.
        shown = model.model.embed_tokens.weight
        shown[:, 0] = -8.0
        shown[drawn, 0] = 1.0
        shown[[END, TURN]] *= 0.3
        shown[[END, TURN], 0] = 1.7  # often enough to be counted
    assert len(tokens) == VOCABULARY
    model.save_pretrained(str(folder))
    (folder / "generation_config.json").write_text(
        json.dumps({"bos_token_id": BOS, "eos_token_id": END, **SETTINGS})
    )
    return folder


@cache
def _pieces(folder: Path) -> dict[int, str]:
    vocabulary = json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]
    return {at: piece for piece, at in vocabulary.items()}


def text_of(answer: Sequence[int], folder: Path, *, keep_special: bool = False) -> str:
    """The text of an answer that follows a prompt, from the pieces in the folder's file."""
    pieces, text = _pieces(folder), b""
    for token in answer:
        if token < FIRST_BYTE:
            text += pieces[token].encode() if keep_special else b""
        elif token < FIRST_LETTER:
            text += bytes([token - FIRST_BYTE])
        else:
            text += pieces[token].replace(BLANK, " ").encode()
    return text.decode("utf-8", errors="replace")
