"""A model folder's own tokenizer, whatever class its configuration names."""

import json
from pathlib import Path

import pytest

from modelassay.core.errors import BackendError
from modelassay.sampling.model_files import load_tokenizer
from modelassay.sampling.rendering import encode

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


def _sentencepiece_folder(path: Path, *, legacy: bool) -> Path:
    """A LlamaTokenizer as transformers 5 writes it, or with the rules of older files: a blank before every piece of text,
    also after a special token. It begins text with its BOS, which its template writes, too.
    """
    from support.third_model import make_third_tokenizer

    make_third_tokenizer(path)
    file = path / "tokenizer.json"
    written = json.loads(file.read_text())
    if legacy:
        blank = {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}
        written["normalizer"] = {
            "type": "Sequence",
            "normalizers": [{"type": "Prepend", "prepend": "\u2581"}, blank],
        }
        written["pre_tokenizer"] = None
    file.write_text(json.dumps(written))
    (path / "model.safetensors").touch()
    (path / "config.json").write_text(json.dumps({"model_type": "llama"}))
    return path


@pytest.mark.parametrize(("legacy", "blanks"), [(False, 0), (True, 1)])
def test_a_llama_tokenizer_s_file_decides_on_its_blanks(tmp_path: Path, legacy: bool, blanks: int) -> None:
    """Whichever rules its file has hold, in text and behind the BOS that a template writes, which is there once."""
    from tokenizers import Tokenizer

    loaded = load_tokenizer(_sentencepiece_folder(tmp_path, legacy=legacy))
    alone = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    assert encode("def f(x):", loaded, templated=False) == alone.encode("def f(x):").ids
    chat = loaded.apply_chat_template([{"role": "user", "content": "x\n  é"}], tokenize=False)
    ids = encode(chat, loaded, templated=True)
    assert ids == alone.encode(chat, add_special_tokens=False).ids
    assert ids.count(loaded.bos_token_id) == 1
    assert loaded.convert_ids_to_tokens(ids)[1:3].count("\u2581") == blanks


def test_a_sentencepiece_file_alone_says_what_it_needs(tmp_path: Path) -> None:
    """transformers reads it with packages that are not installed here, and speaks of another format."""
    (tmp_path / "tokenizer.model").write_bytes(b"\x0a\x05\x0a\x03abc")
    (tmp_path / "model.safetensors").touch()
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "llama"}))
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "LlamaTokenizer"}))
    with pytest.raises(BackendError) as raised:
        load_tokenizer(tmp_path)
    assert "pip install sentencepiece protobuf" in str(raised.value.hint)
