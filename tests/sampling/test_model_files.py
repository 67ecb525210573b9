"""A model folder's own tokenizer, whatever class its configuration names."""

import json
from pathlib import Path

import pytest

from modelassay.sampling.model_files import load_tokenizer

TEXT = "x = [\n        1,\n        22,\n\n3]\n  é"


def _folder(path: Path, architecture: str, name: str) -> list[int]:
    """A folder whose tokenizer sets digits apart before the merges; the tokens of TEXT by that tokenizer alone."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=330, special_tokens=["<|end|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator([f"    table = {TEXT}"] * 9, trainer)
    tokenizer.save(str(path / "tokenizer.json"))
    (path / "model.safetensors").touch()
    (path / "config.json").write_text(json.dumps({"model_type": architecture}))
    (path / "tokenizer_config.json").write_text(
        json.dumps(
            {"tokenizer_class": name, "eos_token": "<|end|>", "chat_template": "{{ messages[0].content }}"}
        )
    )
    return list(tokenizer.encode(TEXT).ids)


@pytest.mark.parametrize(
    ("architecture", "name"),
    [
        ("starcoder2", "GPT2Tokenizer"),
        ("llama", "GPT2TokenizerFast"),
        ("qwen2", "Qwen2Tokenizer"),
        ("llama", "PreTrainedTokenizerFast"),
    ],
)
def test_the_file_decides_how_text_is_split(tmp_path: Path, architecture: str, name: str) -> None:
    """A class that brings its own pre-tokenizer does not replace the one in tokenizer.json."""
    expected = _folder(tmp_path, architecture, name)
    tokenizer = load_tokenizer(tmp_path)
    assert list(tokenizer(TEXT)["input_ids"]) == expected
    assert tokenizer.decode(expected, clean_up_tokenization_spaces=False) == TEXT
    assert tokenizer.eos_token == "<|end|>"
    assert tokenizer.chat_template == "{{ messages[0].content }}"
