"""Every family of small code models loads by its own architecture and is sampled as transformers would."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from modelassay.core.measured import SamplingPlan  # noqa: E402
from modelassay.core.problems import Problem  # noqa: E402
from modelassay.sampling.memory_check import Trial, find_memory  # noqa: E402
from modelassay.sampling.row_memory import Memory  # noqa: E402
from modelassay.sampling.sampler import remaining  # noqa: E402
from modelassay.sampling.shared_prompts import ATTENTION  # noqa: E402
from modelassay.sampling.stop_texts import cut_at, whole_letters  # noqa: E402
from modelassay.sampling.token_sampling import choose, uniforms  # noqa: E402
from modelassay.sampling.transformers_engine import Batching, TransformersSampler  # noqa: E402

_COMMON = {
    "vocab_size": 405,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 512,
    "bos_token_id": 0,
    "eos_token_id": 1,
    "pad_token_id": 1,
}
_GROUPED = {**_COMMON, "num_key_value_heads": 2}

# model_type → what its real configuration has beside the shape: the traits that change how it is run.
FAMILIES: dict[str, dict[str, Any]] = {
    "llama": {**_GROUPED, "rope_theta": 100000.0, "tie_word_embeddings": False},
    "qwen2": {**_GROUPED, "tie_word_embeddings": True, "use_sliding_window": False},
    "starcoder2": {**_GROUPED, "sliding_window": 4096, "use_bias": True},
    "gemma": {**_COMMON, "num_key_value_heads": 1, "head_dim": 16},
    "gpt_neox": {**_COMMON, "rotary_pct": 0.25, "use_parallel_residual": True},
    "olmo": {**_COMMON, "clip_qkv": None},
    "phi": {**_COMMON, "partial_rotary_factor": 0.5},
    "granite": {**_GROUPED, "logits_scaling": 2.0, "residual_multiplier": 0.5},
    "qwen3": {**_GROUPED, "head_dim": 8},
    "gemma2": {**_GROUPED, "head_dim": 16, "sliding_window": 16, "attn_logit_softcapping": 50.0},
    "gpt_bigcode": {
        "vocab_size": 405,
        "n_embd": 32,
        "n_layer": 2,
        "n_head": 4,
        "n_positions": 512,
        "bos_token_id": 0,
        "eos_token_id": 1,
    },
}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_is_sampled_as_transformers_generates(
    family: str,
    tmp_path: Path,
    model_maker: Callable[..., Path],
    make_plan: Callable[..., SamplingPlan],
    starter: dict[str, Problem],
) -> None:
    """In a padded batch, which others join as answers end, every greedy answer is generate()'s own, token by token."""
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    path = model_maker(tmp_path, AutoConfig.for_model(family, **FAMILIES[family]))
    ends = [1, 2, *range(5, AutoConfig.from_pretrained(path).get_text_config().vocab_size, 10)]
    config = json.loads((path / "generation_config.json").read_text())
    (path / "generation_config.json").write_text(json.dumps({**config, "eos_token_id": ends}))
    plan = make_plan(path, problems=5, samples=2, temperature=0.0, protocol="chat", max_tokens=12)
    batching = Batching(rows=4, turns=3)
    with TransformersSampler(path, plan, starter, device="cpu", batching=batching) as sampler:
        rendered = dict(sampler.rendered)
        got = {(c.problem, c.index): c for b in sampler.sample(remaining(plan, [])) for c in b.completions}
    model = AutoModelForCausalLM.from_pretrained(str(path), dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(str(path))
    assert len({len(rendered[name].token_ids) for name in plan.problems}) > 1
    for name in plan.problems:
        ids = torch.tensor([rendered[name].token_ids])
        rows = model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            max_new_tokens=12,
            eos_token_id=ends,
            pad_token_id=1,
        )
        answer = [int(t) for t in rows[0, ids.shape[1] :] if int(t) not in ends]
        text = whole_letters(tokenizer.decode(answer, skip_special_tokens=True), got[name, 0].finish_reason)
        assert got[name, 0].text == got[name, 1].text == text


@pytest.mark.parametrize("family", FAMILIES)
def test_candidates_that_share_a_row_are_those_of_each_alone(
    family: str,
    tmp_path: Path,
    model_maker: Callable[..., Path],
    make_plan: Callable[..., SamplingPlan],
    starter: dict[str, Problem],
    rows_fed: list[int],
) -> None:
    """Rows that divide, move and leave: every candidate has the tokens its own draws draws from its whole text alone."""
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    path = model_maker(tmp_path, AutoConfig.for_model(family, **FAMILIES[family]))
    plan = make_plan(path, problems=4, samples=6, temperature=0.2, protocol="chat", max_tokens=10)
    decoding = plan.decoding
    assert decoding is not None
    with TransformersSampler(path, plan, starter, device="cpu", batching=Batching(rows=12, turns=2)) as it:
        rendered = dict(it.rendered)
        got = {(c.problem, c.index): c for b in it.sample(remaining(plan, [])) for c in b.completions}
    model = AutoModelForCausalLM.from_pretrained(str(path), dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(str(path))
    assert sum(rows_fed) < sum((c.completion_tokens or 0) - 1 for c in got.values())
    assert len({c.text for c in got.values()}) > 4
    alone = dict[tuple[str, int], str]()
    for (name, index), completion in got.items():
        ids, ends = list(rendered[name].token_ids), set(rendered[name].stop_ids)
        for draw in uniforms(plan.hash, name, index, 10):
            with torch.inference_mode():
                logits = model(input_ids=torch.tensor([ids])).logits[:, -1]
            token = choose(logits, torch.tensor([0]), torch.tensor([draw]), decoding)
            if int(token) in ends:
                break
            ids.append(int(token))
        answer = tokenizer.decode(ids[len(rendered[name].token_ids) :], skip_special_tokens=True)
        answer = whole_letters(answer, completion.finish_reason)
        alone[name, index] = cut_at(answer, rendered[name].stops)[0]
    same = sum(got[key].text == rendered[key[0]].opening + text for key, text in alone.items())
    assert same >= len(got) - 1  # rounding may tip a token once in many thousand


# Plain attention; the rest caps its scores and has windows that texts outgrow.
_SHARED = sorted(FAMILIES.keys() - {"gemma2"})


def _in_memory(family: str, dtype: Any) -> Any:
    from transformers import AutoConfig, AutoModelForCausalLM

    torch.manual_seed(0)
    return AutoModelForCausalLM.from_config(
        AutoConfig.for_model(family, **FAMILIES[family]), dtype=dtype
    ).eval()


@pytest.mark.parametrize("family", FAMILIES)
def test_prompts_are_kept_once_where_attention_is_plain(family: str) -> None:
    """A window of 4,096 tokens is none where no text is as long."""
    model = _in_memory(family, torch.float32)
    before = model.config._attn_implementation
    assert find_memory(model, 300).shared == (family in _SHARED)
    assert model.config._attn_implementation == (ATTENTION if family in _SHARED else before)


@pytest.mark.parametrize(("dtype", "apart"), [(torch.float32, 1e-5), (torch.bfloat16, 0.1)])
@pytest.mark.parametrize("family", _SHARED)
def test_rows_with_one_prompt_have_the_logits_of_their_whole_texts(
    family: str, dtype: Any, apart: float
) -> None:
    """To rounding, at every step of rows that are padded, divide, leave and join."""
    trial = Trial(_in_memory(family, dtype))
    assert trial.holds(Memory(shared=True)), trial.trouble
    assert trial.furthest < apart
