"""The manifest of a run: its plan, and what made it. Grades of other settings are put aside."""

import sys
from collections.abc import Sequence
from typing import Any

import msgspec

from modelassay.core.decoding import ServerProbe
from modelassay.core.errors import InputError, SandboxError
from modelassay.core.measured import Manifest
from modelassay.core.problems import LanguageTests
from modelassay.core.store import read_records, set_aside, write_records
from modelassay.pipeline.plan.jobs import Job
from modelassay.pipeline.plan.study_file import GradingEntry
from modelassay.pipeline.run.environment import machine, now, packages
from modelassay.pipeline.run.progress import Progress

FORMAT_VERSION = 1


def ensure_manifest(job: Job, grading: GradingEntry) -> Manifest:
    """The run's manifest; when grading settings changed since, the old grades are put aside, as `.bak`.

    What it says of sampling stays: when it began, by which command, on what.
    """
    settings = grading_settings(grading, job)
    known = read_records(job.run.manifest, Manifest)
    if known and known[-1].grading_settings == settings and known[-1].plan == job.plan:
        return known[-1]
    from modelassay.grading.sandbox.level import sandbox_level

    if known:
        set_aside(job.run.grades)
    if known and known[-1].plan == job.plan:
        changed = msgspec.structs.replace(
            known[-1], grading_settings=settings, sandbox_level=sandbox_level().name
        )
        write_records(job.run.manifest, [changed], keep=True)
        return changed
    manifest = Manifest(
        format_version=FORMAT_VERSION, plan=job.plan, plan_hash=job.plan.hash, started=now(),
        command=tuple(sys.argv), machine=machine(), packages=packages(),
        sandbox_level=sandbox_level().name, grading_settings=settings, demo_model=job.model.demo,
        benchmark_problems=len(job.chosen.whole.problems), problems_chosen=job.chosen.how,
        model_settings=_model_settings(job),
    )  # fmt: skip
    if job.chosen.own:  # nobody else has them, so the run keeps them
        write_records(job.run.problems, job.problems.problems)
    write_records(job.run.manifest, [manifest])
    return manifest


def note_run(job: Job, probe: ServerProbe | None, notes: Sequence[str]) -> None:
    """Keep in the manifest what a server does, and what a reader of the scores must know; nothing there is lost."""
    known = read_records(job.run.manifest, Manifest)
    if not known:
        return
    manifest = known[-1]
    every = tuple(dict.fromkeys([*manifest.notes, *notes]))
    if (probe is None or probe == manifest.server) and every == manifest.notes:
        return
    changed = msgspec.structs.replace(manifest, server=probe or manifest.server, notes=every)
    write_records(job.run.manifest, [changed])


def _model_settings(job: Job) -> dict[str, Any] | None:
    """The model's own generation settings, where its folder is there."""
    from modelassay.sampling.generation_settings import stated_settings

    return stated_settings(job.path) if job.precomputed is None and job.path is not None else None


def state_plan(job: Job, progress: Progress) -> None:
    """A manifest for a run that is only sampled; one that is there stays, and its grades with it."""
    if job.run.manifest.exists():
        return
    try:
        ensure_manifest(job, GradingEntry())
    except SandboxError as error:
        progress.note(f"{job.run.root.name}: no manifest, which names the sandbox: {error.message}")


def grading_settings(grading: GradingEntry, job: Job) -> dict[str, str]:
    """What can change a grade besides the program: limits, the grader's version, other languages' tools. Raises InputError for a
    package that is to be admitted, or a language's tool, that is not installed.
    """
    from modelassay.grading.sandbox.environments import environment
    from modelassay.grading.sandbox.limits import GRADER_VERSION, check_packages

    timeout = "per problem" if grading.timeout is None else f"{grading.timeout:g} s"
    changed = {"extraction": ", ".join(grading.extraction)} if grading.extraction else {}
    sealed = {} if grading.sealed else {"sealed": "forbidden"}
    python = grading.python or ""
    versions = [f"{name} {version}" for name, version in check_packages(grading.packages, python).items()]
    admitted = {"packages": ", ".join(sorted(versions))} if versions else {}
    admitted |= {"python": environment(python).version} if python else {}
    programs: dict[str, str] = {"comparison": grading.comparison} if grading.comparison else {}
    programs |= {"also_compared": ", ".join(grading.also_compared)} if grading.also_compared else {}
    programs |= {"tests": "all"} if grading.all_tests else {}
    return {
        "cpu_limit": timeout,
        "grader": GRADER_VERSION,
        **changed,
        **sealed,
        **admitted,
        **programs,
        **_tools(job),
    }


def _tools(job: Job) -> dict[str, str]:
    """The versions of other languages' tools that the problems need. Raises InputError."""
    languages = {
        suite.oracle.language
        for problem in job.problems.problems
        for suite in problem.suites
        if isinstance(suite.oracle, LanguageTests)
    }
    if not languages:
        return {}
    from modelassay.grading.sandbox.toolchains import NoToolchainError, toolchain

    try:
        return {language: toolchain(language).version for language in sorted(languages)}
    except NoToolchainError as lacking:
        what, remedy = lacking.parts
        raise InputError(what, hint=remedy) from None
