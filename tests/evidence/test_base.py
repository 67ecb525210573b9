"""The evidence base loads whole, fast and strictly."""

import time
from pathlib import Path

import pytest
import yaml

from modelassay.core.errors import InputError, MissingError
from modelassay.evidence.base import Evidence, load_evidence
from modelassay.evidence.upkeep import check_evidence, number_history, versions_of_number

GOOD = """
document: {id: paper, title: A paper, url: "https://example.org", publisher: P, tier: primary-own}
measured_by: maker
protocols:
  greedy: {shots: 0, temperature: 0, written: zero-shot greedy}
facts:
- id: one
  model: org/model-1b
  benchmark: mbpp
  protocol: greedy
  value: "36.0"
  locator: Table 1
  quote: "36.0"
"""


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    """The package's own evidence base."""
    return load_evidence()


def folder_with(tmp_path: Path, text: str, name: str = "paper") -> Path:
    """An evidence folder that holds one fact file."""
    (tmp_path / "facts").mkdir(exist_ok=True)
    (tmp_path / "facts" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def test_nothing_is_wrong_in_the_evidence_base(evidence: Evidence) -> None:
    """No duplicate, impossible value, dangling reference or overlong quote."""
    assert check_evidence(evidence) == []


def test_every_collected_fact_is_kept(evidence: Evidence, shared: Path) -> None:
    """Each fact of the collection keeps its id, model, locator, quote and number."""
    rows = yaml.load((shared / "evidence" / "facts.yaml").read_text(), yaml.CSafeLoader)["facts"]
    assert len(rows) == 277
    for row in rows:
        fact = evidence.facts[row["id"]]
        assert (fact.citation.locator, fact.citation.quote) == (
            row["source"]["locator"],
            row["source"]["quote"],
        )
        if isinstance(row["value"], float):
            assert float(fact.written) == row["value"]
            assert fact.value == pytest.approx(row["value"] / 100)
        if row["model"] != "n/a":
            assert fact.model == row["model"]


@pytest.mark.alone
def test_loading_takes_a_fraction_of_a_second(evidence: Evidence) -> None:
    """The best of three loads takes less than a second of CPU even on a busy machine (0.15 s on an idle one)."""
    times = []
    for _ in range(3):
        start = time.process_time()
        load_evidence()
        times.append(time.process_time() - start)
    assert min(times) < 1.0


def test_printed_digits_survive(tmp_path: Path) -> None:
    """36.0 stays "36.0" and becomes 0.36."""
    fact = load_evidence(folder_with(tmp_path, GOOD)).facts["one"]
    assert (fact.written, fact.value) == ("36.0", 0.36)


def test_protocol_words_become_fields(evidence: Evidence) -> None:
    """Shots, sampling, prompt and harness are fields; the source's own words stay."""
    protocol = evidence.facts["ds13i_he_repo"].protocol
    assert protocol is not None
    assert (protocol.problems, protocol.shots, protocol.temperature, protocol.prompt_style) == (
        164,
        0,
        0.0,
        "chat",
    )
    assert "max 500 new tokens" in protocol.written


def test_a_mislabelled_column_is_told(evidence: Evidence) -> None:
    """The README that labels pass@10 as pass@1 is stored as pass@10, and the trap is in the note."""
    fact = evidence.facts["yl_readme_feb"]
    assert fact.metric == "pass@10"
    assert "labels this column pass@1" in fact.note


def test_two_protocols_become_two_facts(evidence: Evidence) -> None:
    """60.8 at 3-shot and 72.8 under EvalPlus are separate, typed facts."""
    three, plus = evidence.facts["ll31_mbpp_two"], evidence.facts["ll31_mbpp_two_evalplus"]
    assert (three.value, three.protocol and three.protocol.shots) == (0.608, 3)
    assert (plus.value, plus.protocol and plus.protocol.harness) == (0.728, "evalplus")


def test_a_report_on_somebody_elses_model_is_third_party(evidence: Evidence) -> None:
    """Tier belongs to the pair of document and model."""
    assert evidence.facts["qr_ds13i_mbpp"].citation.tier == "third-party-paper"
    assert evidence.facts["qb_1.5B_mbpp"].citation.tier == "primary-own"


def test_models_never_released_are_evidence_of_absence(evidence: Evidence) -> None:
    """They are known, do not exist, and name the source."""
    model = evidence.model("google/codegemma-2b-instruct")
    assert model is not None
    assert not model.exists
    assert model.sources == ("cg_variants",)


def test_licences_from_memory_are_not_facts(evidence: Evidence) -> None:
    """A licence that nobody read stays unknown."""
    model = evidence.model("microsoft/phi-2")
    assert model is not None
    assert model.licence is None
    assert "not read" in model.note


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("locator: Table 1", "locater: Table 1", 7, "locater"),
        ('value: "36.0"', 'value: "36.0 or so"', 7, "not a number"),
        ("protocol: greedy", "protocol: sampled", 7, "'sampled'"),
        ("tier: primary-own", "tier: hearsay", 2, "hearsay"),
        ("- id: one", "- id: [", None, "not YAML"),
        ("{id: paper,", "{id: book,", None, "'book'"),
    ],
)
def test_a_broken_fact_file_names_file_line_and_key(
    tmp_path: Path, old: str, new: str, line: int | None, says: str
) -> None:
    """A broken file is refused in one line that says where and what."""
    with pytest.raises(InputError) as caught:
        load_evidence(folder_with(tmp_path, GOOD.replace(old, new)))
    assert "paper.yaml" in str(caught.value)
    assert says in str(caught.value)
    assert line is None or caught.value.line == line


def test_an_id_used_twice_is_refused(tmp_path: Path) -> None:
    """Ids are unique over all files."""
    folder_with(tmp_path, GOOD)
    folder_with(tmp_path, GOOD.replace("id: paper", "id: other"), "other")
    with pytest.raises(InputError, match="used twice"):
        load_evidence(tmp_path)


def test_a_folder_without_facts_is_missing(tmp_path: Path) -> None:
    """An empty evidence folder is an error, not an empty base."""
    with pytest.raises(MissingError):
        load_evidence(tmp_path)


def test_impossible_values_are_found(tmp_path: Path) -> None:
    """A score over 100 % and a model that is not in models.yaml are reported."""
    found = check_evidence(load_evidence(folder_with(tmp_path, GOOD.replace('"36.0"', '"136.0"'))))
    assert {problem.problem for problem in found} == {"impossible-value", "dangling"}


def test_a_corrected_fact_tells_its_history(tmp_path: Path) -> None:
    """A revision says what the fact was and why it changed."""
    revised = GOOD + "revisions:\n- {fact: one, date: '2026-01-02', was: '35.0', why: misread column}\n"
    evidence = load_evidence(folder_with(tmp_path, revised))
    assert number_history(evidence, "one") == [
        "2026-01-02: was 35.0; misread column",
        "now: 36.0 (A paper, Table 1)",
    ]


def test_all_versions_of_a_number_are_listed(evidence: Evidence) -> None:
    """DeepSeek's own figures come before the board's and other papers'."""
    facts = versions_of_number(evidence, "deepseek-ai/deepseek-coder-1.3b-instruct", "mbpp")
    assert facts[0].written == "49.4"
    assert {fact.written for fact in facts} >= {"49.4", "65.3", "61.6"}
