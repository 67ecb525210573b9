"""Models small enough to make on the spot: real architectures and tokenizers, random weights."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelassay.core.decoding import Decoding
from modelassay.core.measured import SamplingPlan
from modelassay.core.problems import Problem
from modelassay.sampling.model_files import model_sha256
from modelassay.sampling.protocols import find_protocol
from modelassay.sources.problems.problem_sets import load_problem_set
from support.workers import made_once, shared_folder

CHAT_TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}<|{{ m.role }}|>\n{{ m.content | trim }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)


def make_tokenizer(folder: Path, *, chat: bool = True, adds_bos: bool = True) -> Any:
    """A byte-level BPE tokenizer trained on a little code, saved into the folder."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    specials = ["<s>", "</s>", "<|end|>", "<|user|>", "<|assistant|>"]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=specials, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    code = "def add(a, b):\n    return a + b\n\n\nclass A:\n    pass\nif x:\n    print(x)\n# note\n"
    tokenizer.train_from_iterator([code * 5, "Write a function to add two numbers. " * 5], trainer)
    if adds_bos:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="<s> $A", pair="<s> $A $B", special_tokens=[("<s>", 0)]
        )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        additional_special_tokens=specials[2:],
    )
    if chat:
        fast.chat_template = CHAT_TEMPLATE
    fast.save_pretrained(str(folder))
    return fast


def make_model(folder: Path, config: Any = None, **tokenizer_options: Any) -> Path:
    """A model with random weights and its tokenizer, as a folder of the Hub's layout."""
    import torch
    from transformers import AutoModelForCausalLM, GenerationConfig, LlamaConfig

    tokenizer = make_tokenizer(folder, **tokenizer_options)
    config = config or LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        bos_token_id=0,
        eos_token_id=1,
    )
    torch.manual_seed(7)
    model = AutoModelForCausalLM.from_config(config)
    with torch.no_grad():  # sharper than random initialisation, so that samples differ but are not noise
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, 0.3)
    model.generation_config = GenerationConfig(eos_token_id=[1, 2], bos_token_id=0)
    model.save_pretrained(str(folder))
    return folder


@pytest.fixture(scope="session")
def tiny_model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A two-layer Llama with a chat template, made once for all processes of a run."""
    return made_once(shared_folder(request.config, tmp_path_factory), "tiny-llama", make_model)


@pytest.fixture(scope="session")
def starter() -> dict[str, Problem]:
    """The starter problems by id."""
    return {problem.id: problem for problem in load_problem_set("starter", offline=True).problems}


@pytest.fixture(scope="session")
def make_plan(starter: dict[str, Problem]) -> Callable[..., SamplingPlan]:
    """Plans for a tiny model over the first starter problems."""

    def plan(
        path: Path, *, problems: int = 5, samples: int = 6, seed: int = 1, **options: Any
    ) -> SamplingPlan:
        protocol = find_protocol(options.get("protocol", "completion"))
        return SamplingPlan(
            model="tiny",
            model_sha256=model_sha256(path),
            backend="transformers",
            benchmark="starter",
            benchmark_version="1",
            benchmark_sha256="0" * 64,
            problems=tuple(list(starter)[:problems]),
            protocol=protocol.name,
            protocol_sha256=protocol.sha256,
            samples_per_problem=samples,
            decoding=Decoding(
                temperature=options.get("temperature", 0.8),
                top_p=options.get("top_p", 0.95),
                max_tokens=options.get("max_tokens", 24),
                stop=options.get("stop", ()),
                keep_special_tokens=options.get("keep_special_tokens", False),
            ),
            seed=seed,
        )

    return plan


@pytest.fixture(scope="session")
def model_maker() -> Callable[..., Path]:
    """`make_model`, for tests that need a model of their own."""
    return make_model


@pytest.fixture
def rows_fed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows each pass through a model had after those that read the prompts, as it goes on."""
    pytest.importorskip("torch")
    from modelassay.sampling.shared_prefix_rows import RunningRows

    fed: list[int] = []
    advance = RunningRows.advance

    def counted(rows: RunningRows, branches: Any) -> None:
        advance(rows, branches)
        fed.append(len(rows.logits))

    monkeypatch.setattr(RunningRows, "advance", counted)
    return fed
