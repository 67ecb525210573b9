"""How long a megabyte that does not repeat itself takes to audit, beside another build.

    python benchmarks/audit_megabytes.py make FOLDER
    python benchmarks/audit_megabytes.py time FOLDER [--other PYTHON] [--kinds prose,html] [--rounds 2]

`make` writes a megabyte of each kind (a notebook of 900 KB), from a fixed seed: every sentence and row has its own words
and numbers, some of them published ones. `time` audits each in a process of its own, this build and the other taking
turns, and prints process time without what is loaded once.
"""

import argparse
import html
import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

SIZE = 1_000_000
NOTEBOOK = 900_000
BENCHMARKS = ("HumanEval", "HumanEval+", "MBPP", "MBPP+", "LiveCodeBench", "BigCodeBench")
NAMES = (
    "Qwen2.5-Coder-1.5B-Instruct", "Qwen2.5-Coder-7B", "deepseek-ai/deepseek-coder-1.3b-instruct", "StarCoder2-3B",
    "CodeGemma-2B", "YuLan-Mini-Instruct", "Granite-3B-Code-Instruct", "CodeLlama-7B-Instruct", "Phi-2", "Stable-Code-3B",
    "TinyCodeLM-400M", "OpenCoder-1.5B-Instruct", "Llama-3.2-3B-Instruct", "Gemma-2-2B-it", "SmolLM2-1.7B-Instruct",
    "Mistral-7B-v0.1", "CodeQwen1.5-7B-Chat", "WizardCoder-15B-V1.0", "Magicoder-S-DS-6.7B", "Falcon3-3B-Instruct",
    "Marlin-Coder-2.6B", "Ostrea-3B-Instruct", "TechxGenus/starcoder2-3b-instruct", "GPT-4", "Codestral-22B",
)  # fmt: skip
WORDS = (  # noqa: SIM905  (a list of a hundred strings reads worse)
    "the model code data training of and to in a with for that we is on are by this from as it an be which results "
    "problems tests prompts answers tokens language instruction tuning small large open weights evaluation performance "
    "context window benchmark generation quality synthetic filtered learning rate batch memory device latency users "
    "editor completion repository function class error message reasoning step teacher student distillation corpus "
    "license release version paper report authors team table figure section however therefore because while although "
    "improves reduces shows suggests requires depends remains produces measures compares"
).split()
Draw = random.Random


def words(draw: Draw, low: int, high: int) -> str:
    """Some words, in no order; a number of another kind among them now and then."""
    found = [draw.choice(WORDS) for _ in range(draw.randint(low, high))]
    if draw.random() < 0.2:
        number = draw.choice(
            (f"{draw.randint(2, 900)}", f"{draw.uniform(1, 9):.1f}", f"{draw.randint(1, 64)}K")
        )
        found.insert(draw.randrange(len(found)), number)
    return " ".join(found)


def score(draw: Draw) -> str:
    """A score in percent, without its mark."""
    return f"{draw.uniform(8, 92):.1f}"


def name(draw: Draw) -> str:
    """A model's name; every tenth is one that nobody knows."""
    if draw.random() < 0.1:
        family = "".join(draw.choice("bdfgklmnprst") + draw.choice("aeiou") for _ in range(3)).capitalize()
        return f"{family}-{draw.randint(1, 30)}B{draw.choice(('', '-Instruct', '-Base'))}"
    return draw.choice(NAMES)


def sentence(draw: Draw) -> str:
    """One sentence; every third states a score, every sixth only names somebody."""
    kind = draw.random()
    if kind < 0.33:
        said = draw.choice(
            (
                f"{name(draw)} reaches {score(draw)}% on {draw.choice(BENCHMARKS)}, {words(draw, 3, 9)}",
                f"on {draw.choice(BENCHMARKS)} {name(draw)} scores {score(draw)} and {name(draw)} {score(draw)}",
                f"{words(draw, 3, 8)}, and {name(draw)} has {score(draw)}% pass@1 ({draw.choice(BENCHMARKS)}, zero-shot)",
            )
        )
    elif kind < 0.5:
        said = f"{words(draw, 3, 9)} {name(draw)} {words(draw, 3, 9)}"
    else:
        said = words(draw, 8, 22)
    return said[0].upper() + said[1:] + "."


