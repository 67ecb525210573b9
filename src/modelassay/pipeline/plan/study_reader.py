"""A study file: TOML in, a typed Study out. Every mistake is named with file, line, key and remedy."""

import difflib
import re
import tomllib
from pathlib import Path

import msgspec

from modelassay.core.errors import InputError, MissingError
from modelassay.core.records import Record
from modelassay.pipeline.plan.models import by_name
from modelassay.pipeline.plan.study_checks import check_study, find_key
from modelassay.pipeline.plan.study_file import (
    BenchmarkEntry,
    EstimatesEntry,
    GradingEntry,
    ModelEntry,
    PrecomputedEntry,
    ReaderEntry,
    SamplingEntry,
    SequentialEntry,
    Study,
)
from modelassay.shortlist.needs import Needs

_MAKES_ONE = "`assay init` makes one"


def read_study(path: Path) -> Study:
    """Read and check a study file. Raises MissingError or InputError; touches nothing else."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError as error:
        hint = f"give the path of a study file; {_MAKES_ONE}"
        raise MissingError("no such study file", path=path, hint=hint) from error
    except IsADirectoryError as error:
        hint = f"give a study file in it; {_MAKES_ONE}"
        raise InputError("this is a folder, not a study file", path=path, hint=hint) from error
    except UnicodeDecodeError as error:
        raise InputError("not a UTF-8 text file", path=path, hint="save the study as UTF-8 TOML") from error
    try:
        study = msgspec.convert(tomllib.loads(text), Study, strict=True)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        hint = "fix that line"
        if path.suffix != ".toml":
            hint = f"a study is a TOML file: `assay init {path.as_posix()}` makes one from a note"
        raise InputError(
            f"not valid TOML: {error}", path=path, line=int(found[1]) if found else None, hint=hint
        ) from error
    except msgspec.ValidationError as error:
        raise _explain(error, path, text) from error
    check_study(study, path, text)
    return msgspec.structs.replace(study, models=tuple(by_name(m, path.parent) for m in study.models))


# Where a key may stand: the record behind each table of the file.
_TABLES: dict[str, type[Record]] = {
    "": Study,
    "shortlist": Needs,
    "reader": ReaderEntry,
    "sampling": SamplingEntry,
    "estimates": EstimatesEntry,
    "sequential": SequentialEntry,
    "grading": GradingEntry,
    "benchmarks": BenchmarkEntry,
    "models": ModelEntry,
    "models.recordings": PrecomputedEntry,
}


def _explain(error: msgspec.ValidationError, path: Path, text: str) -> InputError:
    """Turn msgspec's message into file, line, key and remedy."""
    message = str(error)
    where = re.search(r"at `\$\.?([^`]*)`", message)
    steps = where[1] if where else ""
    unknown = re.search(r"unknown field `([^`]+)`", message)
    table = re.sub(r"\[[^\]]*\]", "", steps)
    if unknown:
        key = unknown[1]
        known = sorted(_TABLES[table].__struct_fields__) if table in _TABLES else []
        close = difflib.get_close_matches(key, known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known keys: {', '.join(known)}"
        section = f"[{table}]" if table else "the top level"
        line = find_key(text, table, key)
        return InputError(f"unknown key {key!r} in {section}", path=path, line=line, hint=hint)
    table, _, key = table.rpartition(".")
    line = find_key(text, table, key) if key else None
    missing = re.search(r"missing required field `([^`]+)`", message)
    if missing:
        section = f"[{steps}]" if steps else "the study"
        return InputError(
            f"{section} lacks the key {missing[1]!r}", path=path, line=line, hint=f"add {missing[1]} = …"
        )
    return InputError(
        f"{steps or 'top level'}: {_in_toml(message)}", path=path, line=line, hint="correct that value"
    )


# What msgspec calls the types of a TOML file.
_TYPES = {"int": "a whole number", "float": "a number", "str": "a text in quotes", "bool": "true or false"}
_TYPES |= {"array": "a list in brackets", "object": "a table", "null": "nothing"}


def _in_toml(message: str) -> str:
    """msgspec's sentence about a value, in the words of the file."""
    found = re.match(r"Expected `([a-z| ]+)`, got `([a-z]+)`", message)
    wanted = [part.strip() for part in found[1].split("|")] if found else []
    if found is None or not all(name in _TYPES for name in [*wanted, found[2]]):
        return message.split(" - at", maxsplit=1)[0]
    return f"{' or '.join(_TYPES[name] for name in wanted if name != 'null')} is expected here, not {_TYPES[found[2]]}"
