"""Models by name, from a local Hub behind the unmodified client."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modelassay.core.errors import AssayError, InputError, MissingError, OfflineError, StorageError
from modelassay.sources.hub import HubModel, Trust, check_room, fetch, names_a_hub_model, resolve
from support.hub import Hub, serving_hub

WEIGHTS = os.urandom(3_000_000)
FILES: dict[str, Any] = {
    "config.json": {"model_type": "llama"},
    "generation_config.json": {"eos_token_id": 2},
    "tokenizer.json": {"version": "1.0"},
    "model.safetensors": WEIGHTS,
    "pytorch_model.bin": b"pickled",
    "README.md": "# card",
    "optimizer.pt": b"state",
}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """A Hub with acme/coder, and a cache of its own."""
    for name in ("HF_HUB_OFFLINE", "HF_HUB_CACHE", "HF_TOKEN", "XDG_CACHE_HOME", "HUGGINGFACE_HUB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    with serving_hub() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
        running.add("acme/coder", FILES)
        yield running


def cached(tmp_path: Path) -> list[Path]:
    """What the cache holds of weights."""
    return list((tmp_path / "hf" / "hub" / "models--acme--coder" / "blobs").iterdir())


def test_only_what_is_needed_is_fetched(hub: Hub, tmp_path: Path) -> None:
    """Safetensors, configuration and tokenizer; no pickled weights, card or training state."""
    model = resolve("acme/coder")
    folder = fetch(model)
    assert model.revision == hub.repos["acme/coder"].refs["main"]
    assert {f.name for f in folder.iterdir()} == {
        "config.json", "generation_config.json", "tokenizer.json", "model.safetensors",
    }  # fmt: skip
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert model.weight_bytes == len(WEIGHTS)


def test_other_tools_find_it_in_the_cache(hub: Hub, tmp_path: Path) -> None:
    """huggingface_hub itself, offline, gives the same folder for `main`."""
    from huggingface_hub import snapshot_download

    folder = fetch(resolve("acme/coder"))
    there = snapshot_download(
        "acme/coder", cache_dir=tmp_path / "hf" / "hub", local_files_only=True, allow_patterns=["*.safetensors", "*.json"]
    )  # fmt: skip
    assert Path(there) == folder


def test_resolving_fetches_no_weights(hub: Hub) -> None:
    """Sizes are known without them."""
    model = resolve("acme/coder")
    assert not hub.asked("/storage/")
    assert model.missing_bytes == len(WEIGHTS)


def test_offline_after_one_run_makes_no_request(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same commit and folder, from the cache alone, by option or by environment."""
    folder, model = fetch(resolve("acme/coder")), resolve("acme/coder")
    before = len(hub.requests)
    assert resolve("acme/coder", offline=True) == model
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert fetch(resolve("acme/coder")) == folder
    assert len(hub.requests) == before


def test_a_copy_that_is_not_whole_is_refused_offline(hub: Hub) -> None:
    """A template that is missing would change what the model is asked: the list of the commit's files says so."""
    folder = fetch(resolve("acme/coder"))
    (folder / "generation_config.json").unlink()
    with pytest.raises(OfflineError, match="not whole"):
        resolve("acme/coder", offline=True)


def test_a_revision_is_resolved_and_stays(hub: Hub) -> None:
    """A branch moves on; the commit asked for by hash is still the old one."""
    old = resolve("acme/coder").revision
    hub.repos["acme/coder"].commit({**FILES, "config.json": {"model_type": "qwen2"}})
    assert resolve("acme/coder").revision != old
    again = resolve(f"acme/coder@{old}")
    assert again.revision == old
    assert json.loads((again.folder / "config.json").read_text()) == {"model_type": "llama"}


def test_shards_are_those_that_the_index_names(hub: Hub) -> None:
    """A consolidated copy beside them is left."""
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    hub.add("acme/large", {
        "config.json": {}, "model.safetensors.index.json": index, "consolidated.safetensors": b"x" * 9,
        "model-00001-of-00002.safetensors": b"1", "model-00002-of-00002.safetensors": b"22",
    })  # fmt: skip
    model = resolve("acme/large")
    assert [f.path for f in model.weights] == sorted(index["weight_map"].values())
    assert (fetch(model) / "model-00002-of-00002.safetensors").read_bytes() == b"22"


