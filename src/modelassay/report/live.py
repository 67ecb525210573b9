"""A study's work directory as a report, while it runs and after. Reads only; takes no lock.

While the study runs the figures are estimates over the problems that are graded in full so far, made
by the package `estimates`; a warning on the page says how many. Once study.json is newer than every run's
files, the page shows study.json and nothing else.
"""

import time
from collections.abc import Iterable, Iterator
from typing import Any

from modelassay.core.errors import AssayError
from modelassay.core.measured import BatchTiming, Completion, Grade, Manifest, Outcome, SentPrompt
from modelassay.core.problems import Problem
from modelassay.core.store import read_records
from modelassay.core.workdir import RunDir, WorkDir
from modelassay.estimates.estimate import estimate
from modelassay.grading.extraction.extract import DEFAULT, extract
from modelassay.grading.extraction.rules import rules_of_run
from modelassay.report.content import (
    Begun,
    Made,
    ProblemCount,
    ProblemTitle,
    Ranked,
    Ranking,
    RunReport,
    Stage,
    StudyReport,
    decode_study,
)
from modelassay.report.samples import ProblemSamples, SampleView, seen_of
from modelassay.report.tail import Tail
from modelassay.sources.problems.problem_sets import load_problem_set

KS = (1, 10, 50, 100)
NOT_YET = "not sampled yet"  # of a run, in its stage's name


class LiveRun:
    """One run folder: how far it is, its grades, and where each sample's text lies."""

    def __init__(self, folder: RunDir) -> None:
        self.folder = folder
        self.completions = Tail(folder.completions, Completion)
        self.grades_file = Tail(folder.grades, Grade)
        self.timings = Tail(folder.timings, BatchTiming)
        self.timed = (0, 0.0)  # samples, seconds
        self.places: dict[str, dict[int, tuple[int, int]]] = {}
        self.grades: dict[str, dict[int, dict[str, Grade]]] = {}
        self.manifest: Manifest | None = None
        self.first: dict[str, tuple[float, int]] = {}

    @property
    def name(self) -> str:
        return self.folder.root.name

    def refresh(self) -> None:
        """Take in what was added since the last look."""
        self.manifest = next(iter(read_records(self.folder.manifest, Manifest)[-1:]), None)
        anew, completions = self.completions.read()
        if anew:
            self.places.clear()
        for it in completions:
            self.places.setdefault(it.record.problem, {})[it.record.index] = (it.start, it.length)
        anew, timings = self.timings.read()
        samples, seconds = (0, 0.0) if anew else self.timed
        self.timed = (
            samples + sum(t.record.candidates for t in timings),
            seconds + sum(t.record.wall_seconds for t in timings),
        )
        anew, grades = self.grades_file.read()
        if anew:
            self.grades.clear()
        for placed in grades:
            grade = placed.record
            self.grades.setdefault(grade.problem, {}).setdefault(grade.index, {})[grade.suite] = grade

    def stamp(self) -> str:
        """Changes whenever the run's files have grown."""
        return f"{self.name}:{self.completions.size()}:{self.grades_file.size()}"

    def sampled(self) -> int:
        return sum(map(len, self.places.values()))

    def graded(self) -> int:
        return sum(map(len, self.grades.values()))

    def wanted(self) -> int | None:
        """Samples there will be; `None` while the plan is not on disk, or for precomputed samples."""
        if self.manifest is None or self.manifest.plan.samples_per_problem is None:
            return None
        return self.manifest.plan.samples_per_problem * len(self.manifest.plan.problems)

    def complete(self) -> list[Grade]:
        """Grades of the problems whose samples are all graded."""
        return [
            grade
            for problem, mine in self.grades.items()
            if len(mine) >= max(len(self.places.get(problem, ())), 1)
            for by_suite in mine.values()
            for grade in by_suite.values()
        ]

    def stages(self, now: float) -> Iterator[Stage]:
        """Sampling and grading as far as they are, without those that are done."""
        sampled, wanted = self.sampled(), self.wanted()
        model, benchmark = [*self.name.split("--"), ""][:2]
        if self.manifest is None:
            yield Stage(name=f"sampling {model} on {benchmark}", done=sampled, total=0)
        elif wanted is not None and sampled < wanted:
            timed = self.timed[1] / self.timed[0] if self.timed[0] else None
            yield self._stage(f"sampling {model} on {benchmark}", sampled, wanted, now, timed)
        if sampled and self.graded() < sampled:
            yield self._stage(f"grading {model} on {benchmark}", self.graded(), sampled, now)

    def _stage(self, name: str, done: int, total: int, now: float, timed: float | None = None) -> Stage:
        """The time left at the rate since the first look; until something has moved, at that of what was timed before.

        timed: seconds for one; `None` where nothing was.
        """
        since, before = self.first.setdefault(name, (now, done))
        moved = done - before
        each = (now - since) / moved if moved > 0 else timed
        left = (total - done) * each if each is not None and total > done else None
        return Stage(name=name, done=done, total=total, eta_seconds=left)


