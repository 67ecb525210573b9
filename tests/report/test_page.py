"""The HTML page as a file: nothing from outside, nothing that runs, small enough, every link leads somewhere."""

import base64
import gzip
import re
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest

from modelassay.report import packing
from modelassay.report.content import StudyReport
from modelassay.report.html import render_html
from modelassay.report.packing import LONGEST
from modelassay.report.samples import ProblemSamples, SampleView
from support.hostile_study import hostile
from support.invented import problem_samples, study


class Tags(HTMLParser):
    """Every tag of a page with its attributes, and what lies in its scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def values(self, name: str) -> list[str]:
        return [attrs[name] or "" for _, attrs in self.tags if name in attrs]


def chunk_of(page: str, number: int) -> Any:
    """A chunk that lies in the page, unpacked."""
    found = re.search(rf'id="chunk-{number}">([A-Za-z0-9+/=]+)<', page)
    assert found
    return msgspec.json.decode(gzip.decompress(base64.b64decode(found[1])))


def test_the_page_asks_nothing_of_a_network(small: StudyReport) -> None:
    """No address is loaded: only links that a reader may follow, and a policy that forbids the rest."""
    page = render_html(small, problem_samples(small))
    tags = Tags(page)

    assert tags.values("src") == []
    assert not [t for t, _ in tags.tags if t in {"link", "iframe", "img", "object", "embed", "base"}]
    assert any(value.startswith("default-src 'none'; ") for value in tags.values("content"))
    assert "url(" not in page
    assert "@import" not in page


def test_hostile_text_makes_no_tag_and_no_handler(small: StudyReport) -> None:
    """Script tags, handlers and `javascript:` addresses from others never become part of the page."""
    page = render_html(*hostile(small))
    tags = Tags(page)

    assert [t for t, a in tags.tags if any(n.startswith("on") for n in a)] == []
    assert [t for t, _ in tags.tags if t == "img"] == []
    assert not [h for h in tags.values("href") if h.startswith("javascript:")]
    assert {a.get("type") for t, a in tags.tags if t == "script"} == {"text/plain", None}
    assert len([1 for t, a in tags.tags if t == "script" and "type" not in a]) == 1
    page.encode("utf-8")
    assert "\x00" not in page
    assert "\x1b" not in page


def test_ten_megabytes_of_text_are_cut_and_the_page_says_so(small: StudyReport) -> None:
    """A flood of text cannot make a page that does not open."""
    page = render_html(*hostile(small))
    groups = chunk_of(page, 0)["runs"]["0"]["groups"]
    text = groups[1]["text"]

    assert len(page) < 2_000_000
    assert len(text) < LONGEST + 100
    assert "more characters are in the run's folder" in text


def test_every_link_inside_the_page_leads_somewhere(small: StudyReport) -> None:
    """No dead anchor: each number's evidence is one click away."""
    tags = Tags(render_html(small, problem_samples(small)))
    ids = tags.values("id")

    assert len(ids) == len(set(ids))
    assert {h for h in tags.values("href") if h.startswith("#")} <= {f"#{i}" for i in ids}


def test_every_ranked_number_is_a_link(small: StudyReport) -> None:
    """The score leads to its samples, the rate to its measurement, a reason to its figures."""
    page = render_html(small)
    items = re.findall(r'<li class="standing-.*?</ol>', page, re.S)[0].split('<li class="standing-')[1:]

    assert len(items) == 3
    assert all('href="#samples" data-run=' in item and 'href="#speed-' in item for item in items)


def test_equal_programs_are_folded(small: StudyReport) -> None:
    """Twenty samples of four programs make at most eight groups: four that passed and four that failed."""
    report = study(problems=2, n=20, models=1)
    found = problem_samples(report, distinct=4)[0]
    plain = [
        msgspec.structs.replace(c, seen=tuple(msgspec.structs.replace(s, detail="") for s in c.seen))
        for c in found.samples
    ]
    page = render_html(report, [msgspec.structs.replace(found, samples=tuple(plain))])
    groups = chunk_of(page, 0)["runs"]["0"]["groups"]

    assert len(groups) <= 12
    assert sorted(m[0] for g in groups for m in g["members"]) == list(range(20))


def test_a_program_inside_its_text_is_stored_once(small: StudyReport) -> None:
    """The place is counted as JavaScript counts: in UTF-16 units, also after an emoji."""
    text = "🙂 here:\n```python\ndef f(): return 'é'\n```"
    program = "def f(): return 'é'\n"
    found = ProblemSamples(
        run=small.runs[0].id,
        problem="HumanEval/0",
        statement="",
        samples=(SampleView(index=0, text=text, program=program),),
    )
    start, length = chunk_of(render_html(small, [found]), 0)["runs"]["0"]["groups"][0]["program"]
    units = text.encode("utf-16-le")

    assert units[2 * start : 2 * (start + length)].decode("utf-16-le") == program


def test_what_does_not_fit_lies_beside_and_an_excerpt_stays(small: StudyReport) -> None:
    """Over the budget every problem keeps some samples in the page, and all are in the files beside it."""
    beside: dict[str, bytes] = {}
    page = render_html(small, problem_samples(small), budget=9_000, keep=beside.__setitem__)
    whole = re.fullmatch(rb'assayChunk\(0,"([A-Za-z0-9+/=]+)"\)\n', beside["candidates/0.js"])
    assert whole
    full = msgspec.json.decode(gzip.decompress(base64.b64decode(whole[1])))["runs"]["0"]
    short = chunk_of(page, 0)["runs"]["0"]

    assert sum(len(g["members"]) for g in full["groups"]) == full["of"] == 20
    assert 0 < sum(len(g["members"]) for g in short["groups"]) < 20
    assert short["of"] == 20


def test_an_excerpt_is_the_same_whatever_was_tried_before(small: StudyReport) -> None:
    """Fewer groups of each run are those that would be chosen of all its groups."""
    (found, *_) = problem_samples(small, distinct=100)
    content = packing._content(small, [found])
    once = packing._excerpt(content, 24, in_order=True)

    assert packing._excerpt(once, 6) == packing._excerpt(content, 6)


def test_samples_of_a_problem_have_to_come_together(small: StudyReport) -> None:
    """One problem is packed at a time, so that one which comes again would be lost."""
    one, other, *_ = problem_samples(small)[:: len(small.runs)]
    with pytest.raises(ValueError, match="one after the other"):
        render_html(small, [one, other, one])


def test_five_models_on_humaneval_fit_two_megabytes() -> None:
    """82,000 samples, none repeated: the page alone stays under 2 MB."""
    report = study()

    assert len(render_html(report, problem_samples(report, distinct=100)).encode()) < 2_000_000


def test_two_runs_of_one_model_keep_apart(small: StudyReport) -> None:
    """Runs that differ only in protocol get names that say so."""
    first = small.runs[0]
    second = msgspec.structs.replace(first, id=f"{first.id}-2", protocol="completion")
    page = render_html(msgspec.structs.replace(small, runs=(first, second), rankings=()))

    assert "Qwen2.5-Coder-1.5B-Instruct · chat" in page
    assert "Qwen2.5-Coder-1.5B-Instruct · completion" in page
