"""The model cards of the demo models."""

from typing import Any


def card(recipe: Any, parameters: int, seed: int, seconds: float) -> str:
    """README.md of a demo model, with the metadata a hub card has."""
    kind = "instruct" if recipe.chat else "base"
    use = (
        "It answers one user turn (a task in words and a signature) with a fenced Python function; the chat template is in the tokenizer's files."
        if recipe.chat
        else "It continues `def name(args):` and a docstring with the body of the function, and then stops."
    )
    return f"""---
license: apache-2.0
library_name: transformers
pipeline_tag: text-generation
language: en
tags: [code, demo]
---
# {recipe.name}

A **demo model**, for trying out modelassay on any machine. It is no use for programming.

- Kind: {kind}. {use}
- Architecture: Llama, {parameters:,} parameters ({recipe.layers} layers, width {recipe.hidden}, {recipe.heads} heads, tied embeddings), a byte-level BPE of 1,024 tokens, context 512.
- Training: from scratch, on {recipe.tasks:,} tasks that `tools/train_demo_models.py` draws from a grammar, one pass, seed {seed}, {seconds / 60:.0f} minutes on two CPU cores.
- Held out: the `starter` problems. No task was trained on that has the text, the function name or the program of one of them, or that passes its tests. The grammar does cover neighbouring tasks; see docs/demo-models.md.
- Measured with temperature 0.8, top-p 0.95, at most 120 new tokens (docs/demo-models.md); `generation_config.json` states settings of its own.
- Licence: Apache-2.0, as the project.
"""
