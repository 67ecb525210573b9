"""The samples of one request in turn, each one's process begun as soon as the one before is over.

While the tests look at what one sample has answered, the next one's process is made and runs: a core that would wait for the
tests has work. The next sample is begun only where nothing that the tests may still do can change how: all of its calls are sent
ahead, and the sample before it ended by itself and left the sandbox as it was. Whatever else is run in the sandbox
meanwhile ends it, and it is then run again in its turn.
"""

from __future__ import annotations

from modelassay.grading.boundary.wire import ENDED, SandboxBrokeError
from modelassay.grading.oracles.ahead import Ahead
from modelassay.grading.oracles.conversation import Conversation

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from modelassay.grading.extraction.programs import Program
    from modelassay.grading.prepared import Prepared
    from modelassay.grading.sandbox.sample_run import Done
    from modelassay.grading.sandbox.sandbox import Sandbox

ONE_BY_ONE = Ahead([], whole=False)


class Upcoming:
    """Samples as (number, text, form), and the program in each: `None` where there is no problem to look for it by."""

    def __init__(self, prepared: Prepared | None, samples: Sequence[tuple[int, str, str]]) -> None:
        self._prepared = prepared
        self._samples = samples
        self._at = 0  # the number of samples that have been given out
        self._found: tuple[int, Program] | None = None  # the program in the sample of that place
        self._begun: tuple[bytes, Ahead, Conversation] | None = None

    def __iter__(self) -> Iterator[tuple[int, str, str, Program | None]]:
        for at, (number, text, form) in enumerate(self._samples):
            self._at = at + 1
            yield number, text, form, self._program(at)

    def _program(self, at: int) -> Program | None:
        if self._prepared is None:
            return None
        if self._found is None or self._found[0] != at:
            _, text, form = self._samples[at]
            self._found = at, self._prepared.program(text, form)
        return self._found[1]

    def conversation(
        self, sandbox: Sandbox, prepared: Prepared, program: bytes, *, look: bool
    ) -> Conversation:
        """A conversation with this program, which may have begun already. Raises SandboxBrokeError."""
        ahead = ONE_BY_ONE if prepared.interactive else prepared.ahead
        begun, self._begun = self._begun, None
        if begun and begun[0] == program and begun[1] is ahead and look and begun[2].is_latest:
            conversation = begun[2]
        else:
            conversation = _opened(sandbox, prepared, program, ahead, look=look)
        if ahead.whole and self._at < len(self._samples):
            following = self._program(self._at)  # while the sample runs
            if following is not None and following.source is not None:
                source = following.source.encode("utf-8", "surrogatepass")
                conversation.when_over(lambda done: self._begin(sandbox, prepared, source, done))
        return conversation

    def _begin(self, sandbox: Sandbox, prepared: Prepared, program: bytes, done: Done) -> None:
        """Begin with the next sample, if the one that has ended just now is in nobody's way."""
        if done.reason != ENDED or done.status or done.disturbed or not done.clean:
            return
        ahead = prepared.ahead
        try:
            conversation = _opened(sandbox, prepared, program, ahead, look=True)
        except SandboxBrokeError:  # which it says again in its turn
            return
        self._begun = program, ahead, conversation


def _opened(
    sandbox: Sandbox, prepared: Prepared, program: bytes, ahead: Ahead, *, look: bool
) -> Conversation:
    """A conversation that begins now. Raises SandboxBrokeError."""
    return Conversation(
        sandbox, program, ahead.operations, prepared.limit,
        before=prepared.before, whole=ahead.whole, look=look,
    )  # fmt: skip
