"""The page in a real browser: it works, by mouse and keyboard, says nothing on the console and asks for nothing."""

import base64
import json
import re
import time
from pathlib import Path

import msgspec
import pytest

from modelassay.report.content import StudyReport
from modelassay.report.html import render_html
from support.browser import KEYS, Browser
from support.hostile_study import hostile
from support.invented import problem_samples, study

READY = "document.documentElement.dataset.ready === 'yes'"
CHOSEN = "document.querySelector('#problems [aria-selected=true] span').textContent"


def write(pages_of: StudyReport, folder: Path, candidates: object = None, budget: int = 1_300_000) -> Path:
    """The page and what lies beside it, in a folder."""
    (folder / "candidates").mkdir()
    samples = candidates or problem_samples(pages_of)
    page = render_html(
        pages_of, samples, budget=budget, keep=lambda name, data: (folder / name).write_bytes(data) and None  # type: ignore[arg-type]
    )  # fmt: skip
    (folder / "report.html").write_text(page, encoding="utf-8")
    return folder / "report.html"


def ready(browser: Browser, page: Path) -> None:
    """Open the page, wait for the viewer, forget what came before."""
    browser.console()
    browser.requests()
    browser.open(page)
    browser.until(READY)
    browser.until("document.querySelector('#sheet h3')")


def timed(browser: Browser, page: Path) -> float:
    """Seconds from asking for the page to its first sample."""
    start = time.monotonic()
    ready(browser, page)
    return time.monotonic() - start


def test_the_page_is_silent(browser: Browser, small: StudyReport, tmp_path: Path) -> None:
    """One request, for the page itself; no error and no warning on the console."""
    page = write(small, tmp_path)
    ready(browser, page)

    assert browser.requests() == [page.as_uri()]
    assert browser.console() == []


def test_a_candidate_is_three_clicks_away(browser: Browser, small: StudyReport, tmp_path: Path) -> None:
    """From a score to its model's problems, to a problem, to a failing sample with its test and raw text."""
    ready(browser, write(small, tmp_path))
    browser.click(".ranking li:nth-child(3) .score a")
    browser.click("#problems [role=option]:nth-child(4)")
    browser.until("document.querySelector('#sheet h3').textContent.startsWith('HumanEval/3')")
    browser.run(
        "[...document.querySelectorAll('.groups button')].find(b => b.textContent.startsWith('wrong answer')).click()"
    )
    found = browser.run("return document.getElementById('sheet').textContent")

    assert "starcoder2-3b" in found
    assert "expected 3, got" in found
    assert "def add_up" in found
    assert "```python" in found
    assert "<|im_start|>" in found


def test_a_link_to_a_candidate_opens_it(browser: Browser, small: StudyReport, tmp_path: Path) -> None:
    """The address names the chosen sample only after a choice; opened anew, it leads there."""
    page = write(small, tmp_path)
    ready(browser, page)
    assert browser.run("return location.hash") == ""

    browser.click("#problems [role=option]:nth-child(3)")
    browser.until("document.querySelector('#sheet h3').textContent.startsWith('HumanEval/2')")
    browser.click(".groups li:nth-child(2) button")
    address = browser.run("return location.href")
    browser.open("about:blank")
    browser.open(address)
    browser.until(READY)
    browser.until("document.querySelector('.groups li:nth-child(2) button[aria-pressed=true]')")

    assert browser.run(f"return {CHOSEN}") == "HumanEval/2"


def test_filters_narrow_the_list(browser: Browser, small: StudyReport, tmp_path: Path) -> None:
    """Search, agreement and outcome each leave what they name."""
    ready(browser, write(small, tmp_path))
    count = "document.querySelectorAll('#problems [role=option]').length"
    browser.type("[name=text]", "HumanEval/5")
    assert browser.run(f"return {count}") == 1

    browser.run(
        "const f = document.getElementById('filters'); f.text.value = ''; f.agreement.value = 'nobody'; f.dispatchEvent(new Event('input'))"
    )
    unsolved = browser.run(f"return {count}")
    browser.run(
        "const f = document.getElementById('filters'); f.agreement.value = 'every'; f.dispatchEvent(new Event('input'))"
    )
    assert browser.run(f"return {count}") + unsolved <= 6

    browser.run(
        "const f = document.getElementById('filters'); f.agreement.value = ''; f.outcome.value = 'failed'; f.dispatchEvent(new Event('input'))"
    )
    browser.until(
        "[...document.querySelectorAll('.groups button')].every(b => b.textContent.startsWith('wrong answer'))"
    )


