"""Random weights are known by their norms."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import load_file, save_file  # noqa: E402

from modelassay.sampling.untrained import is_untrained  # noqa: E402

EXAMPLES = Path(__file__).parents[2] / "examples" / "models"


def test_trained_models_are_not_called_random() -> None:
    """The demo models were trained."""
    assert not is_untrained(EXAMPLES / "demo-base-0.5m")


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_norms_at_their_first_value_are_random_weights(tmp_path: Path, dtype: str) -> None:
    """Whatever the data type and the value."""
    weights = {"a.norm.weight": torch.ones(8), "b.norm.weight": torch.zeros(8), "c.weight": torch.randn(4, 8)}
    save_file({n: t.to(getattr(torch, dtype)) for n, t in weights.items()}, tmp_path / "model.safetensors")
    assert is_untrained(tmp_path)


def test_one_trained_norm_is_enough(tmp_path: Path) -> None:
    """A model whose other norms were frozen was trained."""
    weights = load_file(EXAMPLES / "demo-base-0.5m" / "model.safetensors")
    trained = next(n for n in weights if "norm" in n)
    kept = {n: torch.ones_like(t) if "norm" in n and n != trained else t for n, t in weights.items()}
    save_file(kept, tmp_path / "model.safetensors")
    assert not is_untrained(tmp_path)


@pytest.mark.parametrize("content", [b"", b"x", b"\xff" * 64, b"\2\0\0\0\0\0\0\0[]"])
def test_files_that_are_no_safetensors_say_nothing(tmp_path: Path, content: bytes) -> None:
    """Whoever loads them names what is wrong."""
    (tmp_path / "model.safetensors").write_bytes(content)
    assert not is_untrained(tmp_path)


def test_without_norms_nothing_is_said(tmp_path: Path) -> None:
    """Unknown is not random."""
    save_file({"c.weight": torch.randn(4, 8)}, tmp_path / "model.safetensors")
    assert not is_untrained(tmp_path)