def prose(draw: Draw) -> str:
    """A heading and its paragraphs."""
    paragraphs = [
        " ".join(sentence(draw) for _ in range(draw.randint(3, 8))) for _ in range(draw.randint(2, 5))
    ]
    return "\n\n".join([f"## {words(draw, 2, 5).capitalize()}", *paragraphs]) + "\n\n"


def pdf_text(draw: Draw) -> str:
    """A page as a PDF's text is: hard lines, words cut at their ends, columns apart by spaces, a page number."""
    text = " ".join(sentence(draw) for _ in range(20))
    lines, line = [], ""
    for whole in text.split():
        word = whole
        if len(line) + len(word) > 88:
            cut = len(word) // 2 if len(word) > 8 and word.isalpha() else 0
            lines.append(line + (word[:cut] + "-" if cut else ""))
            line, word = "", word[cut:]
        line += f"{word} "
    rows = [f"{name(draw):36}" + "".join(f"{score(draw):>10}" for _ in range(3)) for _ in range(8)]
    chosen = draw.sample(BENCHMARKS, 3)
    head = f"{'Model':36}" + "".join(f"{benchmark:>14}" for benchmark in chosen)
    return "\n".join(
        [
            *lines,
            line,
            "",
            f"Table {draw.randint(1, 40)}: {words(draw, 4, 9)}",
            head,
            *rows,
            "",
            f"{draw.randint(1, 90)}",
            "",
        ]
    )


def bullets(draw: Draw) -> str:
    """A heading and a list, most of whose items state something."""
    items = [
        draw.choice(
            (
                f"- **{name(draw)}**: {score(draw)}% {draw.choice(BENCHMARKS)}, {score(draw)}% {draw.choice(BENCHMARKS)}; {words(draw, 2, 6)}",
                f"- {sentence(draw)}",
                f"- {name(draw)} - {draw.choice(BENCHMARKS)} {score(draw)} ({words(draw, 1, 3)})",
            )
        )
        for _ in range(draw.randint(4, 12))
    ]
    return "\n".join([f"### {words(draw, 2, 4).capitalize()}", "", *items, ""]) + "\n"


def rows_of(draw: Draw) -> tuple[list[str], list[list[str]]]:
    """A table: its header and its rows, with gaps."""
    columns = draw.sample(BENCHMARKS, draw.randint(2, 5))
    header = ["Model", "Size", *columns]
    rows = []
    for _ in range(draw.randint(8, 25)):
        cells = [score(draw) if draw.random() < 0.93 else "-" for _ in columns]
        rows.append([name(draw), f"{draw.uniform(0.3, 16):.1f}B", *cells])
    return header, rows


def tables(draw: Draw) -> str:
    """A caption and a Markdown table."""
    header, rows = rows_of(draw)
    lines = [header, ["---"] * len(header), *rows]
    return (
        f"{words(draw, 5, 12).capitalize()}:\n\n"
        + "\n".join("| " + " | ".join(line) + " |" for line in lines)
        + "\n\n"
    )


def page(draw: Draw) -> str:
    """A part of an HTML page: a heading, a paragraph and a table."""
    header, rows = rows_of(draw)
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in header)
    body = "\n".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    said = html.escape(" ".join(sentence(draw) for _ in range(3)))
    return f"<h2>{words(draw, 2, 4)}</h2>\n<p>{said}</p>\n<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n"


def grown(draw: Draw, make: Callable[[Draw], str], size: int) -> Iterator[str]:
    """Parts until their sum has the size."""
    length = 0
    while length < size:
        part = make(draw)
        length += len(part)
        yield part


def table_file(draw: Draw) -> str:
    """One CSV of many rows."""
    head = ",".join(["model", "params", *BENCHMARKS])

    def row(draw: Draw) -> str:
        return (
            ",".join([name(draw), f"{draw.uniform(0.3, 16):.1f}B", *(score(draw) for _ in BENCHMARKS)]) + "\n"
        )

    return head + "\n" + "".join(grown(draw, row, SIZE))