def test_pickled_weights_need_the_users_word(hub: Hub) -> None:
    """They are refused with the reason, and taken where the user says so."""
    hub.add("acme/old", {"config.json": {}, "pytorch_model.bin": b"pickled"})
    with pytest.raises(InputError, match="can run code"):
        resolve("acme/old")
    assert [f.path for f in resolve("acme/old", Trust(pickled_weights=True)).weights] == ["pytorch_model.bin"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"model-q4_k_m.gguf": b"GGUF"}, "only GGUF files"),
        ({"adapter_config.json": {}, "adapter_model.safetensors": b""}, "is an adapter"),
        ({"config.json": {"quantization": {"bits": 8}}, "model.safetensors": b"x"}, "for MLX"),
        ({"config.json": {}, "README.md": "x"}, "no weights"),
    ],
)
def test_what_cannot_be_loaded_says_what_it_is(hub: Hub, files: dict[str, object], said: str) -> None:
    """GGUF, adapters, MLX and cards are told apart."""
    hub.add("acme/odd", files)
    with pytest.raises(AssayError, match=said):
        resolve("acme/odd")


def test_modules_of_its_own_are_named(hub: Hub) -> None:
    """What the repository would run is known before anything is loaded."""
    config = {"model_type": "own", "auto_map": {"AutoModelForCausalLM": "modeling_own.OwnForCausalLM"}}
    hub.add("acme/own", {"config.json": config, "model.safetensors": b"x", "modeling_own.py": "print()"})
    assert resolve("acme/own").model_code == ("modeling_own.OwnForCausalLM",)
    assert not (resolve("acme/own").folder / "modeling_own.py").exists()
    assert (resolve("acme/own", Trust(remote_code=True)).folder / "modeling_own.py").exists()


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (
            401,
            {"X-Error-Message": "Invalid credentials in Authorization header"},
            "refuses the token.*HF_TOKEN",
        ),
        (403, {}, "may not read"),
        (404, {"X-Error-Code": "RepoNotFound"}, "no model acme/coder.*check the name"),
        (404, {"X-Error-Code": "RevisionNotFound"}, "no such revision"),
        (429, {"Retry-After": "600"}, "429.*wait 600 s"),
        (503, {"Retry-After": "0"}, "answers 503.*later"),
    ],
)
def test_a_refusal_is_one_line_with_a_remedy(
    hub: Hub, status: int, headers: dict[str, str], said: str
) -> None:
    """Each of the Hub's refusals says what to do."""
    hub.fail("/api/models/acme/coder", status=status, headers=headers)
    with pytest.raises(AssayError, match=said) as told:
        resolve("acme/coder")
    assert "\n" not in str(told.value)


def test_a_busy_hub_is_asked_again(hub: Hub) -> None:
    """429 with a short wait and one 503 are no reason to stop."""
    hub.fail("/api/models/acme/coder", status=429, headers={"Retry-After": "0"}, times=1)
    hub.fail("/api/models/acme/coder", status=503, headers={"Retry-After": "0"}, times=1)
    assert resolve("acme/coder").id == "acme/coder"


