"""What a reader of a run's scores must know of how its model was run: said at once, and kept in the manifest."""

from collections.abc import Callable, Sequence
from typing import Final

from modelassay.core.decoding import ServerProbe
from modelassay.core.measured import Completion
from modelassay.pipeline.plan.jobs import Job
from modelassay.pipeline.run.manifest import note_run

PROBLEMS: Final = 4  # that must have all their samples alike before it is said
SAMPLES: Final = 4  # of each, at least


def notes_on_weights(job: Job) -> list[str]:
    """What the model's files and repository say of its weights that a reader of the scores must know."""
    from modelassay.sampling.untrained import is_untrained

    notes, hub = [], job.place.hub
    if job.path is not None and job.plan.backend != "openai" and is_untrained(job.path):
        notes.append(
            "the weights are random: every norm of the model has the value that training begins with"
        )
    if hub is None:
        return notes
    if hub.quantised and hub.weights:
        notes.append(
            f"the weights are quantised ({hub.quantised}): what is measured is no result of the model in full precision"
        )
    if hub.id != (job.model.hub_id or hub.id):
        notes.append(f"{job.model.hub_id} is called {hub.id} on the Hub now")
    return notes


class RunNotes:
    """The notes of one job's sampling. say: tells the person who is waiting."""

    def __init__(self, job: Job, say: Callable[[str], None]) -> None:
        self._job, self._say = job, say
        self._notes: list[str] = []
        # Problems with all samples alike so far; None once one had different ones. Of a server only: an engine of ours
        # does sample, and a model may be certain of the first problems.
        self._alike: int | None = 0 if job.plan.backend == "openai" else None
        self._cut = False  # whether it was said that answers are cut before the plan's limit
        for note in notes_on_weights(job):
            self.add(note)
        decoding = job.plan.decoding
        if decoding is not None and decoding.source == "model" and job.path is not None:
            from modelassay.sampling.generation_settings import left_out, not_applied

            for setting in left_out(job.path):
                self.add(
                    f"the model's settings do not state {setting.split()[0]}: transformers' default {setting} is applied"
                )
            for setting in not_applied(job.path):
                self.add(f"the model's own setting {setting} is not applied")

    def add(self, note: str) -> None:
        """One more, once."""
        if note not in self._notes:
            self._notes.append(note)
            self._say(note)

    def keep(self, probe: ServerProbe | None = None) -> None:
        """Write them, and what a server does, into the manifest."""
        if probe is not None and any(
            (finding.asked, finding.obeyed) == ("samples at all", "yes") for finding in probe.findings
        ):
            self._alike = None  # it samples: a model may be certain of the first problems
        if probe is not None and probe.kind == "transformers" and self._job.path is not None:
            from modelassay.sampling.generation_settings import not_applied
            from modelassay.sampling.server_settings import NO_NEUTRAL

            for setting in not_applied(self._job.path):
                if setting.split()[0] in NO_NEUTRAL:
                    self.add(
                        f"the server applies the model's own setting {setting}, which it cannot be told away"
                    )
        note_run(self._job, probe, self._notes)

    def sampled(self, completions: Sequence[Completion]) -> None:
        """New samples of one problem. Where all samples of the first problems are alike, or an answer was cut before the
        plan's limit, it is said.
        """
        decoding = self._job.plan.decoding
        if decoding is not None:
            self._short(completions, decoding.max_tokens)
        if self._alike is None or decoding is None or decoding.temperature == 0 or len(completions) < SAMPLES:
            return
        if len({c.text for c in completions}) > 1:
            self._alike = None
            return
        self._alike += 1
        if self._alike == PROBLEMS:
            self.add(
                f"all samples of each of the first {PROBLEMS} problems are the same at temperature "
                f"{decoding.temperature:g}: unless the model is certain of them, the server does not sample, and "
                "pass@k is pass@1"
            )
            self.keep()

    def _short(self, completions: Sequence[Completion], most: int) -> None:
        """Answers cut at a limit that is not the plan's: the context's, or one that a server has of its own."""
        for c in completions:
            if self._cut or c.finish_reason != "length" or not 0 < (c.completion_tokens or 0) < most:
                continue
            self._cut = True
            self.add(
                f"answers are cut before max_tokens = {most}: one to {c.problem} at {c.completion_tokens} tokens, by the "
                "model's context or a limit of the server's own"
            )
            self.keep()
