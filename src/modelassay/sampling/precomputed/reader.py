"""A file or folder of samples → a PrecomputedSamples. Formats are told by looking; nothing is dropped in silence."""

import hashlib
import os
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from modelassay.core.errors import InputError, MissingError
from modelassay.core.measured import Completion
from modelassay.core.problems import Problem
from modelassay.sampling.identify import Names
from modelassay.sampling.precomputed import every_eval_ever, generations, inspect_log, lm_eval, opencompass
from modelassay.sampling.precomputed.formats import (
    ANSWER_KEYS,
    ID_KEYS,
    KNOWN,
    format_of_row,
    samples_of_row,
)
from modelassay.sampling.precomputed.gathering import Gathering
from modelassay.sampling.precomputed.line_endings import ends_within_line, rest_of_line
from modelassay.sampling.precomputed.line_file import LineFile, line_file
from modelassay.sampling.precomputed.raw import MalformedError, Raw, Row, raws
from modelassay.sampling.precomputed.unpacking import Member, members
from modelassay.sampling.precomputed_samples import PrecomputedSamples, Trouble, shortened
from modelassay.sources.json_lines import decode_text, lines_of, parse_json, parse_object
from modelassay.sources.problems.tables import csv_rows, looks_like_csv, parquet_rows

_RESULTS = ("_results.json", "_results.jsonl", ".results.json")  # a harness's own, beside its samples
Rows = Iterable[Row]  # which may be iterated more than once


