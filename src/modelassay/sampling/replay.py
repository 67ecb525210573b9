"""Recorded samples of any tool → completions. Formats are told by looking; nothing is dropped in silence."""

import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from modelassay.core.errors import InputError, MissingError
from modelassay.core.measured import Completion, Problem, ProblemSet
from modelassay.sampling.formats import FORMATS, MalformedError, Raw, format_of_row, samples_of_row
from modelassay.sampling.identify import Names
from modelassay.sampling.recording import Recording, Trouble, shortened
from modelassay.sources.json_lines import decode_text, parse_json, parse_object, read_bytes

_KNOWN = "known formats: " + ", ".join(FORMATS)


def read_samples(
    path: Path,
    problems: ProblemSet,
    *,
    format: str | None = None,
    stop: Sequence[str] = (),
    strict: bool = False,
) -> Recording:
    """Read a file or folder of samples for these problems; the format is found out when it is not given.

    stop: cut each answer where a line begins with one of these, as makers do whose models never stop by themselves.
    strict: raise InputError at the first malformed or unknown sample or when a problem is missing.
    Raises MissingError or InputError when the file as a whole cannot be read.
    """
    if format is not None and format not in FORMATS:
        raise InputError(f"no samples format is called {format!r}", hint=_KNOWN)
    reader = _Reader(path, problems.problems)
    recording = reader.folder() if path.is_dir() else reader.file(format)
    if strict:
        _insist(recording)
    if stop:
        prompts = {problem.id: problem.prompt for problem in problems.problems}
        recording.completions = [cut(c, prompts[c.problem], stop) for c in recording.completions]
    return recording


def cut(completion: Completion, prompt: str, stop: Sequence[str]) -> Completion:
    """The completion up to the first line of the answer that begins with one of `stop`; its first line stays.

    A prompt that the text repeats is not looked at.
    """
    begin = len(prompt) if prompt and completion.text.startswith(prompt) else 0
    found = re.compile(rf"\n(?:{'|'.join(map(re.escape, stop))})").search(completion.text, begin)
    if found is None:
        return completion
    return msgspec.structs.replace(completion, text=completion.text[: found.start() + 1])


def _insist(recording: Recording) -> None:
    for trouble in [*recording.malformed, *recording.unknown]:
        raise InputError(
            trouble.message, path=trouble.path, line=trouble.line, hint="fix or delete that sample"
        )
    if recording.missing:
        raise InputError(
            f"no sample for {shortened(recording.missing)}",
            path=recording.path,
            hint="add samples for them, or choose the problem set the file was made for",
        )


