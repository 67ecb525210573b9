"""The checks that every backend passes, to be inherited by one class per backend."""

from typing import Any

import pytest

from modelassay.sampling.sampler import remaining
from support.conformance import Asked, Backend, Conformance, Exact
from support.exact_model import LIKE_QWEN
from support.third_model import SETTINGS as THIRD


class EveryBackend(Conformance):
    """One plan, one distribution."""

    @pytest.mark.parametrize("top_p", [0.95, 1.0])
    @pytest.mark.parametrize("temperature", [0.2, 0.8, 1.5])
    def test_answers_have_the_distribution_of_the_model(
        self, temperature: float, top_p: float, backend: Backend, exact: Exact
    ) -> None:
        """Of 2,000 answers of two tokens, at every temperature, with and without a nucleus."""
        self.agrees(backend, exact, self.settings(temperature=temperature, top_p=top_p))

    def test_settings_of_a_real_model_are_obeyed_when_a_plan_names_them(
        self, backend: Backend, exact: Exact
    ) -> None:
        """Top-k, the nucleus after it, and a repetition penalty, as Qwen2.5-Coder states them."""
        settings: dict[str, Any] = {name: value for name, value in LIKE_QWEN.items() if name != "do_sample"}
        self.agrees(backend, exact, self.settings(**settings))

    def test_min_p_comes_before_the_nucleus(self, backend: Backend, exact: Exact) -> None:
        """The order of samplers: the nucleus is a share of what min-p leaves."""
        decoding = self.settings(temperature=1.2, min_p=0.1, top_p=0.7)
        if self.traits.min_p_first:
            self.agrees(backend, exact, decoding)
        else:
            asked = backend.ask(exact.plan(decoding, protocol=self.traits.protocol, samples=2))
            assert any("min_p after top_p" in note for note in asked.notes)

    def test_greedy_answers_are_the_likeliest_tokens(self, backend: Backend, exact: Exact) -> None:
        """24 of them, with no penalty but the plan's: the model's own settings name one."""
        self.greedy(backend, exact)

    def test_a_penalty_of_the_plan_holds_for_greedy_answers(self, backend: Backend, exact: Exact) -> None:
        """Prompt and answer count."""
        self.greedy(backend, exact, repetition_penalty=1.1)

    def test_the_prompt_is_sent_as_it_is_rendered(self, backend: Backend, exact: Exact) -> None:
        """As many tokens are read as were sent, with one BOS."""
        plan = exact.plan(self.settings(), protocol=self.traits.protocol, samples=1, problems=3)
        asked = backend.ask(plan)
        for (problem, _), completion in asked.completions.items():
            sent = len(exact.rendered(plan, problem).token_ids)
            assert completion.prompt_tokens == sent - self.traits.own_prompt
        if asked.probe is not None:
            counted = {f.asked: f.obeyed for f in asked.probe.findings}
            assert counted["the prompt as sent"] == ("no" if self.traits.own_prompt else "yes"), asked.probe

    def test_special_tokens_stay_where_the_plan_keeps_them(self, backend: Backend, exact: Exact) -> None:
        """Their text is part of the answer; a server that cannot is said to leave them out."""
        decoding = self.settings(keep_special_tokens=True)
        if self.traits.keeps_special:
            self.agrees(backend, exact, decoding)
        else:
            asked = backend.ask(exact.plan(decoding, protocol=self.traits.protocol, samples=2))
            assert any("leaves special tokens out" in note for note in asked.notes)

    def test_an_answer_ends_at_a_stop_text(self, backend: Backend, exact: Exact) -> None:
        """Which is cut off, and the reason is `stop`."""
        settings = self.settings(temperature=0.0, max_tokens=24)
        plan = exact.plan(settings, protocol=self.traits.protocol, samples=1)
        text, _ = exact.greedy(plan, plan.problems[0], own_prompt=self.traits.own_prompt)
        place = next(at for at in range(3, len(text) - 1) if text.index(text[at : at + 2]) == at)
        (answer,) = self.some(
            backend, exact, samples=1, temperature=0.0, max_tokens=24, stop=(text[place : place + 2],)
        )
        opening = exact.rendered(plan, plan.problems[0]).opening
        assert (answer.text, answer.finish_reason) == (opening + text[:place], "stop")

    def test_a_letter_across_tokens_is_whole_or_not_there(self, backend: Backend, exact: Exact) -> None:
        """`é` is two tokens: where the limit falls between them the text ends before it."""
        answers = self.some(backend, exact, samples=500, temperature=1.5, max_tokens=6)
        assert not [a.text for a in answers if "\ufffd" in a.text]
        assert sum("é" in a.text for a in answers) > 5

    def test_an_answer_cut_at_the_limit_says_so(self, backend: Backend, exact: Exact) -> None:
        """`length` with all its tokens; `stop` where the model ended it."""
        answers = self.some(backend, exact, samples=200, temperature=2.0, max_tokens=12)
        assert {a.finish_reason for a in answers} == {"stop", "length"}
        assert {a.completion_tokens for a in answers if a.finish_reason == "length"} == {12}

    @pytest.mark.parametrize("samples", [1, 2, 50])
    def test_as_many_samples_as_asked(self, samples: int, backend: Backend, exact: Exact) -> None:
        """Of every problem, numbered, each drawn for itself."""
        plan = exact.plan(
            self.settings(max_tokens=8), protocol=self.traits.protocol, samples=samples, problems=2
        )
        asked = backend.ask(plan)
        assert set(asked.completions) == {(p, i) for p in plan.problems for i in range(samples)}
        different = len({c.text for c in asked.completions.values()})
        assert different > 0.8 * len(asked.completions)

    def test_a_run_goes_on_in_the_middle(self, backend: Backend, exact: Exact) -> None:
        """What is lost is asked for, and no more; where seeds hold it is what it was."""
        plan = exact.plan(self.settings(max_tokens=8), protocol=self.traits.protocol, samples=8, problems=2)
        before = backend.ask(plan).completions
        lost = {(plan.problems[0], 1), (plan.problems[0], 6), (plan.problems[1], 0)}
        kept = [c for key, c in before.items() if key not in lost]
        again: Asked = backend.ask(plan, remaining(plan, kept))
        assert set(again.completions) == lost
        if self.traits.seeds:
            assert {k: c.text for k, c in again.completions.items()} == {k: before[k].text for k in lost}


