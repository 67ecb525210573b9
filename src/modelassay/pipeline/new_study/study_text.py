"""A new study as a commented TOML file: what takes part as entries, what was left out as comments with the reason."""

import json
import os
import textwrap
from pathlib import Path

from modelassay.pipeline.new_study.candidates import Candidate, Chosen

_SUBSET = 20
_WIDTH = 118


def study_text(chosen: Chosen, out: Path, title: str, problems: Path | None = None) -> str:
    """The file's text. out: where it will stand, since its paths are relative to it. problems: a file of custom ones."""
    starter = bool(chosen.kept[0].path) and problems is None
    parts = [
        _head(chosen, out, title),
        _shortlist(chosen),
        _SAMPLING_STARTER if starter else _SAMPLING,
        _benchmarks(out, problems, starter=starter),
        *(_entry(c, chosen, out) for c in chosen.kept),
        _left_out(chosen),
    ]
    return "\n".join(part for part in parts if part)


def _head(chosen: Chosen, out: Path, title: str) -> str:
    lines = [
        f"# A study of {len(chosen.kept)} models, made by `assay init`. Look through it, then: assay study {out.name}",
        "# Run the same command again to go on where it stopped. `assay plan` says what it takes and could show.",
        "format_version = 1",
        f"title = {_quoted(title)}",
    ]
    if chosen.notes:
        notes = ", ".join(_quoted(_relative(note, out)) for note in chosen.notes)
        lines.append(f"notes = [{notes}]    # audited: every claim gets a verdict")
    if chosen.baseline:
        lines.append(f"baseline = {_quoted(chosen.baseline)}    # every other model is compared with it")
    else:
        lines.append(
            '# baseline = "…"    # no model here can be it: name the one that the others are compared with'
        )
    return "\n".join([*lines, ""])


def _shortlist(chosen: Chosen) -> str:
    needs = chosen.needs
    if needs.min_params is None and needs.max_params is None and needs.kind is None:
        return ""
    lines = ["[shortlist]                      # what a model must be, as the source words it"]
    if needs.min_params is not None:
        lines.append(f"min_params = {needs.min_params / 1e9:g}e9")
    if needs.max_params is not None:
        lines.append(f"max_params = {needs.max_params / 1e9:g}e9")
    if needs.kind is not None:
        lines.append(f"kind = {_quoted(needs.kind)}")
    return "\n".join([*lines, ""])


_SAMPLING = """\
[sampling]
samples_per_problem = 50         # as many as one answer will be picked from
temperature = 0.8                # of the papers that report pass@k for k above 1; greedy answers would all be one
top_p = 0.95
max_tokens = 768
seed = 0

[estimates]
k = [1, 10, 50]
level = 0.95
margin = 0.05                    # a smaller difference would not change the choice
"""
_SAMPLING_STARTER = _SAMPLING.replace("max_tokens = 768", "max_tokens = 160")


def _benchmarks(out: Path, problems: Path | None, *, starter: bool) -> str:
    if problems is not None:
        return f"[[benchmarks]]                   # your own problems\nfile = {_quoted(_relative(problems, out))}\n"
    if starter:
        return '[[benchmarks]]                   # the starter set, which comes with the package\nname = "starter"\n'
    lines = [
        f"# {_SUBSET} problems of each set first, drawn over difficulties by the seed. They are part of the whole set: without",
        "# the lines `problems` all are asked.",
    ]
    for name in ("mbpp+", "humaneval+"):
        lines += ["[[benchmarks]]", f"name = {_quoted(name)}", f"problems = {_SUBSET}", ""]
    return "\n".join(lines)


def _entry(found: Candidate, chosen: Chosen, out: Path) -> str:
    role = "the baseline" if found.model == chosen.baseline else ""
    where = f"named in line {found.line} of the note" if found.line else ""
    said = "; ".join(filter(None, (role, where, found.remark)))
    return "\n".join([*(_comment(said) if said else []), *_keys(found, out), ""])


def _keys(found: Candidate, out: Path) -> list[str]:
    """The lines of a [[models]] table."""
    lines = ["[[models]]", f"name = {_quoted(found.model)}"]
    if found.endpoint:
        lines += ['backend = "openai"', f"endpoint = {_quoted(found.endpoint)}"]
    elif found.path:
        lines += [f"path = {_quoted(_relative(Path(found.path), out))}", "demo = true"]
    else:
        lines.append(f"hub_id = {_quoted(found.model)}")
        if found.revision:
            lines.append(f"revision = {_quoted(found.revision)}    # without it the newest is taken")
        elif found.asked_revision:
            lines.append(f"revision = {_quoted(found.asked_revision)}")
    lines.append(f"protocol = {_quoted(found.protocol)}")
    if found.pickled_weights:
        lines.append("pickled_weights = true")
    return lines


def _left_out(chosen: Chosen) -> str:
    if not chosen.left_out:
        return ""
    lines = ["# --- left out, with the reason; take the # away where you know better ---"]
    for found in chosen.left_out:
        where = f" (line {found.line})" if found.line else ""
        lines += ["#", *_comment(f"{found.model}{where}: {found.reason}")]
        if found.exists is not False:
            lines += [f"# {line}" for line in _keys(found, Path())]
    return "\n".join([*lines, ""])


def _comment(text: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent="# ",
        subsequent_indent="#   ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _relative(path: Path, out: Path) -> str:
    """From the study's folder, so that both can be moved together."""
    return Path(os.path.relpath(path.resolve(), out.resolve().parent)).as_posix()


def _quoted(text: str) -> str:
    """A TOML string, which is JSON's but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
