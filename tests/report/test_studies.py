"""Several studies served together: their list, two of them beside each other, what changed, and their own pages."""

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from modelassay.core.store import write_records
from modelassay.core.workdir import WorkDir
from modelassay.report.content import Begun, BegunRun, StudyReport, encode_study
from modelassay.report.serve import make_server
from modelassay.report.studies import Studies, changes
from support.browser import Browser
from support.growing import Growing


def later(report: StudyReport, by: float = 0.1) -> StudyReport:
    """The same study a week later: the first run's first score moved, with another seed; another title."""
    first, *others = report.runs
    moved = msgspec.structs.replace(first.estimates[0], value=first.estimates[0].value + by)
    run = msgspec.structs.replace(first, seed=99, estimates=(moved, *first.estimates[1:]))
    made = msgspec.structs.replace(report.made, when="2027-01-02T03:04:05Z")
    return msgspec.structs.replace(report, name="A week later", made=made, runs=(run, *others))


@pytest.fixture
def folder(tmp_path: Path, small: StudyReport) -> Path:
    """Two finished studies, one of them a level deeper, one that runs, one that has only begun, and no study."""
    for name, report in (("first", small), ("deeper/second", later(small))):
        place = WorkDir(tmp_path / "many" / name)
        place.root.mkdir(parents=True)
        place.study_json.write_bytes(encode_study(report))
    running = Growing(tmp_path / "many" / "running")
    running.begin()
    running.sample(0)
    begun = WorkDir(tmp_path / "many" / "begun")
    begun.root.mkdir()
    plan = (BegunRun(run="x--starter--1", model="x", benchmark="starter", samples=40),)
    write_records(begun.begun, [Begun(title="Which one?", started="2026-11-30T18:00:00Z", runs=plan)])
    (tmp_path / "many" / "notes").mkdir()
    (tmp_path / "many" / "link").symlink_to(tmp_path / "many" / "first")
    return tmp_path / "many"


@pytest.fixture
def site(folder: Path) -> Iterator[httpx.Client]:
    """All of it, served on a free port."""
    with make_server(Studies(folder), "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        with httpx.Client(base_url=f"http://127.0.0.1:{server.server_address[1]}", trust_env=False) as client:
            yield client
        server.shutdown()
        thread.join()


def test_studies_are_listed_with_their_answers(site: httpx.Client, small: StudyReport) -> None:
    """The latest first, each with its state; links to folders and what is no study are left out."""
    page = site.get("/").text
    places = re.findall(r'href="studies/([^"]+)/"', page)

    assert places == ["deeper~second", "begun", *sorted(places[2:], key=["first", "running"].index)]
    assert "A week later" in page
    assert "Not sampled yet: Which one?" in page
    assert "10 of 40 to sample" in page
    assert page.count("solves") >= 2


def test_a_score_that_moved_is_a_change(small: StudyReport) -> None:
    """With the setting that is another; an equal study has none."""
    found = changes(small, later(small))

    assert found.sentence().startswith("1 of ")
    assert [f.moved for f in found.figures if f.moved] == pytest.approx([0.1])
    assert [row[1:] for row in found.settings] == [("seed", str(small.runs[0].seed), "99")]
    assert changes(small, small).sentence().startswith("none of ")


def test_a_model_that_one_study_lacks_is_new_or_gone(small: StudyReport) -> None:
    less = msgspec.structs.replace(small, runs=small.runs[1:])
    number = sum(f.before is None for f in changes(less, small).figures)

    assert number > 0
    assert f"{number} new" in changes(less, small).sentence()
    assert f"{number} gone" in changes(small, less).sentence()


def test_the_list_says_what_changed_since_the_one_before(site: httpx.Client) -> None:
    """And leads to the two beside each other."""
    page = site.get("/").text
    address = re.search(r'href="(compare\?[^"]+)"', page)

    assert address is not None
    compared = site.get("/" + address[1].replace("&amp;", "&")).text
    assert "What made them" in compared
    assert "+10.0" in compared


@pytest.mark.parametrize("name", ["deeper~second", "running", "begun"])
def test_each_study_has_its_own_pages(site: httpx.Client, name: str) -> None:
    """Below its address, which gets its slash; the page leads back."""
    moved = site.get(f"/studies/{name}")
    page = site.get(f"/studies/{name}/")

    assert (moved.status_code, moved.headers["location"]) == (301, f"/studies/{name}/")
    assert 'href="/">all studies' in page.text
    assert site.get(f"/studies/{name}/study.json").json()["format_version"] == 1
    assert site.get(f"/studies/{name}/report.md").status_code == 200
    assert site.get(f"/studies/{name}/stamp").status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/studies/link/", "/studies/notes/", "/studies/..%2f..%2fetc/", "/studies/../first/study.json", "/compare",
     "/compare?before=first&now=../x", "/study.json"],
)  # fmt: skip
def test_what_is_no_study_is_not_there(site: httpx.Client, path: str) -> None:
    assert site.get(path).status_code == 404


