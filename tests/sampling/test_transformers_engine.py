"""The in-process engine: candidates depend on (plan, problem, index) alone, and are those the model gives."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

torch = pytest.importorskip("torch")

from modelassay.core.errors import BackendError, MissingError  # noqa: E402
from modelassay.core.measured import Completion, SamplingPlan  # noqa: E402
from modelassay.core.problems import Problem  # noqa: E402
from modelassay.sampling import memory_fit  # noqa: E402
from modelassay.sampling.model_files import model_sha256, stop_ids  # noqa: E402
from modelassay.sampling.sampler import Wanted, remaining  # noqa: E402
from modelassay.sampling.stop_texts import whole_letters  # noqa: E402
from modelassay.sampling.transformers_engine import Batching, TransformersSampler  # noqa: E402

MakePlan = Callable[..., SamplingPlan]


def _sampled(
    path: Path,
    plan: SamplingPlan,
    problems: dict[str, Problem],
    wanted: list[Wanted] | None = None,
    **options: Any,
) -> dict[tuple[str, int], Completion]:
    with TransformersSampler(path, plan, problems, device="cpu", **options) as sampler:
        batches = list(sampler.sample(remaining(plan, []) if wanted is None else wanted))
    return {(c.problem, c.index): c for batch in batches for c in batch.completions}


def test_everything_wanted_is_sampled_once(
    tiny_model: Path, make_plan: MakePlan, starter: dict[str, Problem]
) -> None:
    """A batch per problem, all indices, counts and timings that add up."""
    plan = make_plan(tiny_model)
    with TransformersSampler(tiny_model, plan, starter, device="cpu") as sampler:
        batches = list(sampler.sample(remaining(plan, [])))
    assert sorted(batch.problem for batch in batches) == sorted(plan.problems)
    for batch in batches:
        assert [c.index for c in batch.completions] == list(range(6))
        assert batch.timing is not None
        assert batch.timing.wall_seconds > 0
        assert batch.timing.completion_tokens == sum(c.completion_tokens or 0 for c in batch.completions)
        assert all(1 <= (c.completion_tokens or 0) <= 24 for c in batch.completions)
        assert all(c.finish_reason in ("stop", "length") for c in batch.completions)


def test_the_same_whatever_else_is_wanted(
    tiny_model: Path, make_plan: MakePlan, starter: dict[str, Problem]
) -> None:
    """Resuming with lines lost, in another order, gives the very same candidates."""
    plan = make_plan(tiny_model)
    whole = _sampled(tiny_model, plan, starter)
    names = plan.problems
    part = [Wanted(problem=names[4], indices=(0, 5)), Wanted(problem=names[1], indices=(3,))]
    again = _sampled(tiny_model, plan, starter, part)
    assert set(again) == {(names[4], 0), (names[4], 5), (names[1], 3)}
    assert all(whole[key] == completion for key, completion in again.items())


def test_another_seed_or_setting_is_other_luck(
    tiny_model: Path, make_plan: MakePlan, starter: dict[str, Problem]
) -> None:
    """Seeds come from the whole plan, and candidates of one problem differ."""
    first = _sampled(tiny_model, make_plan(tiny_model), starter)
    second = _sampled(tiny_model, make_plan(tiny_model, seed=2), starter)
    assert {k: c.text for k, c in first.items()} != {k: c.text for k, c in second.items()}
    problem = next(iter(first))[0]
    assert len({c.text for (name, _), c in first.items() if name == problem}) > 1


def _by_generate(path: Path, prompt_ids: tuple[int, ...], count: int) -> list[int]:
    """What transformers itself continues a prompt with, greedily."""
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(str(path))
    ids = torch.tensor([prompt_ids])
    rows = model.generate(ids, do_sample=False, max_new_tokens=count, eos_token_id=[1, 2], pad_token_id=1)
    return [int(token) for token in rows[0, len(prompt_ids) :]]


def test_greedy_is_what_transformers_generates(
    tiny_model: Path, make_plan: MakePlan, starter: dict[str, Problem]
) -> None:
    """At temperature 0, in a padded batch of several problems, each answer begins as generate()'s."""
    from transformers import AutoTokenizer

    plan = make_plan(tiny_model, samples=2, temperature=0.0, protocol="chat")
    got = _sampled(tiny_model, plan, starter)
    tokenizer = AutoTokenizer.from_pretrained(str(tiny_model))
    with TransformersSampler(tiny_model, plan, starter, device="cpu") as sampler:
        rendered = dict(sampler.rendered)
    for name in plan.problems:
        expected = _by_generate(tiny_model, rendered[name].token_ids, 24)
        text = tokenizer.decode([t for t in expected if t not in (1, 2)], skip_special_tokens=True)
        text = whole_letters(text, got[name, 0].finish_reason)
        assert got[name, 0].text == text
        assert got[name, 1].text == text


def test_rows_of_any_number_give_the_same_text(
    tiny_model: Path, make_plan: MakePlan, starter: dict[str, Problem]
) -> None:
    """How many candidates advance together is a matter of memory, not of draws."""
    plan = make_plan(tiny_model)
    together = _sampled(tiny_model, plan, starter)
    apart = _sampled(tiny_model, plan, starter, batching=Batching(rows=4))
    same = sum(together[key].text == apart[key].text for key in together)
    assert same >= len(together) - 1  # rounding may tip a token once in many thousand


