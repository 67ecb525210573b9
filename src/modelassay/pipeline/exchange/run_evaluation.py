"""A run of this tool as an evaluation."""

from collections.abc import Iterator

from modelassay import __version__
from modelassay.pipeline.exchange.evaluation import Answer, Evaluation
from modelassay.pipeline.exchange.exported_run import ExportedRun

_ENGINES = {"transformers": "transformers", "vllm": "vllm"}


def evaluation_of(run: ExportedRun) -> Evaluation:
    """What the run's manifest and estimates say."""
    manifest, plan = run.manifest, run.manifest.plan
    engine = _ENGINES.get(plan.backend)
    replayed = plan.backend == "replay"
    decoding = plan.decoding
    generation: dict[str, object] = {
        "sandbox": {
            "type": manifest.sandbox_level,
            "config": ", ".join(f"{k}={v}" for k, v in manifest.grading_settings.items()),
        }
    }
    if decoding is not None:
        generation |= {
            "temperature": decoding.temperature,
            "top_p": decoding.top_p,
            "top_k": decoding.top_k,
            "max_tokens": decoding.max_tokens,
        }
    if plan.protocol and not replayed:
        generation["prompt_template"] = f"{plan.protocol} (sha256 {plan.protocol_sha256 or 'unknown'})"
    details = {
        "n_samples": plan.samples_per_problem, "seed": plan.seed,
        "greedy": plan.greedy if decoding is not None else None, "backend": plan.backend,
        "served_as": plan.served or None, "plan_hash": manifest.plan_hash, "notes": "; ".join(manifest.notes) or None,
    }  # fmt: skip
    device = run.device
    return Evaluation(
        benchmark=plan.benchmark, version=plan.benchmark_version, model=run.model,
        origin=f"modelassay run {run.folder.root.resolve().name}", identity=manifest.plan_hash,
        library=("modelassay", __version__), problems=tuple(p.id for p in run.problems.problems),
        estimates=run.estimates, answers=lambda: _answers(run), started=manifest.started,
        engine=(engine, manifest.packages.get(engine, "unknown")) if engine else None,
        self_deployed=engine is not None, generation=generation,
        generation_details={k: str(v) for k, v in details.items() if v is not None},
        library_details={"sandbox_level": manifest.sandbox_level, **manifest.grading_settings},
        model_details=_known(
            name_of_the_user=plan.model, revision=plan.revision, weights_sha256="" if replayed else plan.model_sha256,
            dtype=device.dtype if device else "", device=device.name if device else "",
            demo_model="yes" if manifest.demo_model else "",
        ),
        data_details=_known(
            version=plan.benchmark_version, sha256=plan.benchmark_sha256, licence=run.problems.licence,
            problems_of_the_set=str(manifest.benchmark_problems or ""), problems_chosen=manifest.problems_chosen,
        ),
        inferred=("samples that another tool drew: how is not known",) if replayed else (),
    )  # fmt: skip


def _known(**details: str) -> dict[str, str]:
    return {name: value for name, value in details.items() if value}


def _answers(run: ExportedRun) -> Iterator[Answer]:
    for problem, samples in run.by_problem():
        for sample in samples:
            completion, grades = sample.completion, sample.grades
            yield Answer(
                problem=problem.id, index=completion.index, prompt=problem.prompt, raw=completion.text,
                program=sample.program, passed=sample.suites, outcomes={n: g.outcome for n, g in grades.items()},
                sent=run.prompts.get(problem.id), reference=problem.reference,
                extraction=next((g.extraction for g in grades.values()), ""),
                prompt_tokens=completion.prompt_tokens, completion_tokens=completion.completion_tokens,
                details=_known(
                    finish_reason=completion.finish_reason or "",
                    detail="; ".join(dict.fromkeys(g.detail for g in grades.values() if g.detail)),
                ),
            )  # fmt: skip
