"""Where everything lies on disk. No other file joins paths of a work directory."""

from dataclasses import dataclass
from pathlib import Path

from modelassay.core.measured import SamplingPlan


@dataclass(frozen=True)
class RunDir:
    """One run's folder, named by the hash of its plan."""

    root: Path

    @property
    def files(self) -> tuple[Path, ...]:
        """Everything that a run's folder may hold."""
        return (
            self.manifest, self.problems, self.completions, self.reading, self.prompts, self.device, self.timings, self.grades,
            self.left_out, self.shard, self.origins, self.shown, self.estimates, self.looks, self.decided, self.speed, self.energy,
        )  # fmt: skip

    @property
    def manifest(self) -> Path:
        return self.root / "manifest.jsonl"

    @property
    def problems(self) -> Path:
        """The user's own problems; a named set has no such file."""
        return self.root / "problems.jsonl"

    @property
    def completions(self) -> Path:
        return self.root / "completions.jsonl"

    @property
    def reading(self) -> Path:
        """What came of reading precomputed samples, beside the samples themselves."""
        return self.root / "reading.jsonl"

    @property
    def prompts(self) -> Path:
        return self.root / "prompts.jsonl"

    @property
    def device(self) -> Path:
        return self.root / "device.jsonl"

    @property
    def timings(self) -> Path:
        return self.root / "timings.jsonl"

    @property
    def grades(self) -> Path:
        return self.root / "grades.jsonl"

    @property
    def left_out(self) -> Path:
        """Problems that could not be graded."""
        return self.root / "left_out.jsonl"

    @property
    def shown(self) -> Path:
        """Grades under the tests that the prompts show."""
        return self.root / "shown.jsonl"

    @property
    def estimates(self) -> Path:
        return self.root / "estimates.jsonl"

    @property
    def shard(self) -> Path:
        """Which part of the plan this folder holds, where it is not meant to hold all of it."""
        return self.root / "shard.jsonl"

    @property
    def origins(self) -> Path:
        """On which node of a cluster each sample was made and graded."""
        return self.root / "origins.jsonl"

    @property
    def best_of_n(self) -> Path:
        """Problems solved by one answer picked from n samples."""
        return self.root / "best_of_n.jsonl"

    @property
    def looks(self) -> Path:
        """When this run was compared with a baseline, and with which data."""
        return self.root / "looks.jsonl"

    @property
    def decided(self) -> Path:
        """What is decided of each problem, where sampling stopped as soon as it was."""
        return self.root / "decided.jsonl"

    @property
    def speed(self) -> Path:
        return self.root / "speed.jsonl"

    @property
    def energy(self) -> Path:
        """Joules of sampling, where the machine reports any."""
        return self.root / "energy.jsonl"


@dataclass(frozen=True)
class SourceFiles:
    """The folder of fetched sources: bodies by hash, and what is known of each fetch."""

    root: Path

    @property
    def index(self) -> Path:
        """One record for each fetch, the latest last."""
        return self.root / "retrievals.jsonl"

    @property
    def lock(self) -> Path:
        return self.root / ".lock"

    def body(self, sha256: str) -> Path:
        """The bytes with this hash."""
        return self.root / "bodies" / sha256[:2] / sha256

    def partial(self, name: str) -> Path:
        """The bytes that have arrived of a body that has not arrived whole."""
        return self.root / "partial" / f"{name}.part"

    def partial_state(self, name: str) -> Path:
        """Which version of the body the partial bytes belong to."""
        return self.root / "partial" / f"{name}.json"


@dataclass(frozen=True)
class WorkDir:
    """A study's work directory, as docs/architecture.md lists it."""

    root: Path

    @property
    def claims(self) -> Path:
        return self.root / "claims.jsonl"

    @property
    def unread(self) -> Path:
        return self.root / "unread.jsonl"

    @property
    def refused(self) -> Path:
        """What the model that was asked to read said and the notes do not hold."""
        return self.root / "refused.jsonl"

    @property
    def findings(self) -> Path:
        return self.root / "findings.jsonl"

    @property
    def judgements(self) -> Path:
        return self.root / "judgements.jsonl"

    @property
    def decisions(self) -> Path:
        return self.root / "decisions.jsonl"

    @property
    def comparisons(self) -> Path:
        return self.root / "comparisons.jsonl"

    @property
    def report_html(self) -> Path:
        return self.root / "report.html"

    @property
    def report_markdown(self) -> Path:
        return self.root / "report.md"

    @property
    def study_json(self) -> Path:
        return self.root / "study.json"

    @property
    def begun(self) -> Path:
        """What the study that is, or was, at work here is going to do."""
        return self.root / "begun.jsonl"

    @property
    def lock(self) -> Path:
        return self.root / ".lock"

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    def run(self, plan: SamplingPlan) -> RunDir:
        """The folder of this plan's run."""
        return RunDir(self.runs / plan.run_name)

    @property
    def sources(self) -> SourceFiles:
        """Fetched documents and answers."""
        return SourceFiles(self.root / "sources")

    @property
    def speed(self) -> Path:
        """Measured speeds, one a line: those of `assay speed`."""
        return self.root / "speed.jsonl"

    @property
    def speed_claims(self) -> Path:
        """Speeds that other tools' files state."""
        return self.root / "speed_claims.jsonl"

    @property
    def evidence(self) -> Path:
        """The user's own facts: a folder of the shipped base's form."""
        return self.root / "evidence"

    def query(self, name: str) -> Path:
        """What a saved query asked and found last."""
        return self.root / "queries" / f"{name}.json"

    def beside_report(self, name: str) -> Path:
        """A file that report.html loads when a sample is looked at."""
        return self.root / name

    def run_named(self, name: str) -> RunDir:
        """The folder of a run by its name."""
        return RunDir(self.runs / name)

    def reader_answer(self, digest: str) -> Path:
        """A kept answer of the model that reads hard prose."""
        return self.root / "asked" / f"{digest}.jsonl"

    def corrected(self, name: str) -> Path:
        """Where the corrected copy of a note of this name goes."""
        return self.root / "corrected" / name

    def document(self, *parts: str) -> Path:
        """A document that was fetched to be audited, by where it came from."""
        return self.root.joinpath("documents", *parts)

    @property
    def audit_files(self) -> tuple[Path, ...]:
        """What an audit writes, beside the corrected copies."""
        return self.claims, self.unread, self.refused, self.findings, self.judgements, self.decisions