class LiveStudy:
    """A work directory that may still change. Every method may be called again and again."""

    def __init__(self, workdir: WorkDir) -> None:
        self.workdir = workdir
        self.runs: dict[str, LiveRun] = {}
        self.sets: dict[tuple[str, str], dict[str, Problem]] = {}
        self.begun: Begun | None = None

    def refresh(self) -> None:
        """Look at the disk again."""
        self.begun = next(iter(read_records(self.workdir.begun, Begun)[-1:]), None)
        names = (
            sorted(p.name for p in self.workdir.runs.glob("*") if p.is_dir())
            if self.workdir.runs.is_dir()
            else []
        )
        self.runs = {n: self.runs.get(n) or LiveRun(self.workdir.run_named(n)) for n in names}
        for run in self.runs.values():
            run.refresh()

    def stamp(self) -> str:
        """A short text that changes whenever there is something new to show. Cheap."""
        study = self.workdir.study_json
        written = study.stat().st_mtime_ns if study.exists() else 0
        started = self.begun.started if self.begun else ""
        return " ".join([str(written), started, *(run.stamp() for run in self.runs.values())])

    def finished(self) -> bool:
        """Whether study.json is there and tells of all that it rests on. Raises InputError for a broken one."""
        return self._finished_report() is not None

    def _finished_report(self) -> StudyReport | None:
        """What study.json says, if it tells of all that it rests on.

        It does if it is newer. In a folder that was copied or unpacked the times say nothing: there the numbers of samples do.
        """
        study = self.workdir.study_json
        if not study.exists():
            return None
        rests_on = [
            p for r in self.runs.values() for p in (r.folder.completions, r.folder.grades) if p.exists()
        ]
        newer = all(p.stat().st_mtime_ns <= study.stat().st_mtime_ns for p in rests_on)
        there = {name: run for name, run in self.runs.items() if run.manifest is not None}
        graded = bool(there) and all(run.sampled() == run.graded() for run in there.values())
        if not (newer or graded):  # while samples are still to be graded it is not read again at each look
            return None
        report = decode_study(study.read_bytes(), str(study))
        told = {run.id: run.candidates for run in report.runs}
        agree = all(run.sampled() == told.get(name) for name, run in there.items())
        return report if newer or agree else None

    def report(self) -> StudyReport:
        """The finished study's report, or what there is so far. Raises InputError for a broken study.json."""
        if (finished := self._finished_report()) is not None:
            return finished
        started = [run for run in self.runs.values() if run.manifest is not None]
        runs = tuple(self._run(run, run.manifest) for run in started if run.manifest is not None)
        now = time.monotonic()
        there = [run for run in self.runs.values() if run.manifest is not None or not self.begun]
        stages = (*(stage for run in there for stage in run.stages(now)), *self._not_begun())
        manifest = started[0].manifest if started else None
        return StudyReport(
            name=self.begun.title if self.begun else self.workdir.root.resolve().name,
            made=Made(
                when=self._when(manifest),
                version=manifest.packages.get("modelassay", "unknown") if manifest else "unknown",
                command=manifest.command if manifest else (),
                machine=manifest.machine if manifest else {},
                packages=manifest.packages if manifest else {},
                sandbox_level=manifest.sandbox_level if manifest else "unknown",
            ),
            runs=runs,
            headline_ks=KS,
            rankings=tuple(_rankings(runs)),
            problems=tuple(self._titles(started)),
            stages=stages or (Stage(name="starting", done=0, total=0),),
            warnings=tuple(_so_far(runs)),
        )

    def _not_begun(self) -> Iterator[Stage]:
        """The runs that are planned and have no sample yet, which is said of each."""
        for planned in self.begun.runs if self.begun else ():
            run = self.runs.get(planned.run)
            if run is None or run.manifest is None:
                name = f"{planned.model} on {planned.benchmark}: {NOT_YET}"
                yield Stage(name=name, done=0, total=planned.samples or 0)

    def _when(self, manifest: Manifest | None) -> str:
        if manifest is not None:
            return manifest.started
        return self.begun.started if self.begun else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())

    def _run(self, run: LiveRun, manifest: Manifest) -> RunReport:
        plan = manifest.plan
        complete = run.complete()
        smallest = min((len(run.grades[g.problem]) for g in complete), default=0)
        tally: dict[tuple[str, str], list[int]] = {}
        outcomes: dict[str, dict[Outcome, int]] = {}
        for mine in run.grades.values():
            for grade in (g for by_suite in mine.values() for g in by_suite.values()):
                cell = tally.setdefault((grade.problem, grade.suite), [0, 0])
                cell[0] += 1
                cell[1] += grade.outcome == "passed"
                block = outcomes.setdefault(grade.suite, {})
                block[grade.outcome] = block.get(grade.outcome, 0) + 1
        return RunReport(
            id=run.name, folder=f"runs/{run.name}", model=plan.model, benchmark=plan.benchmark,
            benchmark_version=plan.benchmark_version, protocol=plan.protocol, decoding=plan.decoding,
            seed=plan.seed, samples_per_problem=plan.samples_per_problem or smallest,
            problems=len(plan.problems), candidates=run.sampled(), backend=plan.backend,
            demo_model=manifest.demo_model,
            estimates=tuple(estimate(complete, ks=[k for k in KS if k <= smallest])) if smallest else (),
            counts=tuple(
                ProblemCount(problem=p, suite=s, graded=n, passed=c) for (p, s), (n, c) in tally.items()
            ),
            outcomes=outcomes,
        )  # fmt: skip

    def _titles(self, runs: Iterable[LiveRun]) -> Iterator[ProblemTitle]:
        for run in runs:
            plan = run.manifest.plan if run.manifest else None
            for name in plan.problems if plan else ():
                known = self._problem(run, name)
                yield ProblemTitle(
                    id=name,
                    benchmark=plan.benchmark if plan else "",
                    entry_point=known.entry_point if known else "",
                    difficulty=known.difficulty if known else None,
                )

    def _problem(self, run: LiveRun, name: str) -> Problem | None:
        """The problem itself where its set can be had without a network; else the page does without."""
        if run.manifest is None:
            return None
        key = (run.manifest.plan.benchmark, run.manifest.plan.benchmark_version)
        if key not in self.sets:
            try:
                self.sets[key] = {p.id: p for p in load_problem_set(*key, offline=True).problems}
            except AssayError:
                self.sets[key] = {}
        return self.sets[key].get(name)

    def problem_samples(self, benchmark: str, problem: str) -> list[ProblemSamples]:
        """The samples of one problem under every run that asks for it, graded or not; none where there are none yet."""
        return [
            self._problem_samples(run, problem)
            for run in self.runs.values()
            if run.manifest
            and run.manifest.plan.benchmark == benchmark
            and problem in run.manifest.plan.problems
        ]

    def _problem_samples(self, run: LiveRun, name: str) -> ProblemSamples:
        problem = self._problem(run, name)
        rules = rules_of_run(run.manifest.grading_settings) if run.manifest else DEFAULT
        places = [place for _, place in sorted(run.places.get(name, {}).items())]
        prompts = {p.problem: p for p in read_records(run.folder.prompts, SentPrompt)}
        return ProblemSamples(
            run=run.name,
            problem=name,
            statement=problem.prompt if problem else "",
            reference=(problem.reference or "") if problem else "",
            prompt=prompts[name].text if name in prompts else "",
            samples=tuple(
                _view(c, problem, run.grades.get(name, {}).get(c.index, {}), rules)
                for c in (run.completions.at(places) if places else ())
            ),
        )


