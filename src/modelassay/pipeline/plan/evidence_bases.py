"""Which evidence a command judges by: the shipped base, and the user's own facts laid over it."""

import os
from pathlib import Path

from modelassay.core.workdir import WorkDir
from modelassay.evidence.base import Evidence, load_evidence


def evidence_folder(workdir: WorkDir, given: Path | None = None) -> Path:
    """Where the user's own facts are: the folder given, else ASSAY_EVIDENCE, else the work directory's."""
    named = os.environ.get("ASSAY_EVIDENCE")
    return given or (Path(named) if named else workdir.evidence)


def evidence_of(workdir: WorkDir, given: Path | None = None) -> Evidence:
    """The shipped base with the user's own facts laid over it, if there are any. Raises InputError (file, line, key)."""
    return load_evidence(own=evidence_folder(workdir, given))