def test_finished_candidates_give_their_place_to_the_next(
    tiny_model: Path, tmp_path: Path, make_plan: MakePlan, starter: dict[str, Problem], rows_fed: list[int]
) -> None:
    """With places for four, the next problem's candidates come in one by one: the same texts in fewer passes."""
    path = shutil.copytree(tiny_model, tmp_path / "model")
    config = json.loads((path / "generation_config.json").read_text())
    ends = list(
        range(0, json.loads((path / "config.json").read_text())["vocab_size"], 20)
    )  # answers of any length
    (path / "generation_config.json").write_text(json.dumps({**config, "eos_token_id": ends}))
    plan = make_plan(path, samples=12, max_tokens=60)
    apart = _sampled(path, plan, starter, batching=Batching(rows=4))
    passes = len(rows_fed)
    joined = _sampled(path, plan, starter, batching=Batching(rows=4, turns=15))

    same = sum(apart[key].text == joined[key].text for key in apart)
    assert len(joined) == len(apart) == 60
    assert same >= len(apart) - 1  # rounding may tip a token once in many thousand
    assert len(rows_fed) - passes < 0.7 * passes


def test_a_group_with_joining_rows_is_the_same_when_resumed(
    tiny_model: Path, make_plan: MakePlan, starter: dict[str, Problem]
) -> None:
    """One candidate that is lost is sampled again with its whole group, so to the last bit."""
    plan = make_plan(tiny_model)
    whole = _sampled(tiny_model, plan, starter, batching=Batching(rows=4, turns=8))
    lost = (plan.problems[3], 2)

    again = _sampled(
        tiny_model, plan, starter, [Wanted(lost[0], (lost[1],))], batching=Batching(rows=4, turns=8)
    )

    assert again == {lost: whole[lost]}


def test_greedy_answers_of_joining_rows_are_those_of_each_alone(
    tiny_model: Path, make_plan: MakePlan, starter: dict[str, Problem]
) -> None:
    """Prompts of other lengths, which begin while others are half done, are padded and masked right."""
    plan = make_plan(tiny_model, samples=1, temperature=0.0, max_tokens=40)

    together = _sampled(tiny_model, plan, starter, batching=Batching(rows=2, turns=4))

    assert together == _sampled(tiny_model, plan, starter, batching=Batching(rows=1))


def test_stop_texts_end_an_answer(tiny_model: Path, make_plan: MakePlan, starter: dict[str, Problem]) -> None:
    """No stored answer holds a stop text, and one that would is cut there and says `stop`."""
    plan = make_plan(tiny_model, samples=40, max_tokens=60)
    with TransformersSampler(tiny_model, plan, starter, device="cpu") as sampler:
        stops = next(iter(sampler.rendered.values())).stops
        openings = {name: rendered.opening for name, rendered in sampler.rendered.items()}
        done = [c for batch in sampler.sample(remaining(plan, [])) for c in batch.completions]
    for completion in done:
        answer = completion.text.removeprefix(openings[completion.problem])
        assert not any(stop in answer for stop in stops)
        assert completion.form == "program"
    assert any(c.finish_reason == "stop" for c in done)


