"""The examples that come with the package, put into a folder of the user's: demo models, note, studies, problems."""

import shutil
from pathlib import Path
from typing import Final

import modelassay
from modelassay.core.errors import MissingError, StorageError

_NAME: Final = "examples"


def examples_of_package() -> Path:
    """Inside an installed package, or beside its source in a checkout. Raises MissingError where it was built without."""
    package = Path(modelassay.__file__).parent
    for folder in (package / _NAME, package.parents[1] / _NAME):
        if (folder / "models").is_dir():
            return folder
    hint = "install the package from its wheel, or name models with --hub"
    raise MissingError("the examples did not come with this package", path=package / _NAME, hint=hint)


def examples_beside(folder: Path) -> tuple[Path, int]:
    """`examples` in this folder, and how many files were copied into it: what is there already stays as it is.

    Copied, not linked: a study must not depend on where a package was installed. Raises MissingError, StorageError.
    """
    source, target = examples_of_package(), folder / _NAME
    copied = 0
    try:
        for path in sorted(p for p in source.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
            there = target / path.relative_to(source)
            if there.exists():
                continue
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, there)
            copied += 1
    except OSError as error:
        hint = "give --out in a folder that you may write to"
        raise StorageError(f"cannot write the examples: {error.strerror}", path=target, hint=hint) from error
    return target, copied
