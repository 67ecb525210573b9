"""Several studies beside each other: which there are, what each found, and what changed from one to another.

A folder is a study's once it holds runs or what a study wrote; those of a folder are found one or two levels below it.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from modelassay.core.errors import AssayError
from modelassay.core.measured import Estimate
from modelassay.core.workdir import WorkDir
from modelassay.report.content import RunReport, StudyReport
from modelassay.report.live_pages import Live
from modelassay.report.sentences import VERDICTS
from modelassay.report.wording import counted, heat, note_name, one_line

LEVEL = "~"  # between the names of folders in an address


def is_study(folder: Path) -> bool:
    """Whether a study has been at work in a folder, or runs lie in it."""
    place = WorkDir(folder)
    return place.runs.is_dir() or place.study_json.is_file() or place.begun.is_file()


class Studies:
    """A folder to serve: one study's work directory, or several below it. Every method may be called again and again."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.own = Live(WorkDir(root))
        self._known: dict[str, Live] = {}

    def several(self) -> dict[str, Live]:
        """Address → study; none where the folder is a study's itself. Links are not followed."""
        if is_study(self.root):
            return {}
        there = {}
        for folder in _folders(self.root):
            below = [folder] if is_study(folder) else list(filter(is_study, _folders(folder)))
            for study in below:
                name = LEVEL.join(study.relative_to(self.root).parts)
                there[name] = self._known.get(name) or Live(WorkDir(study), listed=True)
        self._known = there
        return there

    def stamp(self) -> str:
        """Changes when there is something new to show of any of them."""
        return " ".join(f"{name}:{live.stamp()}" for name, live in self.several().items())

    def listed(self) -> list["Listed"]:
        """All of them, the latest first."""
        found = [_listed(name, live) for name, live in self.several().items()]
        found.sort(key=lambda one: one.when, reverse=True)
        return [_with_before(one, found[place + 1 :]) for place, one in enumerate(found)]


def _folders(root: Path) -> list[Path]:
    try:
        return sorted(
            p for p in root.iterdir() if p.is_dir() and not p.is_symlink() and not p.name.startswith(".")
        )
    except OSError:
        return []


@dataclass(frozen=True)
class Listed:
    """One study of several. report: `None` where it cannot be read, which `trouble` says. changed: seconds since the epoch.

    before: the latest earlier study that ran a model of this one on the same benchmark, and what changed since.
    """

    name: str
    report: StudyReport | None
    changed: float
    trouble: str = ""
    before: "Listed | None" = None
    since: "Changes | None" = None

    @property
    def when(self) -> str:
        """When it was made or begun, ISO 8601."""
        return self.report.made.when if self.report else ""

    @property
    def title(self) -> str:
        """Its own title, else its folder."""
        return one_line(self.report.name if self.report else self.name)


def _listed(name: str, live: Live) -> Listed:
    folder = live.study.workdir
    files = [folder.study_json, folder.begun, *folder.runs.glob("*/completions.jsonl"), *folder.runs.glob("*/grades.jsonl")]  # fmt: skip
    changed = max((p.stat().st_mtime for p in files if p.is_file()), default=time.time())
    try:
        return Listed(name, live.report(), changed)
    except AssayError as error:
        return Listed(name, None, changed, trouble=str(error))


def _with_before(one: Listed, earlier: Sequence[Listed]) -> Listed:
    if one.report is None:
        return one
    mine = {(r.model, r.benchmark) for r in one.report.runs}
    for other in earlier:
        if other.report and mine & {(r.model, r.benchmark) for r in other.report.runs}:
            return Listed(
                one.name, one.report, one.changed, before=other, since=changes(other.report, one.report)
            )
    return one


@dataclass(frozen=True)
class Figure:
    """One score in two studies; `None` where a study has it not."""

    model: str
    test: str
    k: int
    before: Estimate | None
    now: Estimate | None
    run_before: str = ""
    run_now: str = ""

    @property
    def moved(self) -> float | None:
        """The difference, `None` where one is missing."""
        return self.now.value - self.before.value if self.now and self.before else None


@dataclass(frozen=True)
class Changes:
    """What changed from one study to another. settings: (of what, which, before, now). claims: (where, what, before, now)."""

    figures: list[Figure] = field(default_factory=list)
    settings: list[tuple[str, str, str, str]] = field(default_factory=list)
    claims: list[tuple[str, str, str, str]] = field(default_factory=list)
    decisions: list[tuple[str, str, str]] = field(default_factory=list)

    def sentence(self) -> str:
        """All of it, counted: `2 of 4 scores changed, 1 new; 3 settings changed`."""
        both = [f for f in self.figures if f.moved is not None]
        moved = sum(abs(f.moved or 0.0) >= 5e-4 for f in both)
        parts = []
        if both:
            parts.append(f"{moved or 'none'} of {counted(len(both), 'score')} changed")
        new, gone = (sum(getattr(f, side) is None for f in self.figures) for side in ("before", "now"))
        parts += [f"{new} new"] if new else []
        parts += [f"{gone} gone"] if gone else []
        for what, number in (("setting", len(self.settings)), ("verdict", len(self.claims)), ("decision", len(self.decisions))):  # fmt: skip
            parts += [f"{counted(number, what)} changed"] if number else []
        return ", ".join(parts) or "nothing changed"


def changes(before: StudyReport, now: StudyReport) -> Changes:
    """What changed from one study to another; runs are matched by model, benchmark and, where several are, protocol."""
    pairs = list(_pairs(before, now))
    return Changes(
        figures=[figure for pair in pairs for figure in _figures(*pair, before, now)],
        settings=[*_settings(before, now, pairs)],
        claims=[*_claims(before, now)],
        decisions=[*_decisions(before, now)],
    )