def json_file(draw: Draw) -> str:
    """One list of objects."""
    rows: list[dict[str, object]] = []
    length = 0
    while length < SIZE:
        row: dict[str, object] = {"model": name(draw)}
        row.update({benchmark: float(score(draw)) for benchmark in BENCHMARKS})
        rows.append(row)
        length += len(json.dumps(row, indent=1)) + 4
    return json.dumps(rows, indent=1)


def notebook(draw: Draw) -> str:
    """Cells: Markdown, code, and outputs that are text or a table of HTML."""
    cells: list[dict[str, object]] = []
    length = 0
    while length < NOTEBOOK:
        source = draw.choice((prose, tables, bullets))(draw)
        code = "\n".join(
            f"x{draw.randint(0, 99999)} = load({words(draw, 1, 3)!r}, {draw.randint(1, 99)})"
            for _ in range(12)
        )
        log = "\n".join(
            f"step {draw.randint(1, 9999)} loss {draw.uniform(0, 4):.4f} lr {draw.uniform(0, 1):.6f}"
            for _ in range(60)
        )
        header, rows = rows_of(draw)
        shown = "<table><tr>" + "".join(f"<th>{c}</th>" for c in header) + "</tr>"
        shown += (
            "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in rows[:8]) + "</table>"
        )
        outputs: list[object] = [
            {"output_type": "stream", "name": "stdout", "text": log.splitlines(keepends=True)}
        ]
        if draw.random() < 0.3:
            outputs.append(
                {
                    "output_type": "execute_result",
                    "execution_count": 1,
                    "metadata": {},
                    "data": {"text/html": [shown]},
                }
            )
        cells.append({"cell_type": "markdown", "metadata": {}, "source": source.splitlines(keepends=True)})
        cells.append(
            {
                "cell_type": "code",
                "execution_count": 1,
                "metadata": {},
                "outputs": outputs,
                "source": code.splitlines(keepends=True),
            }
        )
        length += len(json.dumps(cells[-2:], indent=1))
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


KINDS: dict[str, tuple[str, Callable[[Draw], str]]] = {
    "prose": ("prose.md", lambda draw: "".join(grown(draw, prose, SIZE))),
    "pdf": ("pdf.txt", lambda draw: "".join(grown(draw, pdf_text, SIZE))),
    "bullets": ("bullets.md", lambda draw: "".join(grown(draw, bullets, SIZE))),
    "tables": ("tables.md", lambda draw: "".join(grown(draw, tables, SIZE))),
    "html": (
        "page.html",
        lambda draw: "<html><body>\n" + "".join(grown(draw, page, SIZE)) + "</body></html>\n",
    ),
    "csv": ("table.csv", table_file),
    "json": ("table.json", json_file),
    "notebook": ("notebook.ipynb", notebook),
}

# Run by either build's interpreter, so it uses only what both have.
TIMED = """
import sys, time
from pathlib import Path
from modelassay.audit import audit_note
from modelassay.evidence.base import load_evidence
evidence = load_evidence()
audit_note("Phi-2 has 48.2% on HumanEval.\\n\\nIt is small.", evidence=evidence)
start = time.process_time()
audit = audit_note(Path(sys.argv[1]), evidence=evidence)
print(time.process_time() - start, len(audit.claims))
"""


def timed(python: str, path: Path) -> tuple[float, int]:
    """Process time in seconds and claims of one audit in a process of its own."""
    done = subprocess.run([python, "-c", TIMED, str(path)], capture_output=True, text=True, check=True)
    seconds, claims = done.stdout.split()
    return float(seconds), int(claims)


def main() -> None:
    """Make the files, or time them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("make", "time"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--other", help="the Python of another build")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for kind in options.kinds.split(","):
        file, make = KINDS[kind]
        path = options.folder / file
        if options.what == "make":
            path.write_text(make(Draw(kind)), "utf-8")
            print(path, path.stat().st_size)
            continue
        for _ in range(options.rounds):
            own, claims = timed(sys.executable, path)
            line = f"{kind:10} {own:6.2f} s {claims:7,} claims"
            if options.other:
                other, before = timed(options.other, path)
                line += f"   other {other:6.2f} s {before:7,} claims   {own / other:.2f}"
            print(line, flush=True)


if __name__ == "__main__":
    main()
