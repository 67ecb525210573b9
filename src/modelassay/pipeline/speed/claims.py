"""Speeds from the files of other tools, kept as claims with file, hash and place."""

from collections.abc import Sequence
from pathlib import Path

from modelassay.core.store import read_records, write_records
from modelassay.core.workdir import WorkDir
from modelassay.speed.files.claims import SpeedClaim


def keep_claims(claims: Sequence[SpeedClaim], workdir: WorkDir) -> Path:
    """Add them to those of the work directory; a file with the same bytes is kept once."""
    new = {claim.sha256 for claim in claims}
    before = [c for c in read_records(workdir.speed_claims, SpeedClaim) if c.sha256 not in new]
    write_records(workdir.speed_claims, [*before, *claims])
    return workdir.speed_claims
