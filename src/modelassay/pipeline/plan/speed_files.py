"""A file of speeds that another tool wrote, with what lies beside it."""

from pathlib import Path

from modelassay.speed.files.claims import SpeedClaim
from modelassay.speed.files.formats import read_speed_file


def speeds_in(path: Path) -> list[SpeedClaim]:
    """What the file says. Raises InputError."""

    def beside(name: str) -> bytes | None:
        neighbour = path.with_name(name)
        return neighbour.read_bytes() if neighbour.is_file() else None

    return read_speed_file(path.read_bytes(), path, beside)