def test_two_models_are_compared_line_by_line(browser: Browser, small: StudyReport, tmp_path: Path) -> None:
    """The difference shows what only one program has."""
    ready(browser, write(small, tmp_path))
    browser.run(
        "const f = document.getElementById('filters'); f.other.value = '1'; f.dispatchEvent(new Event('input'))"
    )
    browser.until("document.querySelectorAll('#sheet .minus').length > 0")

    assert browser.run("return document.querySelectorAll('#sheet .plus').length") > 0
    assert browser.run("return document.querySelectorAll('#sheet .same').length") > 3


def test_the_keyboard_is_enough(browser: Browser, small: StudyReport, tmp_path: Path) -> None:
    """Arrow keys walk the problems; a claim's explanation shows on focus and goes with Escape."""
    ready(browser, write(small, tmp_path))
    browser.type("#problems", KEYS["down"] * 2)
    assert browser.run(f"return {CHOSEN}") == "HumanEval/2"

    browser.run("document.querySelector('mark a').focus()")
    assert "contradicted" in browser.run("return document.getElementById('tip').textContent")
    browser.type("mark a", KEYS["escape"])
    assert browser.run("return document.getElementById('tip').hidden")


def test_tables_sort(browser: Browser, small: StudyReport, tmp_path: Path) -> None:
    """A click on a numeric head puts the largest first, another the smallest."""
    ready(browser, write(small, tmp_path))
    first = "document.querySelector('#speed tbody tr td[data-label=\"tokens/s\"]').dataset.value"
    browser.click("#speed [data-sort='2']")
    largest = float(browser.run(f"return {first}"))
    browser.click("#speed [data-sort='2']")

    assert float(browser.run(f"return {first}")) < largest


def test_a_cell_of_the_heat_map_opens_its_problem(
    browser: Browser, small: StudyReport, tmp_path: Path
) -> None:
    """The map's far end is the hardest problem; a click there opens it for that row's model."""
    ready(browser, write(small, tmp_path))
    browser.run(
        "const h = document.querySelector('svg.heat'), b = h.getBoundingClientRect();"
        "h.dispatchEvent(new MouseEvent('click', {bubbles: true, clientX: b.right - 4, clientY: b.bottom - 4}))"
    )
    hardest = browser.run(
        "const h = document.querySelector('svg.heat'); return Number(h.dataset.order.split(' ').at(-1))"
    )

    browser.until(f"{CHOSEN} === 'HumanEval/{hardest}'")


def test_hostile_text_harms_nothing(browser: Browser, small: StudyReport, tmp_path: Path) -> None:
    """Tags, handlers, controls and ten megabytes are shown as text; none runs, none is asked for."""
    poisoned, sheets_of = hostile(small)
    page = write(poisoned, tmp_path, sheets_of)
    ready(browser, page)

    assert browser.run("return window.hit") is None
    assert "</script><script>" in browser.run("return document.getElementById('sheet').textContent")
    assert browser.run("return document.querySelectorAll('#sheet img, #sheet script, main img').length") == 0
    assert browser.requests() == [page.as_uri()]
    assert browser.console() == []


def test_a_script_that_got_in_would_not_run(browser: Browser, small: StudyReport, tmp_path: Path) -> None:
    """The policy is the second wall: markup put into the page by force stays dead."""
    ready(browser, write(small, tmp_path))
    browser.run(
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.hit=1\"><a id=bad href=\"javascript:window.hit=2\">x</a>');"
        "const s = document.createElement('script'); s.textContent = 'window.hit=3'; document.body.append(s);"
        "document.getElementById('bad').click()"
    )
    time.sleep(0.3)

    assert browser.run("return window.hit") is None
    assert any("Content Security Policy" in line for line in browser.console())


@pytest.mark.alone
def test_a_hundred_thousand_samples_open_in_two_seconds(browser: Browser, tmp_path: Path) -> None:
    """5 models × 200 problems × 100 samples: from opening the page to the first sample, and to the last."""
    report = study(problems=200)
    page = write(report, tmp_path, problem_samples(report, distinct=100))
    browser.console()
    opened = min(timed(browser, page) for _ in range(3))
    start = time.monotonic()
    browser.type("#problems", KEYS["end"])
    browser.until("document.querySelector('#sheet h3').textContent.startsWith('HumanEval/199')")

    assert opened < 2
    assert time.monotonic() - start < 2
    assert browser.console() == []


