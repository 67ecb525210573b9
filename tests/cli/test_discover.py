"""`assay discover` against a local Hub and recorded answers of leaderboards."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.hub import Hub, serving_hub
from support.running import Assay
from support.web import Web, web

TUNE, BASE = "acme/coder-1b-instruct", "acme/coder-1b"
SIZE = {"safetensors": {"parameters": {"BF16": 1_500_000_000}, "total": 1_500_000_000}}


def about(licence: str = "apache-2.0", parent: str = "", **more: Any) -> dict[str, Any]:
    """Fields of the Hub's answer about a model."""
    card: dict[str, Any] = {"license": licence}
    if parent:
        card["base_model"] = parent
    return {**SIZE, "cardData": card, "pipeline_tag": "text-generation", **more}


TEMPLATE: dict[str, Any] = {
    "config": {"model_type": "llama", "tokenizer_config": {"chat_template": "{{ messages }}"}}
}
NO_TEMPLATE: dict[str, Any] = {"config": {"model_type": "llama", "tokenizer_config": {"eos_token": "</s>"}}}


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A Hub with models of every kind that a rule looks at."""
    with serving_hub() as server:
        files = {"config.json": {"model_type": "llama"}}
        server.add(BASE, files, facts=about("qwen-research", **NO_TEMPLATE))
        server.add(TUNE, files, facts=about(parent=BASE, downloads=9, **TEMPLATE))
        server.add("acme/open-instruct", files, facts=about(downloads=7, **TEMPLATE))
        server.add("acme/open-instruct-gptq", files, facts=about(
            parent="acme/open-instruct", config={"quantization_config": {"quant_method": "gptq"}, "tokenizer_config": {"chat_template": "x"}},
        ))  # fmt: skip
        server.add(
            "acme/large-instruct", files, facts=about(**TEMPLATE) | {"safetensors": {"total": 9_000_000_000}}
        )
        server.add("acme/gated-instruct", files, gated="auto", facts=about(**TEMPLATE))
        yield server


@pytest.fixture
def boards() -> Iterator[Web]:
    with web() as server:
        rows = {
            "Open-Instruct": {"link": "https://huggingface.co/acme/open-instruct", "open-data": "NONE",
                "pass@1": {"humaneval": 70.7, "humaneval+": 66.5, "mbpp": 69.2, "mbpp+": 59.4}, "prompted": True, "size": 1.5},
            "Weak-Instruct": {"link": "https://huggingface.co/acme/gated-instruct", "open-data": "NONE",
                "pass@1": {"humaneval": 20.1, "humaneval+": 15.2, "mbpp": 30.2, "mbpp+": 25.4}, "prompted": True, "size": 1.5},
            "Gone-1B": {"link": "https://huggingface.co/acme/gone-1b", "open-data": "NONE",
                "pass@1": {"humaneval": 50.0, "humaneval+": 45.1, "mbpp": 50.0, "mbpp+": 42.1}, "prompted": True, "size": 1.0},
            "DeepSeek-Coder-1.3B-instruct": {"link": "https://huggingface.co/deepseek-ai/deepseek-coder-1.3b-instruct", "open-data": "NONE",
                "pass@1": {"humaneval": 65.9, "humaneval+": 60.4, "mbpp": 65.3, "mbpp+": 54.8}, "prompted": True, "size": 1.3},
            "Nobody-Knows-2B": {"link": "", "open-data": "NONE",
                "pass@1": {"humaneval": 40.2, "humaneval+": 36.0, "mbpp": 41.0, "mbpp+": 33.3}, "prompted": True, "size": 2.0},
        }  # fmt: skip
        server.pages["/results.json"] = json.dumps(rows, indent=1).encode()
        yield server


def found(assay: Assay, hub: Hub, *arguments: str) -> dict[str, dict[str, Any]]:
    """Candidates by hub id or name."""
    done = assay(
        "discover", "--min-params", "1B", "--max-params", "3B", *arguments, "--json", HF_ENDPOINT=hub.address
    )
    assert done.returncode == 0, done.stderr
    return {row["hub_id"] or row["name"]: row for row in json.loads(done.stdout)}


def rule(row: dict[str, Any], name: str) -> tuple[bool | None, str]:
    """A rule's answer and reason."""
    (one,) = [r for r in row["rules"] if r["rule"] == name]
    return one["held"], one["reason"]


def test_one_listing_finds_models_by_size(assay: Assay, hub: Hub) -> None:
    """By the parameters in the files' headers; each with the contract's fields, at the commit that the Hub named."""
    rows = found(assay, hub, "--no-boards")

    assert "acme/large-instruct" not in rows
    row = rows["acme/open-instruct"]
    assert {"hub_id", "revision", "params", "kind", "licence", "gated", "kept", "rules"} <= row.keys()
    assert (row["params"], row["kind"], row["licence"], row["gated"], row["kept"]) == (
        1.5e9,
        "instruct",
        "apache-2.0",
        False,
        True,
    )
    assert row["revision"] == hub.repos["acme/open-instruct"].refs["main"]
    assert len(hub.asked(r"/api/models\?")) == 1


def test_a_listing_is_read_page_by_page(assay: Assay, hub: Hub) -> None:
    """The Link header leads from page to page."""
    hub.page = 2
    assert len(found(assay, hub, "--no-boards")) == 5
    assert len(hub.asked(r"/api/models\?")) == 3


