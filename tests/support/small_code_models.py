"""Random-weight models of every architecture in examples/small-code-models.toml, for the local Hub to serve under its ids.

Each has the traits of the real configuration that change how it is run (grouped attention, tied embeddings, one key-value
head, scaled positions), two layers, and the demo models' tokenizer. What the example says of each repository holds
here, too: a chat template where it is asked as a chat model, pickled weights where it has nothing else, the gated one gated.
"""

import shutil
from pathlib import Path
from typing import Any

from support.hub import Hub

EXAMPLES = Path(__file__).parents[2] / "examples"
TOKEN = "hf_granted"
_SHAPE: dict[str, Any] = {
    "vocab_size": 1024, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
    "max_position_embeddings": 4096, "bos_token_id": 0, "eos_token_id": 3, "pad_token_id": 1,
}  # fmt: skip
_LLAMA = {"model_type": "llama", "rope_theta": 1e6, "tie_word_embeddings": False}
_GRANITE = {"model_type": "llama", "attention_bias": True, "mlp_bias": True, "tie_word_embeddings": True}
_STARCODER = {"model_type": "starcoder2", "num_key_value_heads": 2, "sliding_window": 4096, "use_bias": True}
_GEMMA = {"model_type": "gemma", "num_key_value_heads": 1, "head_dim": 16}

# Hub id → what its configuration has beside the shape, and whether it has a chat template.
MODELS: dict[str, tuple[dict[str, Any], bool]] = {
    "deepseek-ai/deepseek-coder-1.3b-instruct": (
        {**_LLAMA, "rope_scaling": {"rope_type": "linear", "factor": 4.0}, "rope_theta": 1e5}, True,
    ),
    "Qwen/Qwen2.5-Coder-1.5B-Instruct": (
        {"model_type": "qwen2", "num_key_value_heads": 2, "tie_word_embeddings": True}, True,
    ),
    "bigcode/starcoder2-3b": (_STARCODER, False),
    "TechxGenus/starcoder2-3b-instruct": (_STARCODER, True),
    "google/codegemma-2b": (_GEMMA, False),
    "TechxGenus/CodeGemma-2b": (_GEMMA, True),
    "yulan-team/YuLan-Mini-Instruct": ({**_LLAMA, "num_key_value_heads": 2, "attention_bias": True}, True),
    "ibm-granite/granite-3b-code-base-2k": (_GRANITE, False),
    "ibm-granite/granite-3b-code-instruct-2k": (_GRANITE, True),
    "upiter/TinyCodeLM-400M-LintSeqInstruct": ({"model_type": "olmo"}, False),
    "codellama/CodeLlama-7b-Instruct-hf": (_LLAMA, True),
}  # fmt: skip


def make_small_model(folder: Path, config: dict[str, Any], *, chat: bool, pickled: bool = False) -> Path:
    """A model folder with random weights, as transformers writes it."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    demo = EXAMPLES / "models" / ("demo-instruct-3m" if chat else "demo-base-0.5m")
    torch.manual_seed(7)
    written = {**_SHAPE, **config}
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(written.pop("model_type"), **written))
    model.save_pretrained(str(folder))
    if pickled:
        torch.save(model.state_dict(), folder / "pytorch_model.bin")
        (folder / "model.safetensors").unlink()
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        if (demo / name).is_file():
            shutil.copy(demo / name, folder / name)
    return folder


def serve_small_models(hub: Hub, folder: Path) -> None:
    """Put all of them on a local Hub."""
    for name, (config, chat) in MODELS.items():
        made = make_small_model(
            folder / name.replace("/", "--"), config, chat=chat, pickled=name.startswith("upiter/")
        )
        hub.add_folder(name, made)
    hub.repos["google/codegemma-2b"].gated = "manual"
    hub.repos["google/codegemma-2b"].granted = {TOKEN}
