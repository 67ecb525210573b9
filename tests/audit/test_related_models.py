"""How near two models are."""

import pytest

from modelassay.audit.related_models import ancestors, relate
from modelassay.evidence.base import Evidence

DEEPSEEK = "deepseek-ai/deepseek-coder-1.3b-instruct"


@pytest.mark.parametrize(
    ("other", "differences"),
    [
        (DEEPSEEK, ()),
        ("deepseek-ai/deepseek-coder-1.3b-base", ("kind",)),
        ("deepseek-ai/deepseek-coder-33b-instruct", ("size",)),
        ("deepseek-ai/deepseek-coder-7b-instruct-v1.5", ("version", "size")),
        ("deepseek-ai/deepseek-coder-6.7b-base", ("kind", "size")),
    ],
)
def test_names_differ_in_typed_tokens(other: str, differences: tuple[str, ...], evidence: Evidence) -> None:
    """Kind, size and version are told apart."""
    relation = relate(DEEPSEEK, other, evidence)
    assert relation is not None
    assert relation.differences == differences


@pytest.mark.parametrize(
    ("one", "other", "differences"),
    [
        ("microsoft/phi-1", "microsoft/phi-2", ("generation",)),
        ("google/codegemma-7b-it", "google/codegemma-1.1-7b-it", ("generation",)),
        ("google/gemma-2b", "google/gemma-1.1-2b-it", ("generation", "kind")),
        ("ise-uiuc/Magicoder-DS-6.7B", "ise-uiuc/Magicoder-S-DS-6.7B", ("edition",)),
    ],
)
def test_versions_and_editions_of_a_makers_line_are_related(
    one: str, other: str, differences: tuple[str, ...], evidence: Evidence
) -> None:
    """Near enough for a slip on one benchmark."""
    relation = relate(one, other, evidence)
    assert relation is not None
    assert relation.differences == differences
    assert relation.is_loose


def test_strangers_are_not_related(evidence: Evidence) -> None:
    """Another family is nothing, however alike the size."""
    assert relate(DEEPSEEK, "WizardLM/WizardCoder-1B-V1.0", evidence) is None
    assert relate("Qwen/Qwen2.5-Coder-1.5B", "Qwen/Qwen2.5-1.5B-Instruct", evidence) is None


def test_lineage_relates_different_names(evidence: Evidence) -> None:
    """TechxGenus/CodeGemma-2b is tuned from Gemma-2b."""
    relation = relate("TechxGenus/CodeGemma-2b", "google/gemma-2b", evidence)
    assert relation is not None
    assert relation.differences == ("tuned",)
    assert ancestors("TechxGenus/CodeGemma-2b", evidence) == ("google/gemma-2b",)