def test_each_rule_says_why(assay: Assay, hub: Hub) -> None:
    """Kind, gating, quantised copies, and the licence of the whole lineage."""
    rows = found(assay, hub, "--no-boards", "--kind", "instruct", "--licence", "open", "--no-gated")

    assert [name for name, row in rows.items() if row["kept"]] == ["acme/open-instruct"]
    assert rule(rows[BASE], "kind")[0] is False
    assert rule(rows["acme/gated-instruct"], "gated") == (False, "gated: its terms have to be accepted")
    assert rule(rows["acme/open-instruct-gptq"], "quantised") == (False, "a quantised copy: gptq")
    held, reason = rule(rows[TUNE], "licence")
    assert held is False
    assert reason.startswith(f"{TUNE}: apache-2.0 (open); tuned from {BASE}: qwen-research (non-commercial)")
    assert (rows[TUNE]["licence"], rows[TUNE]["licence_class"]) == ("apache-2.0", "non-commercial")


def test_leaderboards_are_merged_by_identity(assay: Assay, hub: Hub, boards: Web) -> None:
    """A model of the listing and of a board is one; a board's model that the Hub has not, and a name of none, are told."""
    rows = found(assay, hub, "--board", f"evalplus={boards.address}/results.json", "--benchmark", "humaneval")

    assert rows["acme/open-instruct"]["named_by"][0] == "the Hub's listing"
    assert len(rows["acme/open-instruct"]["named_by"]) == 2
    assert rule(rows["acme/open-instruct"], "score humaneval")[0] is True
    held, reason = rule(rows["acme/gone-1b"], "found")
    assert (held, rows["acme/gone-1b"]["kept"]) == (False, False)
    assert reason.startswith("the Hub has no public repository of this name (looked at 20")
    assert rule(rows["Nobody-Knows-2B"], "found") == (False, "'Nobody-Knows-2B' resolves to no hub id")


def test_a_baseline_refuses_what_is_below_it_beyond_the_uncertainty(
    assay: Assay, hub: Hub, boards: Web
) -> None:
    """Scores of one board are compared; both figures and the margin are told."""
    rows = found(
        assay, hub, "--board", f"evalplus={boards.address}/results.json", "--benchmark", "humaneval+",
        "--baseline", "deepseek-ai/deepseek-coder-1.3b-instruct",
    )  # fmt: skip

    held, reason = rule(rows["acme/gated-instruct"], "baseline humaneval+")
    assert held is False
    assert "15.2% against 60.4%, ±" in reason
    assert rule(rows["acme/open-instruct"], "baseline humaneval+")[0] is True


def test_a_saved_query_says_what_changed(assay: Assay, hub: Hub) -> None:
    """New, gone, changed and the same, against the last run."""
    found(assay, hub, "--no-boards", "--save", "small")
    hub.add("acme/new-instruct", {"config.json": {}}, facts=about(**TEMPLATE))
    del hub.repos["acme/gated-instruct"]
    hub.repos["acme/open-instruct"].facts["cardData"] = {"license": "mit"}
    done = assay("discover", "--again", "small", "--json", HF_ENDPOINT=hub.address)
    change = {row["hub_id"]: row["change"] for row in json.loads(done.stdout)}

    assert change["acme/new-instruct"] == "new"
    assert change["acme/open-instruct"].startswith("changed: was kept")
    assert change[TUNE] == "same"
    assert "gone: acme/gated-instruct (was kept" in done.stderr


def test_candidates_become_a_study_and_csv(assay: Assay, hub: Hub, tmp_path: Path) -> None:
    """Kept ones as entries at their commit, refused ones as comments with the reason."""
    found(assay, hub, "--no-boards", "--kind", "instruct", "--study", "study.toml", "--csv", "found.csv")
    text = (tmp_path / "study.toml").read_text()
    study = tomllib.loads(text)

    assert "acme/open-instruct@" + hub.repos["acme/open-instruct"].refs["main"] in [
        m["path"] for m in study["models"]
    ]
    assert "# acme/open-instruct-gptq: a quantised copy: gptq" in text
    assert (tmp_path / "found.csv").read_text().startswith("hub_id,name,revision,params,kind,licence,")


def test_a_board_that_fails_is_a_line(assay: Assay, hub: Hub, boards: Web) -> None:
    """The Hub's candidates are there all the same."""
    done = assay(
        "discover", "--board", f"evalplus={boards.address}/gone.json", "--json", HF_ENDPOINT=hub.address
    )

    assert done.returncode == 0
    assert len(json.loads(done.stdout)) == 6
    assert "not looked at: leaderboard evalplus:" in done.stderr


def test_offline_is_what_was_kept(assay: Assay, hub: Hub, boards: Web) -> None:
    """The same candidates without one request; what was not asked stays unknown, never "no such model"."""
    board = f"evalplus={boards.address}/results.json"
    first = found(assay, hub, "--board", board)
    asked = len(hub.requests), len(boards.requests)
    second = found(assay, hub, "--board", board, "--offline")

    assert (len(hub.requests), len(boards.requests)) == asked
    assert second["acme/open-instruct"]["kept"] == first["acme/open-instruct"]["kept"]
    assert rule(second["acme/gone-1b"], "found")[0] is None


def test_a_listing_that_fails_is_one_line(assay: Assay, hub: Hub) -> None:
    """With what to do; nothing on stdout."""
    hub.fail(r"/api/models", status=403)
    done = assay("discover", "--no-boards", "--json", HF_ENDPOINT=hub.address)

    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.strip().splitlines()) == 1
