"""The checks that only a server can fail."""

import pytest

from support.conformance import Conformance, Exact, ServerBackend
from support.served import Served


class EveryServer(Conformance):
    """What a run finds out about a server, and a chat through the server's own template."""

    def test_the_probe_is_true(self, backend: ServerBackend, exact: Exact) -> None:
        """It samples, is greedy at temperature 0, and obeys nucleus, limit and stop texts; what else is known is found."""
        asked = backend.ask(exact.plan(self.settings(), protocol=self.traits.protocol, samples=1))
        assert asked.probe is not None
        found = {f.asked: f.obeyed for f in asked.probe.findings}
        for name in (
            "samples at all",
            "temperature 0 is greedy",
            "top_p",
            "top_k",
            "min_p",
            "max_tokens",
            "stop",
        ):
            assert found[name] == "yes", asked.probe
        assert found["seed"] == ("yes" if self.traits.seeds else "no"), asked.probe
        assert asked.probe.kind == backend.served.kind
        assert not any("cannot be told" in limit for limit in asked.probe.limits)

    def test_a_chat_through_the_server_s_template(self, served: Served, exact: Exact) -> None:
        """Without the model's files the question is asked in words, and the answer is whole, its thoughts with it."""
        without = ServerBackend(served, exact, knows=False)
        plan = exact.plan(
            self.settings(temperature=0.0, max_tokens=24), protocol="chat", samples=1, problems=3
        )
        answers = without.ask(plan)
        assert any("server's own chat template" in note for note in answers.notes)
        self.greedy_texts(exact, plan, answers)


class WordsAlone(Conformance):
    """What a server makes of words is what the model's own files make of them."""

    @pytest.mark.parametrize("protocol", ["chat", "completion"])
    def test_words_become_the_same_tokens(self, protocol: str, served: Served, exact: Exact) -> None:
        """With one BOS, although the tokenizer begins every text with it and the chat template writes it, too."""
        plan = exact.plan(self.settings(temperature=0.0), protocol=protocol, samples=1, problems=3)
        asked = ServerBackend(served, exact, knows=False).ask(plan)
        assert any("cannot be checked here" in note for note in asked.notes)
        more = protocol == "chat" and self.traits.blank_after_special
        for (problem, _), completion in asked.completions.items():
            assert completion.prompt_tokens == len(exact.rendered(plan, problem).token_ids) + more