def test_an_excerpt_says_so_when_the_files_beside_are_gone(
    browser: Browser, small: StudyReport, tmp_path: Path
) -> None:
    """A page sent without its folder still shows what it holds, and says how much that is."""
    page = write(small, tmp_path, budget=9_000)
    for file in (tmp_path / "candidates").iterdir():
        file.unlink()
    ready(browser, page)

    assert "of 20 samples are in this page" in browser.run(
        "return document.getElementById('sheet').textContent"
    )


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_window(
    browser: Browser, small: StudyReport, tmp_path: Path, width: int
) -> None:
    """On a phone and on a desk the page scrolls down, never sideways."""
    page = write(small, tmp_path)
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.call("/goog/cdp/execute", {"cmd": "Emulation.setDeviceMetricsOverride", "params": size})
    try:
        ready(browser, page)
        assert browser.run("return document.documentElement.scrollWidth") <= width
    finally:
        browser.call("/goog/cdp/execute", {"cmd": "Emulation.clearDeviceMetricsOverride", "params": {}})


def test_a_page_without_samples_works(browser: Browser, small: StudyReport, tmp_path: Path) -> None:
    """An audit alone has no runs and no viewer, and no error either."""
    audit = msgspec.structs.replace(small, runs=(), rankings=(), problems=())
    page = tmp_path / "report.html"
    page.write_text(render_html(audit), encoding="utf-8")
    browser.console()
    browser.open(page)

    assert "claims confirmed" in browser.run("return document.querySelector('h1').textContent")
    assert browser.console() == []


def test_filters_are_in_the_address(browser: Browser, small: StudyReport, tmp_path: Path) -> None:
    """A link leads to the same model, comparison, outcome and words."""
    page = write(small, tmp_path)
    ready(browser, page)
    browser.run(
        "const f = document.getElementById('filters'); f.other.value = '2'; f.outcome.value = 'failed'; f.text.value = 'HumanEval/5'; f.dispatchEvent(new Event('input', {bubbles: true}))"
    )
    browser.click("#problems [role=option]")
    browser.until("location.hash.includes('outcome')")
    address = browser.run("return location.href")
    browser.open("about:blank")
    browser.open(address)
    browser.until(READY)
    browser.until("document.querySelector('#sheet h3')")

    said = (
        "const f = document.getElementById('filters'); return [f.other.value, f.outcome.value, f.text.value]"
    )
    assert browser.run(said) == ["2", "failed", "HumanEval/5"]
    assert browser.run(f"return {CHOSEN}") == "HumanEval/5"


@pytest.mark.parametrize("step", [1, -1])
def test_the_samples_open_with_the_winner(
    browser: Browser, small: StudyReport, tmp_path: Path, step: int
) -> None:
    """Whatever the order of the runs."""
    ready(browser, write(msgspec.structs.replace(small, runs=small.runs[::step]), tmp_path))

    chosen = browser.run("return document.getElementById('filters').run.selectedOptions[0].textContent")

    assert str(chosen).startswith("A ")


def test_a_model_is_not_compared_with_itself(browser: Browser, small: StudyReport, tmp_path: Path) -> None:
    """Its own name cannot be chosen beside it, and goes when it becomes the model shown."""
    ready(browser, write(small, tmp_path))
    browser.run(
        "const f = document.getElementById('filters'); f.other.value = '1'; f.run.value = '1'; f.dispatchEvent(new Event('input', {bubbles: true}))"
    )

    assert browser.run(
        "const f = document.getElementById('filters'); return [f.other.value, f.other.options[2].disabled]"
    ) == ["", True]


def test_a_sample_is_there_as_json(browser: Browser, small: StudyReport, tmp_path: Path) -> None:
    """With its outcomes and text, to read and to download."""
    ready(browser, write(small, tmp_path))
    browser.run(
        "[...document.querySelectorAll('#sheet details')].find(d => d.textContent.startsWith('Raw JSON')).open = true"
    )
    browser.until("document.querySelector('#sheet a[download]')")
    name, text = browser.run(
        "const a = document.querySelector('#sheet a[download]'); return [a.download, a.closest('details').querySelector('pre').textContent]"
    )
    record = json.loads(text)

    assert name.endswith(".json")
    assert record["problem"] == "HumanEval/0"
    assert record["outcomes"][0]["suite"] in {"base", "plus"}
    assert "def " in record["text"]