Pair = tuple[RunReport | None, RunReport | None]


def _pairs(before: StudyReport, now: StudyReport) -> Iterator[Pair]:
    one, other = _by_name(before), _by_name(now)
    for key in dict.fromkeys([*other, *one]):
        mine, theirs = one.get(key, {}), other.get(key, {})
        if len(mine) == len(theirs) == 1:
            yield next(iter(mine.values())), next(iter(theirs.values()))
            continue
        for protocol in dict.fromkeys([*theirs, *mine]):
            yield mine.get(protocol), theirs.get(protocol)


def _by_name(report: StudyReport) -> dict[tuple[str, str], dict[str, RunReport]]:
    """(model, benchmark) → protocol, and decoding where it takes that to tell runs apart → run."""
    found: dict[tuple[str, str], dict[str, RunReport]] = {}
    several = Counter((r.model, r.benchmark, r.protocol) for r in report.runs)
    for run in report.runs:
        alone = several[run.model, run.benchmark, run.protocol] == 1
        key = run.protocol if alone else f"{run.protocol}, {heat(run)}, {run.id[-6:]}"
        found.setdefault((run.model, run.benchmark), {})[key] = run
    return found


def _figures(
    one: RunReport | None, other: RunReport | None, before: StudyReport, now: StudyReport
) -> Iterator[Figure]:
    """Scores of both where there are such, at the headlines' ks."""
    run = other or one
    if run is None:
        return
    mine, theirs = _scores(one, before), _scores(other, now)
    common = [key for key in theirs if key in mine]
    for suite, k in dict.fromkeys(common or [*theirs, *mine]):
        name = one_line(PurePath(run.model).name or run.model)
        test = run.benchmark if suite in ("base", run.benchmark) else f"{run.benchmark} ({suite})"
        yield Figure(
            name, test, k, mine.get((suite, k)), theirs.get((suite, k)), one.id if one else "", other.id if other else ""
        )  # fmt: skip


def _scores(run: RunReport | None, report: StudyReport) -> dict[tuple[str, int], Estimate]:
    if run is None:
        return {}
    there = {(e.suite, e.k): e for e in run.estimates}
    shown = {key: e for key, e in there.items() if key[1] in report.headline_ks}
    return shown or there


def _settings(before: StudyReport, now: StudyReport, pairs: Sequence[Pair]) -> Iterator[tuple[str, str, str, str]]:  # fmt: skip
    """What made the scores, where it is another."""
    both = [("version", before.made.version, now.made.version)]
    both += [("sandbox", before.made.sandbox_level, now.made.sandbox_level)]
    both += [
        (name, before.made.machine.get(name, "–"), now.made.machine.get(name, "–"))
        for name in dict.fromkeys([*before.made.machine, *now.made.machine])
    ]
    both += [
        (name, before.made.packages.get(name, "–"), now.made.packages.get(name, "–"))
        for name in dict.fromkeys([*before.made.packages, *now.made.packages])
        if name != "modelassay"
    ]
    yield from (("study", *one) for one in both if one[1] != one[2])
    for one, other in pairs:
        if one is None or other is None:
            continue
        of = f"{one_line(PurePath(other.model).name)} on {other.benchmark}"
        mine, theirs = _plan(one), _plan(other)
        yield from ((of, name, mine[name], theirs[name]) for name in mine if mine[name] != theirs[name])


def _plan(run: RunReport) -> dict[str, str]:
    decoding = run.decoding
    return {
        "weights": (run.revision or run.model_sha256)[:12] or "–",
        "backend": run.backend or "–",
        "protocol": run.protocol,
        "benchmark version": f"{run.benchmark_version} {run.benchmark_sha256[:8]}".strip(),
        "problems": str(run.problems),
        "samples per problem": str(run.samples_per_problem),
        "temperature": f"{decoding.temperature:g}" if decoding else "–",
        "top-p": f"{decoding.top_p:g}" if decoding else "–",
        "tokens at most": str(decoding.max_tokens) if decoding else "–",
        "seed": "–" if run.seed is None else str(run.seed),
    }


def _claims(before: StudyReport, now: StudyReport) -> Iterator[tuple[str, str, str, str]]:
    """Claims whose verdict is another; of documents that both studies audited, also those that only one has."""
    mine, theirs = _verdicts(before), _verdicts(now)
    both = {key[0] for key in mine} & {key[0] for key in theirs}
    for key in dict.fromkeys([*theirs, *mine]):
        one, other = mine.get(key, "–"), theirs.get(key, "–")
        if one != other and key[0] in both:
            yield key[0], key[1], one, other


def _verdicts(report: StudyReport) -> dict[tuple[str, str], str]:
    found = {}
    for audit in report.audits:
        judged = {j.claim: j.verdict for j in audit.judgements}
        for claim in audit.claims:
            if claim.id in judged:
                about = f"{claim.model} · {claim.protocol.benchmark if claim.protocol else claim.subject} · {claim.quote}"
                found[note_name(audit.note), one_line(about)] = VERDICTS[judged[claim.id]]
    return found


def _decisions(before: StudyReport, now: StudyReport) -> Iterator[tuple[str, str, str]]:
    mine, theirs = ({d.model: d.kept for d in report.decisions} for report in (before, now))
    if not mine or not theirs:
        return
    words = {True: "keep", False: "refuse", None: "–"}
    for model in dict.fromkeys([*theirs, *mine]):
        if mine.get(model) != theirs.get(model):
            yield model, words[mine.get(model)], words[theirs.get(model)]
