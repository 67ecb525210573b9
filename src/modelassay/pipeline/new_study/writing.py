"""The new study's file on disk, read back before it counts."""

from pathlib import Path

from modelassay.core.store import write_text
from modelassay.pipeline.new_study.candidates import Chosen
from modelassay.pipeline.new_study.study_text import study_text
from modelassay.pipeline.plan.study_reader import read_study


def write_study(chosen: Chosen, out: Path, problems: Path | None = None) -> None:
    """Write the file. Raises StorageError, or InputError where what was written would not be a study."""
    first = chosen.kept[0].model.rpartition("/")[2]
    title = (
        chosen.notes[0].stem.replace("-", " ")
        if chosen.notes
        else f"{first} and {len(chosen.kept) - 1} others"
    )
    write_text(out, study_text(chosen, out, title, problems))
    read_study(out)