def test_a_study_that_cannot_be_read_is_named(site: httpx.Client, folder: Path) -> None:
    """The others are listed all the same."""
    (folder / "first" / "study.json").write_text("{")
    page = site.get("/").text

    assert "not a study" in page
    assert "A week later" in page


def test_a_folder_of_one_study_is_that_study(folder: Path) -> None:
    assert Studies(folder / "first").several() == {}


def test_the_list_in_a_browser(browser: Browser, site: httpx.Client, folder: Path) -> None:
    """It sorts, follows what changes without losing the order, compares two by its form, and says nothing on the console."""
    browser.open("about:blank")
    browser.console()
    browser.open(str(site.base_url))
    browser.until("document.documentElement.dataset.live === 'yes'")
    browser.click("#studies [data-sort='3']")
    first = "document.querySelector('#studies tbody a').textContent"
    top = browser.run(f"return {first}")
    Growing(folder / "running").sample(1)
    browser.until("document.querySelector('#studies').textContent.includes('20 of 40 to sample')", 15)

    assert browser.run(f"return {first}") == top
    assert len(browser.run("return [...document.querySelectorAll('.taken')]")) == 1
    browser.run("const f = document.querySelector('form.choice'); f.before.value = 'first'; f.now.value = 'deeper~second'")  # fmt: skip
    browser.click("form.choice button")
    browser.until("location.search === '?before=first&now=deeper%7Esecond'")
    browser.until("document.querySelector('#scores')")
    browser.until("document.documentElement.dataset.live === 'yes'", 15)
    assert browser.console() == []


def test_a_study_has_a_page_from_its_first_second(browser: Browser, tmp_path: Path) -> None:
    """Before anything is sampled: its title, what is planned, no link that leads nowhere, nothing on the console; then it
    follows, and says the time left after the first group.
    """
    growing = Growing(tmp_path / "work")
    growing.workdir.root.mkdir()
    with make_server(Studies(growing.workdir.root), "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        address = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            browser.open("about:blank")  # no page of another server asks on
            browser.console()
            browser.open(address)
            plan = (BegunRun(run=growing.run.root.name, model="tiny-model", benchmark="starter", samples=40),)
            write_records(
                growing.workdir.begun, [Begun(title="Which one?", started="2026-11-30T18:00:00Z", runs=plan)]
            )
            browser.until("document.querySelector('.stage')?.textContent.includes('not sampled yet')", 15)
            assert browser.run("return [document.title, document.querySelector('h1').textContent]") == [
                "Which one? · modelassay", "Not sampled yet: Which one?",
            ]  # fmt: skip
            links = browser.run("return [...document.querySelectorAll('a[href]')].map(a => a.href)")
            targets = browser.run("return [...document.querySelectorAll('[id]')].map(e => e.id)")
            for link in links:
                page, _, place = link.partition("#")
                assert httpx.get(page, trust_env=False).status_code == 200
                assert place in ("", *targets)
            growing.begin()
            time.sleep(2.5)
            growing.sample(0)
            browser.until("/10 of 40, about .* left/.test(document.querySelector('.stage')?.textContent)", 15)
            assert browser.console() == []
        finally:
            server.shutdown()
            thread.join()