class AnotherModel(Conformance):
    """The same of a model with another tokenizer and other settings: tests/support/other_model.py."""

    @pytest.mark.parametrize(("temperature", "top_p"), [(0.8, 0.95), (1.5, 1.0)])
    def test_answers_have_the_distribution_of_the_model(
        self, temperature: float, top_p: float, backend: Backend, exact: Exact
    ) -> None:
        """Blanks at the beginning of an answer, letters in bytes, and tokens that the tokenizer lacks, with it."""
        self.agrees(backend, exact, self.settings(temperature=temperature, top_p=top_p))

    def test_a_top_k_beyond_the_vocabulary_is_all(self, backend: Backend, exact: Exact) -> None:
        """As in vLLM and transformers, which cut it to the vocabulary."""
        self.agrees(backend, exact, self.settings(top_k=100_000))

    test_special_tokens_stay = EveryBackend.test_special_tokens_stay_where_the_plan_keeps_them
    test_greedy_answers_are_the_likeliest_tokens = EveryBackend.test_greedy_answers_are_the_likeliest_tokens
    test_a_penalty_of_the_plan_holds = EveryBackend.test_a_penalty_of_the_plan_holds_for_greedy_answers
    test_the_prompt_is_sent_as_it_is_rendered = EveryBackend.test_the_prompt_is_sent_as_it_is_rendered
    test_an_answer_ends_at_a_stop_text = EveryBackend.test_an_answer_ends_at_a_stop_text
    test_a_letter_across_tokens = EveryBackend.test_a_letter_across_tokens_is_whole_or_not_there
    test_a_run_goes_on_in_the_middle = EveryBackend.test_a_run_goes_on_in_the_middle


class ThirdModel(Conformance):
    """The same of a model of another family: tests/support/third_model.py."""

    def test_its_own_settings_are_not_in_force(self, backend: Backend, exact: Exact) -> None:
        """Plain sampling is that of the weights alone."""
        self.agrees(backend, exact, self.settings())

    def test_its_own_settings_are_obeyed_when_a_plan_names_them(self, backend: Backend, exact: Exact) -> None:
        """A temperature, top-k, min-p and a repetition penalty together; with no nucleus their order is one everywhere."""
        settings: dict[str, Any] = {name: value for name, value in THIRD.items() if name != "do_sample"}
        self.agrees(backend, exact, self.settings(**settings))

    test_special_tokens_stay = EveryBackend.test_special_tokens_stay_where_the_plan_keeps_them
    test_greedy_answers_are_the_likeliest_tokens = EveryBackend.test_greedy_answers_are_the_likeliest_tokens
    test_a_penalty_of_the_plan_holds = EveryBackend.test_a_penalty_of_the_plan_holds_for_greedy_answers
    test_the_prompt_is_sent_as_it_is_rendered = EveryBackend.test_the_prompt_is_sent_as_it_is_rendered
    test_an_answer_ends_at_a_stop_text = EveryBackend.test_an_answer_ends_at_a_stop_text
    test_an_answer_cut_at_the_limit_says_so = EveryBackend.test_an_answer_cut_at_the_limit_says_so
    test_a_run_goes_on_in_the_middle = EveryBackend.test_a_run_goes_on_in_the_middle
