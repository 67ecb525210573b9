"""decoding = "model": the model's own generation settings, as transformers applies them."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from modelassay.core.decoding import Decoding  # noqa: E402
from modelassay.core.errors import BackendError  # noqa: E402
from modelassay.sampling.generation_settings import (  # noqa: E402
    FILE,
    as_model_says,
    left_out,
    not_applied,
    stated_settings,
)
from support.chi_square import agreement  # noqa: E402
from support.exact_model import LIKE_QWEN, Truth, make_exact_model  # noqa: E402

ASKED = Decoding(temperature=0.3, top_p=0.5, max_tokens=33, top_k=7, stop=("x",), presence_penalty=0.5)


def stated(folder: Path, **settings: Any) -> Path:
    (folder / FILE).write_text(json.dumps(settings))
    return folder


def test_all_that_a_file_states_takes_the_place_of_the_plan(tmp_path: Path) -> None:
    """Settings like those of Qwen2.5-Coder; what says how long an answer is stays the plan's."""
    found = as_model_says(ASKED, stated(tmp_path, **LIKE_QWEN))
    assert (found.temperature, found.top_p, found.top_k, found.repetition_penalty) == (0.7, 0.8, 20, 1.1)
    assert (found.max_tokens, found.stop, found.presence_penalty) == (33, ("x",), 0.5)
    assert found.source == "model"
    assert left_out(tmp_path) == not_applied(tmp_path) == []


def test_what_a_sampling_file_leaves_out_is_the_library_s_default(tmp_path: Path) -> None:
    """Not the plan's: temperature 1, the whole nucleus, and the 50 likeliest tokens, which is named."""
    found = as_model_says(ASKED, stated(tmp_path, do_sample=True))
    assert (found.temperature, found.top_p, found.top_k, found.min_p) == (1.0, 1.0, 50, 0.0)
    assert left_out(tmp_path) == ["top_k = 50"]


def test_a_quantized_cache_is_not_used_and_is_named(tmp_path: Path) -> None:
    """The other kinds of cache hold what the model makes, so that nothing is lost without them."""
    assert not_applied(stated(tmp_path, cache_implementation="static")) == []
    assert not_applied(stated(tmp_path, cache_implementation="quantized")) == [
        "cache_implementation = 'quantized'"
    ]


@pytest.mark.parametrize(
    "settings", [{}, {"temperature": 0.7, "top_k": 20}, {"do_sample": False, "top_p": 0.8}]
)
def test_a_file_that_does_not_sample_is_greedy(tmp_path: Path, settings: dict[str, Any]) -> None:
    """As in transformers, whatever temperature stands beside it; the repetition penalty stays."""
    found = as_model_says(ASKED, stated(tmp_path, repetition_penalty=1.2, **settings))
    assert (found.temperature, found.top_p, found.top_k, found.repetition_penalty) == (0.0, 1.0, 0, 1.2)
    assert left_out(tmp_path) == []


def test_a_temperature_of_0_is_greedy(tmp_path: Path) -> None:
    """transformers refuses it where the file samples; nothing else can be meant."""
    found = as_model_says(ASKED, stated(tmp_path, do_sample=True, temperature=0.0, top_k=20, top_p=0.5))
    assert (found.temperature, found.top_p, found.top_k) == (0.0, 1.0, 0)


def test_a_null_is_what_is_not_stated(tmp_path: Path) -> None:
    """As in transformers, whose own defaults take its place."""
    found = as_model_says(ASKED, stated(tmp_path, do_sample=True, temperature=None, top_k=None, top_p=0.9))
    assert (found.temperature, found.top_p, found.top_k) == (1.0, 0.9, 50)
    assert left_out(tmp_path) == ["top_k = 50"]


def test_a_folder_without_the_file_is_greedy(tmp_path: Path) -> None:
    """transformers' own default."""
    assert stated_settings(tmp_path) == {}
    assert as_model_says(ASKED, tmp_path).temperature == 0.0


def test_settings_that_no_backend_here_applies_are_named(tmp_path: Path) -> None:
    """Beams and bans of n-grams; their neutral values are no reason to."""
    stated(tmp_path, num_beams=4, no_repeat_ngram_size=3, typical_p=1.0, suppress_tokens=[])
    assert not_applied(tmp_path) == ["num_beams = 4", "no_repeat_ngram_size = 3"]


@pytest.mark.parametrize(
    "written",
    [
        "[1]",
        "{",
        '{"do_sample": true, "top_p": "0.8"}',
        '{"do_sample": true, "temperature": NaN}',
        '{"do_sample": true, "temperature": Infinity}',
        '{"do_sample": true, "temperature": -0.5}',
        '{"do_sample": true, "top_p": 1.5}',
        '{"do_sample": true, "top_k": -1}',
        '{"do_sample": true, "top_k": 2.5}',
        '{"do_sample": true, "repetition_penalty": 0}',
    ],
)
def test_a_broken_file_is_one_line(tmp_path: Path, written: str) -> None:
    """It names the file."""
    (tmp_path / FILE).write_text(written)
    with pytest.raises(BackendError) as caught:
        as_model_says(ASKED, tmp_path)
    assert caught.value.path == str(tmp_path / FILE)


@pytest.mark.parametrize("settings", [{"do_sample": True}, LIKE_QWEN], ids=["nothing stated", "all stated"])
def test_transformers_draws_what_is_recorded(tmp_path: Path, settings: dict[str, Any]) -> None:
    """4,000 first tokens of `generate()` under the model's own settings have the distribution of that decoding."""
    from transformers import AutoModelForCausalLM

    folder = make_exact_model(tmp_path, **settings)
    prompt = [0, *range(70, 90)]
    model = AutoModelForCausalLM.from_pretrained(str(folder), dtype=torch.float32)
    torch.manual_seed(3)
    ids = torch.tensor([prompt])
    out = model.generate(
        ids, attention_mask=torch.ones_like(ids), num_return_sequences=4000, max_new_tokens=1
    )
    decoding = as_model_says(ASKED, folder)
    (shares,) = Truth(folder).next_tokens([prompt], decoding, len(prompt))
    expected = {token: float(share) for token, share in enumerate(shares) if share}
    assert agreement(Counter(out[:, -1].tolist()), expected) > 1e-5
    assert len(expected) == decoding.top_k if settings == {"do_sample": True} else len(expected) <= 20