class Reader:
    """Collects the samples of one file or folder."""

    def __init__(
        self, path: Path, problems: Sequence[Problem], spool: Path | None = None, only: Container[str] | None = None
    ) -> None:  # fmt: skip
        """spool: a folder for samples that are too many for memory; None for where temporary files are. only: the problems
        whose samples are wanted; None for all.
        """
        self.path = path
        self.problems = problems
        self.names = Names(problems)
        self.prompts = {problem.id: problem.prompt for problem in problems}
        self.only = only
        self.samples = Gathering(problems, spool)
        self.samples_read = PrecomputedSamples(path=path, format="", sha256="")

    def read(self, form: str | None) -> PrecomputedSamples:
        """All samples. form: the format, None to find out. Raises MissingError or InputError."""
        if self.path.is_dir():
            return self._folder(_files_in(self.path, form), form)
        if (lines := line_file(self.path, form)) is not None:
            self.samples_read.sha256 = lines.sha256()
            self._member(lines, form)
            return self._finished()
        found = members(self.path)
        self.samples_read.sha256 = hashlib.sha256(b"".join(m.data for m in found)).hexdigest()
        if inspect_log.is_log(found):
            self.samples_read.format = "inspect"
            self._rows([(None, row) for row in inspect_log.rows(found, self.path)], "inspect")
        elif len(found) == 1 and not found[0].name.endswith(".py"):
            self._member(found[0], form)
        else:
            return self._folder(found, form)
        return self._finished()

    # --- one file -------------------------------------------------------------------------------------
    def _member(self, file: Member | LineFile, form: str | None) -> None:
        if isinstance(file, LineFile):
            begin = len(self.samples_read.malformed)
            self._lines(file, file.name, form)
            found = [Trouble(self.path, number, said) for number, said in file.malformed.items()]
            self.samples_read.malformed[begin:begin] = found
            return
        if file.data.startswith(b"PAR1"):
            self._rows(parquet_rows(file.data, self.path), form)
            return
        text = decode_text(file.data, self.path)
        start = text.lstrip()[:1]
        if not start:
            raise InputError("the file is empty", path=self.path, hint="give a file with samples")
        if start == "[":
            self._document(self._parsed(text), form)
        elif form == "csv" or (form is None and looks_like_csv(text, file.name, [*ID_KEYS, *ANSWER_KEYS])):
            self._rows(csv_rows(text), form, "csv")
        elif start == "{" and not _is_raw(file.name, form) and (document := _whole(text)) is not None:
            self._object(document, form)
        else:
            self._lines(self._json_lines(text), file.name, form)

    def _lines(self, rows: Rows, name: str, form: str | None) -> None:
        """The rows of JSON lines."""
        if _is_raw(name, form):
            form = "evalplus-raw"
            self.samples_read.assumptions.append(
                "EvalPlus's raw answers: the programs are looked for in them; --samples-format programs takes each whole"
            )
        self._rows(rows, form)

    def _json_lines(self, text: str) -> list[Row]:
        rows: list[Row] = []
        for number, line in lines_of(text):
            try:
                rows.append((number, parse_object(line, self.path, number)))
            except InputError as error:
                self._malformed(number, error.message)
        return rows

    def _rows(self, rows: Rows, form: str | None, otherwise: str | None = None) -> None:
        """The first row that fits a format decides, and rows that do not fit it are malformed."""
        wanted = form.partition(":")[2] if form and form.startswith("lm-eval:") else None
        form = "lm-eval" if wanted else form
        form = form or next((found for _, row in rows if (found := format_of_row(row))), None)
        if form is None:
            raise self._no_format(rows)
        self.samples_read.format = form if otherwise is None else otherwise
        if form in ("lm-eval", "lm-eval-raw"):
            rows, said = lm_eval.of_one_filter(rows, self.problems, wanted, str(self.path))
            self.samples_read.assumptions += [said] if said else []
        if form == "every-eval-ever":
            rows, said = every_eval_ever.of_one_result(rows)
            self.samples_read.assumptions += [said] if said else []
        if form == "container-extracted" and (first := _first(rows)) and "output" in first[1]:
            self.samples_read.assumptions.append(
                "it holds raw answers and what its makers took from them: the latter is taken; --samples-format "
                "container looks for the programs itself"
            )
        for number, row in rows:
            self._row(row, form, number)

    def _no_format(self, rows: Rows) -> InputError:
        first = _first(rows)
        keys = ", ".join(sorted(map(str, first[1]))) if first else "no JSON object in it"
        return InputError(
            f"no samples format fits this file (keys: {keys})", path=self.path, line=first[0] if first else None,
            hint="write task_id with completion or solution on each line; " + KNOWN,
        )  # fmt: skip

    def _row(self, row: Mapping[str, Any], form: str, line: int | None) -> None:
        try:
            for raw in samples_of_row(row, form, self.names, str(self.path)):
                self._keep(raw, line)
        except MalformedError as error:
            self._malformed(line, str(error))

    # --- whole documents --------------------------------------------------------------------------------
    def _parsed(self, text: str) -> Any:
        try:
            return parse_json(text)
        except (ValueError, RecursionError) as error:
            raise InputError(f"not JSON: {error}", path=self.path, hint="fix the file") from error

    def _document(self, document: list[Any], form: str | None) -> None:
        """One JSON array: lists of texts in problem order, or the rows of a JSON-lines format."""
        objects = [item for item in document if isinstance(item, dict)]
        if document and len(objects) == len(document):
            self._rows([(None, row) for row in objects], form)
            return
        self.samples_read.format = "generations"
        self._generations(document)

    def _object(self, document: dict[str, Any], form: str | None) -> None:
        """One JSON object that is the whole file."""
        document = document.get("raw_generations", document)  # CRUXEval's scored file
        if isinstance(document.get("eval"), dict) and "samples" not in document:
            self._results(document["eval"])
        elif opencompass.is_predictions(found := document.get("details", document)):
            self.samples_read.format = "opencompass"
            if opencompass.by_place(found, self.names):
                self.samples_read.assumptions.append(
                    f"the file holds no ids: its {len(found)} predictions were taken in the set's order"
                )
            for place, entry in found.items():
                self._try(lambda place=place, entry=entry: opencompass.samples(place, entry, self.names))
        elif isinstance(document.get("samples"), list) and "eval" in document:
            self._rows([(None, row) for row in document["samples"] if isinstance(row, dict)], "inspect")
        elif format_of_row(document) is None and self._is_by_problem(document):
            self.samples_read.format = "samples"
            for named, value in document.items():
                self._try(lambda n=named, v=value: raws(self.names.by_id(n), n, v, n, "unknown"))
        elif format_of_row(document) is None and (inside := _rows_inside(document)):
            self._rows([(None, row) for row in inside], form)
        else:
            self._rows([(1, document)], form)

    def _is_by_problem(self, document: Mapping[str, Any]) -> bool:
        """Whether the keys are problems and the values their answers."""
        return any(self.names.by_id(key) for key in document)

    def _results(self, by_problem: Mapping[str, Any]) -> None:
        """EvalPlus's results: a list of entries for each problem."""
        self.samples_read.format = "evalplus-results"
        for identifier, entries in by_problem.items():
            for entry in entries if isinstance(entries, list) else [entries]:
                if isinstance(entry, dict):
                    self._try(
                        lambda e=entry, i=identifier: samples_of_row(
                            {**e, "task_id": i}, "samples", self.names
                        ),
                        identifier,
                    )
                else:
                    self._malformed(None, f"{identifier}: an entry is not an object")

    def _try(self, read: Any, named: str = "") -> None:
        try:
            for raw in read():
                self._keep(raw, None)
        except MalformedError as error:
            self._malformed(None, f"{named}: {error}" if named else str(error))

    def _generations(self, lists: list[Any]) -> None:
        good = [item for item in lists if _is_texts(item)]
        for number, item in enumerate(lists, 1):
            if not _is_texts(item):
                self._malformed(None, f"list {number} is not a list of texts but {type(item).__name__}")
        found, said = generations.owners(
            [item if _is_texts(item) else [] for item in lists], self.problems, str(self.path)
        )
        if good:
            self.samples_read.assumptions.append(said)
        for number, (texts, owner) in enumerate(zip(lists, found, strict=True), 1):
            for raw in (
                raws(owner, f"list {number}", texts, "list", "postprocessed") if _is_texts(texts) else ()
            ):
                self._keep(raw, None)

    # --- folders ----------------------------------------------------------------------------------------
    def _folder(self, files: Sequence[Member | LineFile], form: str | None) -> PrecomputedSamples:
        """EvalPlus's `HumanEval_0/0.py`, or any number of files of samples in one format."""
        programs = [f for f in files if f.name.endswith(".py") and "/" in f.name]
        rows = [f for f in files if f.name.endswith((".jsonl", ".json", ".csv", ".parquet"))]
        rows = [f for f in rows if not f.name.endswith(_RESULTS)] or rows  # the same samples once more
        digest = hashlib.sha256()
        if programs:
            self.samples_read.format = "folder"
            for file in sorted(programs, key=_by_number):
                assert isinstance(file, Member)  # no program is a file of lines
                folder, _, name = file.name.rpartition("/")
                digest.update(f"{folder}/{name}\0{len(file.data)}\0".encode() + file.data)
                self._program(folder.rpartition("/")[2], self.path / file.name, file.data)
        else:
            again = []  # files with samples of problems that a file before has samples of
            for file in sorted(rows, key=lambda f: f.name):
                digest.update(f"{file.name}\0{file.size}\0".encode())
                for part in file.parts():
                    digest.update(part)
                before = {name: len(there) for name, there in self.samples.indices.items() if there}
                self._member(file, form)
                if any(len(self.samples.indices[name]) > number for name, number in before.items()):
                    again.append(file.name)
            if again:
                self.samples_read.assumptions.append(
                    f"{len(rows)} files with answers to the same problems were taken as more samples of one model "
                    f"({shortened([f.name for f in sorted(rows, key=lambda f: f.name)], 3)}); to grade one alone, give it alone"
                )
        self.samples_read.sha256 = digest.hexdigest()
        return self._finished()

    def _program(self, named: str, file: Path, data: bytes) -> None:
        if not file.stem.isdecimal():
            self.samples_read.malformed.append(Trouble(file, None, "the name is not a number, as in 0.py"))
            return
        text = decode_text(data, file)
        self._keep(Raw(self.names.by_id(named), named, text, "program", int(file.stem)), None)

    # --- keeping ----------------------------------------------------------------------------------------
    def _keep(self, raw: Raw, line: int | None) -> None:
        self.samples_read.names.add(raw.named)
        if raw.problem is None:
            self.samples_read.unknown.append(
                Trouble(self.path, line, f"{raw.named} is not a problem of this set")
            )
            return
        there = self.samples.indices[raw.problem]
        index = len(there) if raw.index is None else raw.index
        if not there.claim(index):
            self._malformed(line, f"{raw.named}: sample {index} stands here a second time")
            return
        self.samples_read.nulls += raw.null
        if self.only is not None and raw.problem not in self.only:
            return
        text, form, prompt = raw.text, raw.form, self.prompts[raw.problem]
        if form != "program" and ends_within_line(prompt):
            text, form = rest_of_line(prompt, text), "continuation"
        extra = raw.extra or {}
        completion = Completion(
            problem=raw.problem, index=index, text=text, form=form,
            finish_reason=extra.get("finish_reason"), prompt_tokens=extra.get("prompt_tokens"),
            completion_tokens=extra.get("completion_tokens"),
        )  # fmt: skip
        self.samples.add(completion)

    def _malformed(self, line: int | None, message: str) -> None:
        self.samples_read.malformed.append(Trouble(self.path, line, message))

    def _finished(self) -> PrecomputedSamples:
        found = self.samples_read
        found.completions = self.samples.in_order()
        found.missing = [problem.id for problem in self.problems if not self.samples.indices[problem.id]]
        if found.nulls:
            found.assumptions.append(
                f"{found.nulls} {'answer is' if found.nulls == 1 else 'answers are'} null: answers without a program"
            )
        if len(found.missing) == len(self.problems) and not found.malformed and not found.unknown:
            raise MissingError("no samples in it", path=self.path, hint=KNOWN)
        return found


