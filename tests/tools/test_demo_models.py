"""The demo models as they are shipped: size, architecture, tokenizer, chat template, and that they answer."""

import ast
import json
import struct
from pathlib import Path
from typing import Any

import pytest

from modelassay.sampling.protocols import chat_messages, completion_prompt

transformers = pytest.importorskip("transformers")
torch = pytest.importorskip("torch")

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "models"
BASE, INSTRUCT = FOLDER / "demo-base-0.5m", FOLDER / "demo-instruct-3m"
MODELS = pytest.mark.parametrize("path", [BASE, INSTRUCT], ids=lambda path: path.name)
TASKS = (
    ("def sum_of_evens(numbers):", "Write a function to return the sum of the even numbers in a list."),
    (
        "def long_words(words):",
        "Write a function to return the words in a list that have more than 3 letters.",
    ),
    ("def count_vowels(text):", "Write a function to count the vowels of a text."),
)


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test here may reach for a network."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def load(path: Path) -> tuple[Any, Any]:
    """Model and tokenizer, as a hub model is loaded."""
    model = transformers.AutoModelForCausalLM.from_pretrained(path, local_files_only=True).eval()
    return model, transformers.AutoTokenizer.from_pretrained(path, local_files_only=True)


def tensors_in(path: Path) -> dict[str, Any]:
    """The header of a safetensors file: names, types and shapes."""
    with (path / "model.safetensors").open("rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        header: dict[str, Any] = json.loads(file.read(size))
    return {name: entry for name, entry in header.items() if name != "__metadata__"}


@MODELS
def test_folder_is_a_hub_model_of_at_most_six_megabytes(path: Path) -> None:
    """The files a hub model has, no code, at most 6 MB together."""
    names = {file.name for file in path.iterdir()}
    expected = {
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    }
    assert expected | {"README.md"} <= names
    assert not any(name.endswith((".py", ".bin", ".pt")) for name in names)
    assert sum(file.stat().st_size for file in path.iterdir()) <= 6_000_000


@pytest.mark.parametrize(
    ("path", "low", "high", "dtype"), [(BASE, 4e5, 6e5, "F32"), (INSTRUCT, 2.6e6, 3.2e6, "BF16")]
)
def test_parameters(path: Path, low: float, high: float, dtype: str) -> None:
    """About 0.5 M parameters in float32 and about 3 M in bfloat16, counted in the file itself."""
    tensors = tensors_in(path)
    total = 0
    for entry in tensors.values():
        assert entry["dtype"] == dtype
        count = 1
        for extent in entry["shape"]:
            count *= extent
        total += count
    assert low <= total <= high


@MODELS
def test_configuration(path: Path) -> None:
    """A Llama with tied embeddings, an end token that generation stops at, and sampling settings."""
    config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    assert config["architectures"] == ["LlamaForCausalLM"]
    assert config["tie_word_embeddings"] is True
    tokenizer = transformers.AutoTokenizer.from_pretrained(path, local_files_only=True)
    generation = json.loads((path / "generation_config.json").read_text(encoding="utf-8"))
    assert generation["eos_token_id"] == tokenizer.eos_token_id == config["eos_token_id"]
    assert generation["pad_token_id"] == tokenizer.pad_token_id != tokenizer.eos_token_id
    stated = {name: generation.get(name) for name in ("temperature", "top_p", "top_k", "repetition_penalty")}
    if (
        "instruct" in path.name
    ):  # as small instruct models have it, so that what is left to the model is found out
        assert stated == {"temperature": 0.7, "top_p": 0.8, "top_k": 20, "repetition_penalty": 1.1}
    else:
        assert stated == {"temperature": 0.8, "top_p": 0.95, "top_k": 0, "repetition_penalty": None}


@MODELS
def test_tokenizer_gives_back_every_text(path: Path) -> None:
    """Bytes are its alphabet, so nothing is lost: other scripts, tabs, odd spaces, emoji."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(path, local_files_only=True)
    assert len(tokenizer) == 1024
    for text in (
        "def f(x):\n    return x ** 2\n",
        "  two  spaces\t tab\r\n\n\n",
        "naïve 東京 🦙 1234567",
        "a\"\"\"b'''",
        "",
    ):
        assert tokenizer.decode(tokenizer(text)["input_ids"]) == text


def test_only_the_instruct_model_has_a_chat_template() -> None:
    """The base model has none; the other's wraps the project's chat prompt in its own special tokens."""
    base = transformers.AutoTokenizer.from_pretrained(BASE, local_files_only=True)
    assert base.chat_template is None
    chat = transformers.AutoTokenizer.from_pretrained(INSTRUCT, local_files_only=True)
    messages = chat_messages(*TASKS[0])
    text = chat.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert text == f"<|turn|>user\n{messages[0]['content']}<|end|>\n<|turn|>assistant\n"
    assert chat.eos_token == "<|end|>"


def test_base_model_continues_with_bodies_that_parse() -> None:
    """Greedy: the prompt and its continuation are a function that parses, and the model stops by itself."""
    model, tokenizer = load(BASE)
    for signature, text in TASKS:
        prompt = completion_prompt(signature, text)
        inputs = tokenizer(prompt, return_tensors="pt", add_special_tokens=False)
        row = model.generate(**inputs, do_sample=False, temperature=None, top_p=None, max_new_tokens=120)[0]
        assert row[-1] == tokenizer.eos_token_id
        ast.parse(prompt + tokenizer.decode(row[inputs["input_ids"].shape[1] :], skip_special_tokens=True))


@pytest.mark.parametrize(("signature", "text"), TASKS)
def test_instruct_model_answers_with_a_fenced_function(signature: str, text: str) -> None:
    """Greedy: one fenced block with a function of the signature asked for, and the model stops by itself."""
    model, tokenizer = load(INSTRUCT)
    messages = chat_messages(signature, text)
    inputs = tokenizer.apply_chat_template(
        messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    row = model.generate(**inputs, do_sample=False, temperature=None, top_p=None, max_new_tokens=120)[0]
    assert row[-1] == tokenizer.eos_token_id
    answer = tokenizer.decode(row[inputs["input_ids"].shape[1] :], skip_special_tokens=True)
    assert answer.startswith(f"```python\n{signature}\n")
    assert answer.endswith("```")
    ast.parse(answer.removeprefix("```python\n").removesuffix("```"))
