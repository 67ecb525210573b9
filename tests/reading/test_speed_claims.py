"""Claims of speed in running text: read where they name a device, and only there."""

import pytest

from support.reading import only, read

HEAD = "## Qwen2.5-Coder-1.5B-Instruct\n\n"


@pytest.mark.parametrize(
    ("text", "device", "value"),
    [
        ("It runs at 40 tok/s on a laptop.", "laptop", 40),
        ("We measured 12.5k tokens per second on a single NVIDIA H100.", "h100-sxm", 12500),
        ("About 1,200 tokens/s with vLLM on an A100.", "a100-40 a100-80", 1200),
        ("Gives 90 tokens/sec on an RTX 4090.", "rtx-4090", 90),
        ("300 tokens/s on one A100 80GB", "a100-80", 300),
    ],
)
def test_rates_on_a_device(text: str, device: str, value: float) -> None:
    claim = only(HEAD + text, "speed")

    assert (claim.other, claim.value, claim.metric) == (device, value, "tokens per second")
    assert claim.hub_id == "Qwen/Qwen2.5-Coder-1.5B-Instruct"
    assert claim.quote in text


def test_what_fits_on_a_device() -> None:
    claim = only("Qwen2.5-Coder-32B-Instruct in fp16 fits easily on a single T4.", "speed")

    assert (claim.metric, claim.other, claim.value) == ("fits", "t4", None)


@pytest.mark.parametrize(
    "text",
    [
        "It runs at 40 tok/s.",
        "It was trained on 5.5T tokens with A100 GPUs.",
        "The context fits 128k tokens.",
        "Trained at 40 tokens per second. On an A100 it is slower.",
    ],
)
def test_what_names_no_device_for_its_rate_is_no_claim(text: str) -> None:
    assert not [c for c in read(HEAD + text) if c.subject == "speed"]
