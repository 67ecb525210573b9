"""A k of pass@k that some problem has too few samples for is refused, in one line, before anything is graded."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from modelassay.core.errors import InputError
from modelassay.core.measured import Completion
from modelassay.pipeline.plan.study_file import EstimatesEntry, Study
from modelassay.pipeline.run.files import spans


def check_ks(ks: Sequence[int], samples: Mapping[str, int], path: Path) -> None:
    """Raises InputError, in one line, for a k that some problem has too few samples for."""
    if not samples:
        return
    problem, fewest = min(samples.items(), key=lambda item: item[1])
    for k in ks:
        if k > fewest:
            raise InputError(
                f"pass@{k} needs {k} samples for every problem; the fewest here are {fewest}, of {problem}",
                path=path, hint=f"sample more, or ask for k up to {fewest}",
            )  # fmt: skip


def check_study_ks(study: Study, path: Path, completions: Sequence[Completion]) -> None:
    """The same for precomputed samples of a study that names its ks.

    Where a study has several models, one with fewer samples for all its problems has a dash in the report; samples
    whose number differs between problems, some of them enough, are an error in any study. Raises InputError.
    """
    ks = study.estimates.k
    if ks == EstimatesEntry().k or study.sequential is not None:
        return
    counts = {problem: held.stop - held.start for problem, held in spans(completions).items()}
    most = max(counts.values(), default=0)
    alone = len(study.models) == 1
    check_ks([k for k in ks if alone or k <= most], counts, path)
