"""Rows measured elsewhere: read whole, or refused with file, line and column."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelassay.core.errors import AssayError, InputError
from modelassay.speed.measured_rows import read_rows
from support.running import Assay

HEAD = "model,device,engine,dtype,batch,input_tokens,output_tokens,ttft_seconds,tpot_seconds,total_seconds\n"


def test_a_row_is_read() -> None:
    (row,) = read_rows(HEAD + "org/m,a100-80,vllm,bf16,8,512,256,0.1,0.02,\n")

    assert (row.line, row.batch, row.ttft_seconds, row.tpot_seconds, row.total_seconds) == (
        2,
        8,
        0.1,
        0.02,
        None,
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("org/m,a100-80,vllm,bf16,eight,512,256,0.1,0.02,", "batch is 'eight'"),
        ("org/m,a100-80,vllm,bf16,8,512,256,,,", "no time in this row"),
        ("org/m,a100-80,vllm,bf16,8,512,256,-1,,", "ttft_seconds is '-1'"),
        ("org/m,a100-80,vllm,bf16,8.5,512,256,0.1,,", "batch is '8.5'"),
    ],
)
def test_a_bad_row_is_named(line: str, said: str) -> None:
    with pytest.raises(InputError, match=r"rows\.csv:3: ") as caught:
        read_rows(HEAD + "org/m,a100-80,vllm,bf16,8,512,256,0.1,0.02,\n" + line + "\n", Path("rows.csv"))
    assert said in str(caught.value)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(InputError, match="no column engine"):
        read_rows("model,device,batch,input_tokens,output_tokens,tpot_seconds\n")


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read_rows(HEAD + text)
    except AssayError:
        return


def test_a_command_predicts_and_says_its_kind(root: Path, shared: Path, tmp_path: Path, assay: Assay) -> None:
    """`assay plan --model` of a folder that holds nothing but a configuration, with and without own rows."""
    config = shared / "data" / "configs" / "hf_like" / "Llama-2-7b-chat-hf.config.json"
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_bytes(config.read_bytes())
    (tmp_path / "rows.csv").write_text(
        HEAD
        + "".join(f"model,l4,vllm,bf16,{b},512,256,0.2,{0.06 + b / 2000},\n" for b in (1, 2, 4, 8, 16, 32))
    )
    asked = ("plan", "--model", "model", "--device", "l4", "--engine", "vllm", "--batch", "12")
    lengths = ("--input-tokens", "512", "--output-tokens", "256", "--json")
    first = json.loads(assay(*asked, *lengths).stdout)
    second = json.loads(assay(*asked, *lengths, "--calibrate", "rows.csv").stdout)

    assert (first["kind"], second["kind"]) == ("transferred", "calibrated")
    assert second["tpot_seconds"]["value"] == pytest.approx(0.066, rel=0.05)
    assert second["weight_bytes"] == 6_738_415_616 * 2
    assert second["kv_bytes_per_token"] == 524_288


def test_a_name_that_is_nowhere_is_one_line(assay: Assay) -> None:
    done = assay("plan", "--model", "nowhere/at-all", "--offline", HF_HOME="/nonexistent")

    assert done.returncode == 1
    assert "nowhere/at-all is not in the Hub's cache" in done.stderr
