"""`assay audit` and `assay shortlist`: notes → judged claims on disk → models kept or refused."""

from collections.abc import Sequence
from pathlib import Path

from modelassay.audit.auditor import Audit, SecondReader, audit_note
from modelassay.core.published import Decision
from modelassay.core.store import write_records, write_text
from modelassay.core.workdir import WorkDir
from modelassay.evidence.base import Evidence, load_evidence
from modelassay.pipeline.plan.study_file import Study, read_study
from modelassay.shortlist.decide import decide


def audit_notes(
    notes: Sequence[Path],
    workdir: WorkDir,
    evidence: Evidence | None = None,
    second: SecondReader | None = None,
) -> list[Audit]:
    """Audit every note; claims, findings, judgements and corrected copies go into the work directory.

    second: the model that is asked to read on where our own reader stops.
    All notes are read before anything is written. Raises MissingError and InputError for a bad note.
    """
    base = evidence or load_evidence()
    audits = [audit_note(note, evidence=base, second=second) for note in notes]
    write_records(workdir.claims, [claim for audit in audits for claim in audit.claims])
    write_records(workdir.unread, [unread for audit in audits for unread in audit.unread])
    if second is not None:
        write_records(workdir.refused, [refused for audit in audits for refused in audit.refused])
    write_records(workdir.findings, [finding for audit in audits for finding in audit.findings])
    write_records(workdir.judgements, [judgement for audit in audits for judgement in audit.judgements])
    for note, audit in zip(notes, audits, strict=True):
        if not audit.no_copy:
            write_text(workdir.corrected(note), audit.corrected)
    return audits


def decide_models(
    study: Study, audits: Sequence[Audit], workdir: WorkDir, evidence: Evidence
) -> list[Decision]:
    """Every model that a note names or the study runs, held against the study's needs."""
    named = [claim.hub_id for audit in audits for claim in audit.claims if claim.hub_id]
    own = [model.hub_id for model in study.models if model.hub_id]
    baseline = next((m.hub_id for m in study.models if m.name == study.baseline), None)
    models = list(dict.fromkeys([*own, *named]))
    decisions = decide(models, study.shortlist, evidence, baseline=baseline)
    write_records(workdir.decisions, decisions)
    return decisions


def shortlist_study(path: Path, workdir: WorkDir) -> list[Decision]:
    """`assay shortlist`: the decisions of a study, without sampling anything."""
    study = read_study(path)
    evidence = load_evidence()
    audits = audit_notes([path.parent / note for note in study.notes], workdir, evidence)
    return decide_models(study, audits, workdir, evidence)