def test_gated_is_said_before_weights_are_asked_for(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """With and without a token; whoever was let in gets it."""
    repo = hub.repos["acme/coder"]
    repo.gated, repo.granted = "manual", {"hf_friend"}
    with pytest.raises(MissingError, match=r"is gated.*accept the terms.*set HF_TOKEN"):
        resolve("acme/coder")
    monkeypatch.setenv("HF_TOKEN", "hf_stranger")
    with pytest.raises(MissingError, match=r"is gated.*that account's token"):
        resolve("acme/coder")
    monkeypatch.setenv("HF_TOKEN", "hf_friend")
    assert fetch(resolve("acme/coder")).is_dir()


def test_private_looks_like_missing_and_the_hint_says_so(hub: Hub) -> None:
    """The Hub does not tell strangers more."""
    hub.repos["acme/coder"].private = True
    with pytest.raises(MissingError, match=r"without a token.*if it is private"):
        resolve("acme/coder")


def test_a_renamed_repository_is_known_by_its_new_name(hub: Hub) -> None:
    """The redirect is followed, and the record has both names."""
    hub.rename("acme/coder", "acme/new-coder")
    model = resolve("acme/coder")
    assert (model.id, model.asked) == ("acme/new-coder", "acme/coder")
    assert (fetch(model) / "model.safetensors").read_bytes() == WEIGHTS


def test_no_room_is_said_before_anything_is_fetched(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what it takes and what is free."""
    hub.add("acme/second", FILES)
    free = shutil.disk_usage("/")._replace(free=4_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: free)
    with pytest.raises(StorageError, match=r"6\.0 MB more, and 4\.0 MB are free"):
        check_room([resolve("acme/coder"), resolve("acme/second")])
    assert not hub.asked("/storage/")


def test_a_full_disk_is_one_line_and_keeps_what_is_there(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The write fails in the middle; the next run goes on behind it."""
    model = resolve("acme/coder")
    taken = 0

    def fill(count: int) -> None:
        nonlocal taken
        taken += count
        if taken > 1_000_000:
            raise OSError(28, "No space left on device")

    with pytest.raises(StorageError, match="disk is full"):
        fetch(model, fill)
    assert not (model.folder / "model.safetensors").exists()
    part = next(p for p in cached(tmp_path) if p.name.endswith(".incomplete")).stat().st_size
    assert part > 900_000
    assert (fetch(model) / "model.safetensors").read_bytes() == WEIGHTS
    assert set(hub.ranges) == {f"bytes={part}-"}


def test_a_body_cut_short_is_continued(hub: Hub, tmp_path: Path) -> None:
    """Each attempt asks for the rest by Range; every byte is sent about once."""
    hub.fail("GET /storage", cut_after=1_000_000, times=2)
    assert (fetch(resolve("acme/coder")) / "model.safetensors").read_bytes() == WEIGHTS
    assert sum(n for path, n in hub.sent.items() if "/storage" in path) == len(WEIGHTS)
    assert not [p for p in cached(tmp_path) if p.name.endswith("incomplete")]


def test_a_body_that_never_arrives_is_one_line(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """After some attempts without a byte, with what to do; nothing is linked."""
    monkeypatch.setattr(time, "sleep", lambda _: None)
    model = resolve("acme/coder")
    hub.fail("GET /storage", cut_after=0)
    with pytest.raises(OfflineError, match="acme/coder"):
        fetch(model)
    assert not (model.folder / "model.safetensors").exists()


def test_damaged_bytes_are_never_kept(hub: Hub, tmp_path: Path) -> None:
    """A proxy that answers something else of the same length is found by the hash."""
    model = resolve("acme/coder")
    hub.fail("GET /storage", status=200, body=b"x" * len(WEIGHTS))
    with pytest.raises(AssayError, match="damaged"):
        fetch(model)
    hub.faults.clear()
    assert (fetch(model) / "model.safetensors").read_bytes() == WEIGHTS


def test_a_killed_download_goes_on_with_the_same_bytes_and_one_copy(hub: Hub, tmp_path: Path) -> None:
    """kill -9 in the middle; the second run asks for the rest alone."""
    hub.fail("GET /storage", bytes_per_second=1_500_000, times=1)
    program = "from modelassay.sources.hub import *; print(fetch(resolve('acme/coder')))"
    child = subprocess.Popen([sys.executable, "-c", program])
    storage = f"/storage/{hub.repos['acme/coder'].commits[hub.repos['acme/coder'].refs['main']]['model.safetensors'].sha256}"
    while hub.sent.get(storage, 0) < 1_200_000:
        assert child.poll() is None
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.wait()
    part = next(p for p in cached(tmp_path) if p.name.endswith(".incomplete")).stat().st_size
    assert part > 0
    model = resolve("acme/coder")
    assert not (model.folder / "model.safetensors").exists()
    assert (fetch(model) / "model.safetensors").read_bytes() == WEIGHTS
    assert set(hub.ranges) == {f"bytes={part}-"}
    assert sum(p.stat().st_size >= len(WEIGHTS) for p in cached(tmp_path)) == 1
    assert not [p for p in cached(tmp_path) if p.name.endswith("incomplete")]


def test_the_hub_out_of_reach_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With the address, and what to do."""
    monkeypatch.setattr(time, "sleep", lambda _: None)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    with pytest.raises(OfflineError, match=r"http://127.0.0.1:9.*check the network"):
        resolve("acme/coder")


def test_folders_go_before_names(tmp_path: Path) -> None:
    """A folder, or a name in a folder that is there, is no Hub id."""
    (tmp_path / "models" / "demo").mkdir(parents=True)
    assert not names_a_hub_model("models/demo", tmp_path)
    assert not names_a_hub_model("models/typo", tmp_path)
    assert not names_a_hub_model("./a/b", tmp_path)
    assert names_a_hub_model("acme/coder@v2", tmp_path)


def test_the_record_is_stable() -> None:
    """What is kept of a model compares by value."""
    one = HubModel(id="a/b", asked="a/b", revision="0" * 40, small=(), weights=())
    assert one == HubModel(id="a/b", asked="a/b", revision="0" * 40, small=(), weights=())