def _files_in(folder: Path, form: str | None) -> list[Member | LineFile]:
    """The files of a folder and of its folders. Hidden entries and a harness's own results are not samples."""
    found: list[Member | LineFile] = []
    for entry in sorted(os.scandir(folder), key=lambda e: e.name):
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            found += [
                Member(f"{entry.name}/{f.name}", Path(f.path).read_bytes())
                for f in os.scandir(entry.path) if f.is_file() and f.name.endswith(".py")
            ]  # fmt: skip
        elif entry.name.endswith(("_results.json", "_results.jsonl", ".results.json.gz")):
            continue
        elif entry.name.endswith((".jsonl", ".json")) and (
            lines := line_file(Path(entry.path), form, named=folder)
        ):
            found.append(lines)
        else:
            found += [
                m
                for m in members(Path(entry.path))
                if m.name.endswith((".jsonl", ".json", ".csv", ".parquet"))
            ]
    return found


def _by_number(file: Member | LineFile) -> tuple[str, bool, int, str]:
    folder, _, name = file.name.rpartition("/")
    stem = name.removesuffix(".py")
    return folder, not stem.isdecimal(), len(stem), stem


def _rows_inside(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows under the one key of an object that holds some, as under `results` or `data`; [] where none or several do."""
    found = [
        value
        for value in document.values()
        if isinstance(value, list)
        and value
        and all(isinstance(v, dict) for v in value)
        and format_of_row(value[0])
    ]
    return found[0] if len(found) == 1 else []


def _whole(text: str) -> dict[str, Any] | None:
    """The file as one JSON object; None where it is not one, as JSON lines are not."""
    try:
        document = parse_json(text)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _is_raw(name: str, form: str | None) -> bool:
    """Whether a file is EvalPlus's with raw answers."""
    return form in (None, "samples") and name.endswith(".raw.jsonl")


def _first(rows: Rows) -> Row | None:
    """The first row; None where there is none."""
    return next(iter(rows), None)


def _is_texts(item: object) -> bool:
    return isinstance(item, list) and all(text is None or isinstance(text, str) for text in item)
