"""`assay audit` and `assay shortlist`: notes → judged claims on disk → models kept or refused."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from modelassay.audit.auditor import Audit, SecondReader, audit_note
from modelassay.core.errors import InputError
from modelassay.core.published import Decision
from modelassay.core.store import write_records, write_text
from modelassay.core.workdir import WorkDir
from modelassay.evidence.base import Evidence
from modelassay.pipeline.plan.evidence_bases import evidence_of
from modelassay.pipeline.plan.study_file import Study
from modelassay.pipeline.plan.study_reader import read_study
from modelassay.shortlist.decide import decide


def audit_notes(
    notes: Sequence[Path],
    workdir: WorkDir,
    evidence: Evidence | None = None,
    second: SecondReader | None = None,
) -> list[Audit]:
    """Audit every note; claims, findings, judgements and corrected copies go into the work directory.

    second: the model that is asked to read on where our own reader stops.
    All notes are read before anything is written; of what stood there and is replaced one copy is kept, as `.bak`.
    Raises MissingError and InputError for a bad note, or one that stands where its audit is to be written.
    """
    base = evidence or evidence_of(workdir)
    copies = corrected_copies(notes, workdir)
    audits = [audit_note(note, evidence=base, second=second) for note in notes]
    write_records(workdir.claims, [claim for audit in audits for claim in audit.claims], keep=True)
    write_records(workdir.unread, [unread for audit in audits for unread in audit.unread], keep=True)
    if second is not None:
        write_records(workdir.refused, [refused for audit in audits for refused in audit.refused], keep=True)
    write_records(workdir.findings, [finding for audit in audits for finding in audit.findings], keep=True)
    judgements = [judgement for audit in audits for judgement in audit.judgements]
    write_records(workdir.judgements, judgements, keep=True)
    for copy, audit in zip(copies, audits, strict=True):
        if not audit.no_copy:
            write_text(copy, audit.corrected, keep=True)
    return audits


def corrected_copies(notes: Sequence[Path], workdir: WorkDir) -> list[Path]:
    """Where the corrected copy of each note goes; notes of one name from several folders get the folder's before it.

    Raises InputError for a note that stands there.
    """
    names = Counter(note.name for note in notes)
    found = []
    for note in notes:
        copy = workdir.corrected(note.name)
        if names[note.name] > 1:
            copy = workdir.corrected("--".join([*note.resolve().parent.parts[-1:], note.name]))
        while copy in found:
            copy = copy.with_name(f"again--{copy.name}")
        found.append(copy)
    ours = {path.resolve() for path in (*found, *workdir.audit_files)}
    for note in notes:
        if note.resolve() in ours:
            raise InputError(
                "the note stands where its audit is to be written", path=note, hint="name another --workdir"
            )
    return found


def decide_models(
    study: Study, audits: Sequence[Audit], workdir: WorkDir, evidence: Evidence
) -> list[Decision]:
    """Every model that a note names or the study runs, held against the study's needs."""
    named = [claim.hub_id for audit in audits for claim in audit.claims if claim.hub_id]
    own = [model.hub_id for model in study.models if model.hub_id]
    baseline = next((m.hub_id for m in study.models if m.name == study.baseline), None)
    models = list(dict.fromkeys([*own, *named]))
    decisions = decide(models, study.shortlist, evidence, baseline=baseline)
    write_records(workdir.decisions, decisions, keep=True)
    return decisions


def shortlist_study(path: Path, workdir: WorkDir, own: Path | None = None) -> list[Decision]:
    """`assay shortlist`: the decisions of a study, without sampling anything."""
    study = read_study(path)
    evidence = evidence_of(workdir, own)
    audits = audit_notes([path.parent / note for note in study.notes], workdir, evidence)
    return decide_models(study, audits, workdir, evidence)