def test_tables_can_be_taken_along(browser: Browser, small: StudyReport, tmp_path: Path) -> None:
    """Each as CSV and as Markdown: heads, and one line per row, in the order shown."""
    ready(browser, write(small, tmp_path))
    csv, markdown, buttons = browser.run(
        "const rows = rowsOf(document.getElementById('speed'));"
        "return [FORMS.CSV(rows), FORMS.Markdown(rows), document.querySelectorAll('.taken').length - document.querySelectorAll('.scroll > table').length]"
    )

    assert csv.splitlines()[0].startswith("model,")
    assert markdown.splitlines()[1].startswith("| --- |")
    assert len(csv.splitlines()) == len(markdown.splitlines()) - 1 == 4
    assert buttons == 0


def test_a_study_prints_on_few_pages(browser: Browser, small: StudyReport, tmp_path: Path) -> None:
    """At most eight with details closed, every model and its interval on them, and nothing of the viewer."""
    ready(browser, write(small, tmp_path))
    printed = base64.b64decode(browser.call("/print", {"background": False}))

    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 8


def test_the_heat_map_names_its_cells(browser: Browser, small: StudyReport, tmp_path: Path) -> None:
    """On hover and on focus; arrow keys walk it, and Enter opens the cell's problem for its row's model."""
    ready(browser, write(small, tmp_path))
    tip = "document.getElementById('tip')"
    browser.run(
        "const h = document.querySelector('svg.heat'), b = h.getBoundingClientRect();"
        "h.dispatchEvent(new MouseEvent('mousemove', {bubbles: true, clientX: b.right - 4, clientY: b.top + 4}))"
    )
    hovered = browser.run(f"return {tip}.hidden ? '' : {tip}.textContent")
    browser.type("svg.heat", KEYS["right"] + KEYS["down"])
    focused = browser.run(f"return {tip}.hidden ? '' : {tip}.textContent")
    place = browser.run("const h = document.querySelector('svg.heat'); return [h.dataset.order.split(' ')[1], h.dataset.runs.split(' ')[1]]")  # fmt: skip
    browser.type("svg.heat", KEYS["enter"])

    assert re.fullmatch(r"HumanEval/\d · .+ · \d+ of 20 passed", hovered)
    assert focused.startswith(f"HumanEval/{place[0]} · {small.runs[int(place[1])].model.rsplit('/')[-1]}")
    browser.until(f"{CHOSEN} === 'HumanEval/{place[0]}'")
    assert browser.run("return document.getElementById('filters').run.value") == place[1]


def test_every_axis_has_two_ticks(browser: Browser, small: StudyReport, tmp_path: Path) -> None:
    """At least, on every chart of the page, with their numbers."""
    ready(browser, write(small, tmp_path))
    ticks = browser.run(
        "return [...document.querySelectorAll('figure svg .axes')].map(a => ['middle', 'end'].map(side =>"
        " new Set([...a.querySelectorAll(`.tick[text-anchor=${side}]`)].map(t => t.textContent)).size))"
    )

    assert len(ticks) >= 4
    assert all(down >= 2 for down, _ in ticks)
    assert all(up >= 2 or up == 0 for _, up in ticks)  # a chart of names has none


def test_a_single_chart_keeps_its_size(browser: Browser, small: StudyReport, tmp_path: Path) -> None:
    """Beside nothing it is as wide as beside another."""
    untimed = [msgspec.structs.replace(r, speed=None, params=None, published=()) for r in small.runs]
    ready(browser, write(msgspec.structs.replace(small, runs=tuple(untimed)), tmp_path))
    width, room = browser.run(
        "const f = document.querySelector('.charts figure'); return [f.offsetWidth, f.parentElement.offsetWidth]"
    )

    assert browser.run("return document.querySelector('.charts').children.length") == 1
    assert width < 0.6 * room


def test_a_phone_prints_no_empty_labels(browser: Browser, small: StudyReport, tmp_path: Path) -> None:
    """A cell without anything takes no line of its card."""
    page = write(small, tmp_path)
    size = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    browser.call("/goog/cdp/execute", {"cmd": "Emulation.setDeviceMetricsOverride", "params": size})
    try:
        ready(browser, page)
        shown = browser.run(
            "document.querySelectorAll('details').forEach(d => { d.open = true; });"
            "return [...document.querySelectorAll('table.stack td')].filter(td => td.offsetHeight && ['', '–'].includes(td.textContent.trim())).length"
        )
    finally:
        browser.call("/goog/cdp/execute", {"cmd": "Emulation.clearDeviceMetricsOverride", "params": {}})
    assert shown == 0
