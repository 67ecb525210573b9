"""The new study's file on disk, read back before it counts."""

from pathlib import Path

from modelassay.core.store import write_text
from modelassay.pipeline.new_study.candidates import Chosen
from modelassay.pipeline.new_study.study_text import study_text
from modelassay.pipeline.plan.study_reader import read_study


def write_study(chosen: Chosen, out: Path, problems: Path | None = None) -> None:
    """Write the file. Raises StorageError, or InputError where what was written would not be a study."""
    write_text(out, study_text(chosen, out, _title(chosen), problems))
    read_study(out)


def _title(chosen: Chosen) -> str:
    """What the study is called until its owner names it."""
    first, others = chosen.kept[0], len(chosen.kept) - 1
    if first.path:
        return "Demo: two tiny models"
    if chosen.notes:
        return chosen.notes[0].stem.replace("-", " ")
    name = first.model.rpartition("/")[2]
    return name + (f" and {others} other{'s' if others > 1 else ''}" if others else "")
