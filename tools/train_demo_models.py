"""Train the two demo models from scratch and write them to examples/models.

    python tools/train_demo_models.py                 # both, about 15 minutes on two idle cores
    python tools/train_demo_models.py --only base

Everything is made here: the tasks (demo_tasks), the tokenizer, the weights. The starter problems are held out
(demo_corpus): no text, name, program or behaviour of theirs is trained on; the script asserts it.
"""

import argparse
import copy
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from demo_cards import card
from demo_corpus import assert_held_out, draw_corpus
from demo_tasks.draft import Task
from demo_training import Settings, chat_text, completion_text, rows_of, train
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

END, PAD, TURN, TURN_END = "<|endoftext|>", "<|pad|>", "<|turn|>", "<|end|>"
CHAT_TEMPLATE = (
    "{% for message in messages %}<|turn|>{{ message['role'] }}\n{{ message['content'] }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|turn|>assistant\n{% endif %}"
)
VOCABULARY = 1024
TOKENIZER_TASKS = 7_000
# What the BPE may merge: the fixed lines of the two prompt forms and the commonest idioms as wholes, then line breaks
# with their indentation, words with one space before them, single digits, and runs of punctuation.
PIECES = (
    r"Write a Python function for this task\.\n\n|\n\nAnswer with the whole function in one code block, and keep this signature:\n"
    r"|Write a function to|\n    \"\"\"\n    return|\n    \"\"\"\n?| for [a-z] in|```python\n|\n *return|\n *| {2,}return| {2,}| ?[A-Za-z]+| ?[0-9]| ?[^\sA-Za-z0-9]+| "
)
SEED = 20261123


@dataclass(frozen=True)
class Recipe:
    """One model: its shape, its data and how it is trained."""

    name: str
    chat: bool
    hidden: int
    layers: int
    heads: int
    kv_heads: int
    inner: int
    tasks: int
    settings: Settings
    dtype: torch.dtype
    generation: dict[str, float]


BASE = Recipe(
    "demo-base-0.5m", False, 112, 3, 4, 2, 288, 10_000, Settings(32, 4e-3, 4e-3, 0.1), torch.float32,
    {"temperature": 0.8, "top_p": 0.95, "top_k": 0},
)  # fmt: skip
INSTRUCT = Recipe(
    "demo-instruct-3m", True, 256, 4, 8, 4, 576, 40_000, Settings(32, 3e-3, 3e-3, 0.1), torch.bfloat16,
    # As small instruct models state them: whoever leaves one of them in force measures another distribution.
    {"temperature": 0.7, "top_p": 0.8, "top_k": 20, "repetition_penalty": 1.1},
)  # fmt: skip


def make_tokenizer(tasks: list[Task], *, chat: bool) -> PreTrainedTokenizerFast:
    """A byte-level BPE of VOCABULARY tokens, trained on tasks; digits stay single."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PIECES), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    bpe.decoder = decoders.ByteLevel()
    special = [END, PAD, TURN, TURN_END]
    fast = PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        eos_token=TURN_END if chat else END,
        pad_token=PAD,
        model_max_length=512,
        padding_side="left",
    )
    fast.chat_template = CHAT_TEMPLATE
    texts = [
        text
        for task in tasks[:TOKENIZER_TASKS]
        for text in ("".join(completion_text(task)), "".join(chat_text(task, fast)))
    ]
    for token in special:
        texts = [text.replace(token, "") for text in texts]
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        eos_token=TURN_END if chat else END,
        pad_token=PAD,
        model_max_length=512,
        padding_side="left",
        chat_template=CHAT_TEMPLATE if chat else None,
        clean_up_tokenization_spaces=False,
    )


def make_model(recipe: Recipe, tokenizer: PreTrainedTokenizerFast) -> Any:
    """An untrained Llama of the recipe's shape, with tied embeddings."""
    torch.manual_seed(SEED)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=recipe.hidden,
            num_hidden_layers=recipe.layers,
            num_attention_heads=recipe.heads,
            num_key_value_heads=recipe.kv_heads,
            intermediate_size=recipe.inner,
            max_position_embeddings=512,
            tie_word_embeddings=True,
            initializer_range=0.04,
            bos_token_id=None,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def save(
    model: Any, tokenizer: PreTrainedTokenizerFast, recipe: Recipe, folder: Path, seconds: float
) -> None:
    """Write weights, tokenizer, generation settings and card, as a hub model has them."""
    model.generation_config = GenerationConfig(
        do_sample=True, max_new_tokens=120, **recipe.generation,
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    copy.deepcopy(model).to(recipe.dtype).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    settings = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    settings.pop("backend", None)
    settings["tokenizer_class"] = "PreTrainedTokenizerFast"  # the name that older readers know as well
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    parameters = sum(p.numel() for p in model.parameters())
    (folder / "README.md").write_text(card(recipe, parameters, SEED, seconds), encoding="utf-8")


def build(recipe: Recipe, tasks: list[Task], folder: Path) -> None:
    """Train one model and write it."""
    started = time.monotonic()
    tokenizer = make_tokenizer(tasks, chat=recipe.chat)
    model = make_model(recipe, tokenizer)
    tasks = tasks[: recipe.tasks]
    rows = rows_of(tasks, tokenizer, chat=recipe.chat)
    size = sum(p.numel() for p in model.parameters())
    mean = sum(len(row.ids) for row in rows) / len(rows)
    sys.stdout.write(f"{recipe.name}: {size} parameters, {len(rows)} tasks, {mean:.0f} tokens per task\n")

    def keep() -> None:
        save(model, tokenizer, recipe, folder / recipe.name, time.monotonic() - started)

    train(model, rows, recipe.settings, SEED, sys.stdout.write, keep)
    keep()


def main() -> None:
    """Draw the tasks, check that the starter problems are held out, train, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).resolve().parents[1] / "examples" / "models"
    )
    parser.add_argument("--only", choices=["base", "instruct"])
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    torch.set_num_threads(options.threads)
    recipes = [r for r in (BASE, INSTRUCT) if options.only is None or r.chat == (options.only == "instruct")]
    tasks, holdout = draw_corpus(SEED, max(r.tasks for r in (BASE, INSTRUCT)))
    assert_held_out(tasks, holdout)
    sys.stdout.write(f"{len(tasks)} tasks; refused because they show a starter problem: {holdout.refused}\n")
    for recipe in recipes:
        build(recipe, tasks, options.out)


if __name__ == "__main__":
    main()
