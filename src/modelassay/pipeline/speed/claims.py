"""Speeds in the files of other tools: read, and kept as claims with file, hash and place."""

from collections.abc import Sequence
from pathlib import Path

from modelassay.core.store import read_records, write_records
from modelassay.core.workdir import WorkDir
from modelassay.speed.files.claims import SpeedClaim
from modelassay.speed.files.formats import read_speed_file


def speeds_in(path: Path) -> list[SpeedClaim]:
    """Raises InputError."""

    def beside(name: str) -> bytes | None:
        neighbour = path.with_name(name)
        return neighbour.read_bytes() if neighbour.is_file() else None

    return read_speed_file(path.read_bytes(), path, beside)


def keep_claims(claims: Sequence[SpeedClaim], workdir: WorkDir) -> Path:
    """Add them to those of the work directory; a file with the same bytes is kept once."""
    new = {claim.sha256 for claim in claims}
    before = [c for c in read_records(workdir.speed_claims, SpeedClaim) if c.sha256 not in new]
    write_records(workdir.speed_claims, [*before, *claims])
    return workdir.speed_claims