def _view(
    it: Completion, problem: Problem | None, grades: dict[str, Grade], rules: frozenset[str]
) -> SampleView:
    found: Any = extract(problem.prompt, problem.entry_point, it.text, it.form, rules) if problem else None
    return SampleView(
        index=it.index, text=it.text, program=found.source if found else it.text,
        extraction=found.how if found else "not looked for: the problem set is not available",
        completion_tokens=it.completion_tokens, finish_reason=it.finish_reason,
        seen=tuple(map(seen_of, grades.values())),
    )  # fmt: skip


def _rankings(runs: Iterable[RunReport]) -> Iterator[Ranking]:
    """Runs of one benchmark and suite by what they have so far, at the largest k that all of them have."""
    groups: dict[tuple[str, str, str], list[RunReport]] = {}
    for run in runs:
        for suite in reversed(list(dict.fromkeys(e.suite for e in run.estimates))):
            groups.setdefault((run.benchmark, run.benchmark_version, suite), []).append(run)
    for (benchmark, version, suite), mine in groups.items():
        k = max(set.intersection(*({e.k for e in r.estimates if e.suite == suite} for r in mine)))
        found = {r.id: next(e for e in r.estimates if e.suite == suite and e.k == k) for r in mine}
        rows = sorted(mine, key=lambda r: -found[r.id].value)
        yield Ranking(
            benchmark=benchmark,
            benchmark_version=version,
            suite=suite,
            k=k,
            rows=tuple(Ranked(run=r.id, estimate=found[r.id], standing="no baseline") for r in rows),
        )


def _so_far(runs: Iterable[RunReport]) -> Iterator[str]:
    for run in runs:
        done = max((e.problems for e in run.estimates), default=0)
        if done < run.problems:
            yield f"{run.model} on {run.benchmark}: figures rest on {done} of {run.problems} problems so far."