def test_memory_that_does_not_suffice_halves_the_batch(
    tiny_model: Path, make_plan: MakePlan, starter: dict[str, Problem], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Running out of memory is said, the batch is halved, and nothing is lost or doubled."""
    plan = make_plan(tiny_model)
    notes: list[str] = []
    with TransformersSampler(tiny_model, plan, starter, device="cpu", note=notes.append) as sampler:
        run = sampler._run

        def scarce(group: Any) -> Any:
            if sampler.rows > 8:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return run(group)

        monkeypatch.setattr(sampler, "_run", scarce)
        done = [c for batch in sampler.sample(remaining(plan, [])) for c in batch.completions]
    assert len({(c.problem, c.index) for c in done}) == len(done) == 30
    assert "continuing with 15" in notes[0]


def test_no_memory_for_one_candidate_is_an_error(
    tiny_model: Path, make_plan: MakePlan, starter: dict[str, Problem], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Halving ends, with one line that says what to do."""
    plan = make_plan(tiny_model, problems=1, samples=2)
    with TransformersSampler(tiny_model, plan, starter, device="cpu") as sampler:

        def empty(group: Any) -> Any:
            raise MemoryError("no memory")

        monkeypatch.setattr(sampler, "_run", empty)
        with pytest.raises(BackendError, match="lower max_tokens"):
            list(sampler.sample(remaining(plan, [])))


def test_an_answer_keeps_within_the_context(
    tiny_model: Path, make_plan: MakePlan, starter: dict[str, Problem]
) -> None:
    """max_tokens beyond the model's context is cut to what is left of it."""
    plan = make_plan(tiny_model, problems=1, samples=2, max_tokens=5_000)
    for completion in _sampled(tiny_model, plan, starter).values():
        assert (completion.prompt_tokens or 0) + (completion.completion_tokens or 0) <= 512


def test_a_model_without_a_chat_template_cannot_chat(
    tmp_path: Path, make_plan: MakePlan, starter: dict[str, Problem], model_maker: Callable[..., Path]
) -> None:
    """What a model lacks is an error with a remedy, before anything is sampled."""
    path = model_maker(tmp_path, chat=False)
    with pytest.raises(BackendError, match="no chat template — choose a protocol"):
        TransformersSampler(path, make_plan(path, protocol="chat"), starter, device="cpu")


@pytest.mark.parametrize("lost", ["config.json", "model.safetensors", "tokenizer.json"])
def test_an_incomplete_folder_names_what_is_missing(tiny_model: Path, tmp_path: Path, lost: str) -> None:
    """A half-downloaded model is refused by name."""
    for file in tiny_model.iterdir():
        if file.name != lost and not (lost == "tokenizer.json" and file.name.startswith("tokenizer")):
            (tmp_path / file.name).symlink_to(file)
    with pytest.raises(MissingError, match="the model folder has no"):
        model_sha256(tmp_path)


def test_broken_weights_are_one_line(
    tiny_model: Path, tmp_path: Path, make_plan: MakePlan, starter: dict[str, Problem]
) -> None:
    """What the library raises becomes one line with the folder's name."""
    for file in tiny_model.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(BackendError) as caught:
        TransformersSampler(tmp_path, make_plan(tmp_path), starter, device="cpu")
    assert str(caught.value).startswith(f"{tmp_path}: the model cannot be loaded")
    assert "\n" not in str(caught.value)


def test_the_hash_covers_what_decides_the_output(tiny_model: Path, tmp_path: Path) -> None:
    """Editing the generation config or the template is another model; adding a card is not."""
    for file in tiny_model.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    before = model_sha256(tmp_path)
    assert before == model_sha256(tiny_model)
    (tmp_path / "README.md").write_text("a card")
    assert model_sha256(tmp_path) == before
    config = json.loads((tmp_path / "generation_config.json").read_text())
    (tmp_path / "generation_config.json").write_text(json.dumps({**config, "eos_token_id": 3}))
    assert model_sha256(tmp_path) != before
    assert stop_ids(tmp_path) == (1, 3)


def test_a_plan_without_numbers_is_refused(
    tiny_model: Path, make_plan: MakePlan, starter: dict[str, Problem]
) -> None:
    """A replay's plan cannot be sampled."""
    plan = msgspec.structs.replace(make_plan(tiny_model), samples_per_problem=None)
    with pytest.raises(BackendError, match="cannot be sampled"):
        TransformersSampler(tiny_model, plan, starter, device="cpu")


def test_candidates_with_the_same_tokens_are_one_row(
    tiny_model: Path, make_plan: MakePlan, starter: dict[str, Problem], rows_fed: list[int]
) -> None:
    """Forty greedy answers to a prompt cost one row, not forty."""
    plan = make_plan(tiny_model, problems=3, samples=40, temperature=0.0)
    got = _sampled(tiny_model, plan, starter)
    assert len(got) == 120
    assert max(rows_fed) == 3


@pytest.mark.parametrize("shares", [True, False])
def test_as_many_candidates_advance_together_as_fit(
    shares: bool,
    tiny_model: Path,
    make_plan: MakePlan,
    starter: dict[str, Problem],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Counted by what the longest answers would keep if none had the same tokens: forty whole contexts of 512 are more
    answers than that where samples share a prompt.
    """
    config = json.loads((tiny_model / "config.json").read_text())
    heads, size = config["num_key_value_heads"], config["hidden_size"] // config["num_attention_heads"]
    token = 4 * 2 * config["num_hidden_layers"] * heads * size
    monkeypatch.setattr(memory_fit, "memory_of", lambda _: 4 * 40 * 512 * token)
    if not shares:
        monkeypatch.setattr("modelassay.sampling.memory_check._shares_prompts", lambda *_: False)
    plan = make_plan(tiny_model, samples=100, max_tokens=5_000)
    with TransformersSampler(tiny_model, plan, starter, device="cpu") as sampler:
        prompts = [len(prompt.token_ids) for prompt in sampler.rendered.values()]
        more = min((40 * 512 - prompt) // (512 - prompt) for prompt in prompts)
        assert sampler.rows == (more if shares else 40)
        assert more > 40


def test_a_small_model_takes_more_rows(
    tiny_model: Path, make_plan: MakePlan, starter: dict[str, Problem], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a pass costs its calls rather than its rows, fewer passes with more of them are faster; a large one keeps to its 1,024."""
    monkeypatch.setattr(memory_fit, "memory_of", lambda _: 1 << 40)
    plan = make_plan(tiny_model)
    with TransformersSampler(tiny_model, plan, starter, device="cpu") as sampler:
        assert sampler.rows == memory_fit.MOST_OF_SMALL
    monkeypatch.setattr(memory_fit, "_PASS", 1)
    with TransformersSampler(tiny_model, plan, starter, device="cpu") as sampler:
        assert sampler.rows == memory_fit.MOST_ROWS
