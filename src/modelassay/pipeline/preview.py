"""What the model will see, before any time is spent: prompt text and token ids of one problem."""

from modelassay.core.errors import MissingError
from modelassay.core.measured import SentPrompt
from modelassay.pipeline.plan.jobs import Job
from modelassay.pipeline.run.job import as_sent


def prompt_preview(job: Job, problem_id: str) -> SentPrompt:
    """The prompt of one problem as text and token ids. Raises MissingError for an unknown problem."""
    from modelassay.sampling.model_files import load_tokenizer, stop_ids
    from modelassay.sampling.protocols import find_protocol
    from modelassay.sampling.rendering import render

    problem = next((p for p in job.problems.problems if p.id == problem_id), None)
    if problem is None:
        first = job.problems.problems[0].id
        raise MissingError(
            f"{job.problems.name} has no problem {problem_id!r}", hint=f"ids look like {first!r}"
        )
    protocol = find_protocol(job.plan.protocol)
    tokenizer = load_tokenizer(job.folder, remote_code=job.model.trust_remote_code)
    return as_sent(render(protocol, problem, tokenizer, stop_ids=stop_ids(job.folder), shots=job.shots))