class _Reader:
    """Collects the samples of one file."""

    def __init__(self, path: Path, problems: Sequence[Problem]) -> None:
        self.path = path
        self.problems = problems
        self.names = Names(problems)
        self.samples: dict[str, dict[int, Completion]] = {problem.id: {} for problem in problems}
        self.recording = Recording(path=path, format="", sha256="")

    # --- whole files --------------------------------------------------------------------------------
    def file(self, form: str | None) -> Recording:
        data = read_bytes(self.path)
        self.recording.sha256 = hashlib.sha256(data).hexdigest()
        text = decode_text(data, self.path)
        start = text.lstrip()[:1]
        if not start:
            raise InputError("the file is empty", path=self.path, hint="give a file with samples")
        if start == "[":
            self._document(text, form or "generations")
        elif form == "evalplus-results" or (form is None and self._is_results(text)):
            self._results(text)
        else:
            self._rows(text, form)
        return self._finished()

    def _is_results(self, text: str) -> bool:
        """EvalPlus's results: one JSON object with `eval`, on one line or many."""
        if '"eval"' not in text:
            return False
        try:
            document = parse_json(text)
        except (ValueError, RecursionError):
            return False
        return isinstance(document, dict) and isinstance(document.get("eval"), dict)

    def _rows(self, text: str, form: str | None) -> None:
        """JSON lines: the first row that fits a format decides, and rows that do not fit it are malformed."""
        lines = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
        rows: list[tuple[int, dict[str, Any]]] = []
        for number, line in lines:
            try:
                rows.append((number, parse_object(line, self.path, number)))
            except InputError as error:
                self._malformed(number, error.message)
        form = form or next((found for _, row in rows if (found := format_of_row(row))), None)
        if form is None:
            keys = ", ".join(sorted(rows[0][1])) if rows else "no JSON object in it"
            raise InputError(
                f"no samples format fits this file (keys: {keys})",
                path=self.path,
                line=rows[0][0] if rows else None,
                hint="write task_id with completion or solution on each line; " + _KNOWN,
            )
        self.recording.format = form
        if form == "container-extracted" and rows and "output" in rows[0][1]:
            self.recording.assumptions.append(
                "it holds raw answers and what its makers took from them: the latter is taken; --samples-format "
                "container looks for the programs itself"
            )
        for number, row in rows:
            self._row(row, number)

    def _row(self, row: dict[str, Any], line: int | None) -> None:
        try:
            for raw in samples_of_row(row, self.recording.format, self.names):
                self._keep(raw, line)
        except MalformedError as error:
            self._malformed(line, str(error))

    def _document(self, text: str, form: str) -> None:
        """One JSON array: lists of texts in problem order, or the rows of a JSON-lines format."""
        try:
            document = parse_json(text)
        except (ValueError, RecursionError) as error:
            raise InputError(f"not JSON: {error}", path=self.path, hint="fix the file") from error
        objects = [item for item in document if isinstance(item, dict)]
        if document and len(objects) == len(document):
            self.recording.format = format_of_row(objects[0]) or "samples"
            for row in objects:
                self._row(row, None)
            return
        self.recording.format = form
        self._generations(document)

    def _generations(self, lists: list[Any]) -> None:
        """BigCode's form holds no ids, so the order is the set's, unless the prompts in the texts differ."""
        good = [item if _is_texts(item) else None for item in lists]
        for number, (item, texts) in enumerate(zip(lists, good, strict=True), 1):
            if texts is None:
                self._malformed(None, f"list {number} is not a list of texts but {type(item).__name__}")
        owners = self._owners(good)
        for number, (texts, owner) in enumerate(zip(good, owners, strict=True), 1):
            for text in texts or ():
                self._keep(Raw(owner, f"list {number}", text, "unknown"), None)

    def _owners(self, lists: Sequence[list[str] | None]) -> Sequence[str | None]:
        """Whose each list is: by the prompt its texts repeat where all tell, else by position."""
        told = [self._told(texts) for texts in lists]
        certain = [owner for owner in told if owner is not None]
        ids = [problem.id for problem in self.problems][: len(lists)]
        in_order = [*ids, *[None] * (len(lists) - len(ids))]
        expected = [o for o, t in zip(in_order, told, strict=True) if t is not None]
        if certain == expected:
            self._assume_order(len(lists))
            return in_order
        if len(certain) == len(lists) == len(set(certain)):
            self.recording.assumptions.append(
                "the file holds no ids, and its lists are not in the set's order: matched by their prompts"
            )
            return told
        raise InputError(
            f"its {len(lists)} lists hold no ids, and the prompts in them do not follow the set's order",
            path=self.path,
            hint="choose the problem set it was made for, or write task_id with every sample",
        )

    def _told(self, texts: list[str] | None) -> str | None:
        """The one problem whose prompt the first text repeats; None when none or several do."""
        text = "".join(texts[0].split()) if texts else ""
        owners = [p.id for p in self.problems if text.startswith("".join(p.prompt.split()))] if text else []
        return owners[0] if len(owners) == 1 else None

    def _assume_order(self, count: int) -> None:
        said = f"the file holds no ids: its {count} lists were taken in the set's order"
        if count < len(self.problems):
            said += f", as the first {count} of {len(self.problems)} problems"
        self.recording.assumptions.append(said)

    def _results(self, text: str) -> None:
        self.recording.format = "evalplus-results"
        for identifier, entries in parse_json(text)["eval"].items():
            for entry in entries if isinstance(entries, list) else [entries]:
                if isinstance(entry, dict):
                    self._row_as("samples", {**entry, "task_id": identifier})
                else:
                    self._malformed(None, f"{identifier}: an entry is not an object")

    def _row_as(self, form: str, row: dict[str, Any]) -> None:
        try:
            for raw in samples_of_row(row, form, self.names):
                self._keep(raw, None)
        except MalformedError as error:
            self._malformed(None, f"{row.get('task_id')}: {error}")

    # --- folders ------------------------------------------------------------------------------------
    def folder(self) -> Recording:
        """EvalPlus's folders: `HumanEval_0/0.py`. Hidden entries and the harness's own results are not samples."""
        self.recording.format = "folder"
        digest = hashlib.sha256()
        for folder in sorted(p for p in self.path.iterdir() if p.is_dir() and not p.name.startswith(".")):
            for file in _numbered(folder):
                data = read_bytes(file)
                digest.update(f"{folder.name}/{file.name}\0{len(data)}\0".encode() + data)
                self._program(folder.name, file, data)
        self.recording.sha256 = digest.hexdigest()
        return self._finished()

    def _program(self, named: str, file: Path, data: bytes) -> None:
        if not file.stem.isdecimal():
            self._malformed_at(file, "the name is not a number, as in 0.py")
            return
        text = decode_text(data, file)
        self._keep(Raw(self.names.by_id(named), named, text, "program", int(file.stem)), None)

    # --- keeping --------------------------------------------------------------------------------------
    def _keep(self, raw: Raw, line: int | None) -> None:
        if raw.problem is None:
            self.recording.unknown.append(
                Trouble(self.path, line, f"{raw.named} is not a problem of this set")
            )
            return
        kept = self.samples[raw.problem]
        index = len(kept) if raw.index is None else raw.index
        if index in kept:
            self._malformed(line, f"{raw.named}: sample {index} stands here a second time")
            return
        extra = raw.extra or {}
        kept[index] = Completion(
            problem=raw.problem,
            index=index,
            text=raw.text,
            form=raw.form,
            finish_reason=extra.get("finish_reason"),
            prompt_tokens=extra.get("prompt_tokens"),
            completion_tokens=extra.get("completion_tokens"),
        )

    def _malformed(self, line: int | None, message: str) -> None:
        self.recording.malformed.append(Trouble(self.path, line, message))

    def _malformed_at(self, file: Path, message: str) -> None:
        self.recording.malformed.append(Trouble(file, None, message))

    def _finished(self) -> Recording:
        recording = self.recording
        for problem in self.problems:
            kept = self.samples[problem.id]
            recording.completions.extend(kept[index] for index in sorted(kept))
            if not kept:
                recording.missing.append(problem.id)
        if not recording.completions and not recording.malformed and not recording.unknown:
            raise MissingError("no samples in it", path=self.path, hint=_KNOWN)
        return recording


def _numbered(folder: Path) -> Iterable[Path]:
    """The .py files of a folder, by number."""
    files = [
        Path(entry.path) for entry in os.scandir(folder) if entry.is_file() and entry.name.endswith(".py")
    ]
    return sorted(files, key=lambda file: (not file.stem.isdecimal(), len(file.stem), file.stem))


def _is_texts(item: object) -> bool:
    return isinstance(item, list) and all(isinstance(text, str) for text in item)
