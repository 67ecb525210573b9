"""`assay doctor --endpoint`: what a server does with what it is sent, found by a few dozen tokens."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

from modelassay.core.decoding import ServerProbe
from modelassay.core.workdir import WorkDir
from modelassay.pipeline.doctor import Part
from modelassay.pipeline.plan.jobs import jobs_for_path
from modelassay.pipeline.plan.problems import Source
from modelassay.pipeline.plan.study_file import BenchmarkEntry, ModelEntry, SamplingEntry
from modelassay.pipeline.run.backends import open_sampler
from modelassay.sources.openai_http import models_listed

_STATES: Final[dict[str, Literal["works", "weak", "missing"]]] = {
    "yes": "works",
    "no": "missing",
    "unknown": "weak",
}


def examine_server(
    address: str,
    model: str | None,
    *,
    tokenizer: Path | None = None,
    api_key_env: str | None = None,
    note: Callable[[str], None] = lambda _: None,
) -> list[Part]:
    """Ask the server everything that a run on it would ask first. model: None for the first that it lists.

    Raises AssayError where it cannot be reached or used.
    """
    entry = ModelEntry(
        name=model or models_listed(address)[0], backend="openai", endpoint=address, api_key_env=api_key_env,
        protocol="completion", path=None if tokenizer is None else str(tokenizer.absolute()),
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        benchmark = BenchmarkEntry(name="starter", problems=1)
        settings = SamplingEntry(samples_per_problem=1)
        (job,) = jobs_for_path(entry, benchmark, settings, WorkDir(Path(folder)), Source(None, True))
        with open_sampler(job, note) as sampler:
            probe = getattr(sampler, "probe", None)
    assert isinstance(probe, ServerProbe)
    return list(parts_of(probe, entry.name))


def parts_of(probe: ServerProbe, model: str) -> list[Part]:
    """What was found, as parts of the doctor's table."""
    head = f"{probe.kind} {probe.version}".strip()
    told = ", ".join(probe.sent) or "nothing beside temperature and top_p"
    return [
        Part(part="server", state="works", detail=f"{head} with {model}; probed in {probe.seconds:.2f} s"),
        *_weights(probe),
        Part(part="server: settings it is sent", state="weak" if probe.refused else "works", detail=told),
        *(
            Part(part=f"server: {finding.asked}", state=_STATES[finding.obeyed], detail=finding.seen)
            for finding in probe.findings
        ),
        *(Part(part="server: note", state="weak", detail=limit) for limit in probe.limits),
    ]


def _weights(probe: ServerProbe) -> list[Part]:
    """What the server says of its weights, if anything."""
    found = probe.weights
    if found is None:
        return []
    bits = None if found.bits_per_weight is None else f"{found.bits_per_weight:.2g} bits per weight"
    said = ", ".join(filter(None, (found.file, found.quantisation, bits, found.digest[:12])))
    return [
        Part(
            part="server: weights",
            state="works" if said else "weak",
            detail=said or "it says nothing of them",
        )
    ]
