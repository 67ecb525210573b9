"""From what a user names to kept documents: models of the Hub, READMEs of GitHub, papers, files."""

import json
from pathlib import Path

import pytest

from modelassay.core.errors import AssayError, InputError
from modelassay.core.workdir import WorkDir
from modelassay.sources.addresses import Source, understand
from modelassay.sources.collecting import collect, collect_all
from modelassay.sources.http_fetch import Fetcher
from modelassay.sources.kept_sources import KeptSources, Retrieval
from support.web import Answer, Web, web

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("acme/coder-1b", Source("hub", "acme/coder-1b")),
        ("acme/coder-1b@v1.0", Source("hub", "acme/coder-1b", "v1.0")),
        ("https://huggingface.co/acme/coder-1b", Source("hub", "acme/coder-1b")),
        ("https://huggingface.co/acme/coder-1b/tree/main", Source("hub", "acme/coder-1b", "main")),
        (
            "https://huggingface.co/acme/coder-1b/blob/main/README.md",
            Source("address", "https://huggingface.co/acme/coder-1b/resolve/main/README.md"),
        ),
        (
            "https://huggingface.co/datasets/acme/board",
            Source("address", "https://huggingface.co/datasets/acme/board"),
        ),
        ("github:acme/coder@v2", Source("github", "acme/coder", "v2")),
        ("https://github.com/acme/coder", Source("github", "acme/coder")),
        (
            "https://github.com/acme/coder/blob/main/docs/eval.md",
            Source("github", "acme/coder", "main", "docs/eval.md"),
        ),
        ("arxiv:2401.14196v2", Source("arxiv", "2401.14196v2")),
        ("https://arxiv.org/abs/2401.14196", Source("arxiv", "2401.14196")),
        ("https://example.org/table.csv", Source("address", "https://example.org/table.csv")),
    ],
)
def test_sources_are_understood(text: str, source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each way of naming a source."""
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    assert understand(text) == source


@pytest.mark.parametrize("text", ["nothing", "ftp://example.org/a", "a/b/c"])
def test_what_is_no_source_is_refused(text: str) -> None:
    """One line that names the kinds."""
    with pytest.raises(InputError, match="is no source"):
        understand(text)


def serve_model(server: Web, name: str, files: dict[str, bytes], **about: object) -> None:
    """A model of a Hub: its answer about it, whatever is asked for, and its files at the commit."""
    answer = {"id": name, "sha": COMMIT, "siblings": [{"rfilename": f} for f in files], **about}
    from modelassay.sources.collecting import MODEL_FIELDS

    query = "&".join(f"expand={field}" for field in MODEL_FIELDS)
    server.pages[f"/api/models/{name}?{query}"] = json.dumps(answer).encode()
    for path, body in files.items():
        server.pages[f"/{name}/resolve/{COMMIT}/{path}"] = body


def kept_of(text: str, folder: Path) -> list[Retrieval]:
    """What is kept of a source."""
    with Fetcher(KeptSources(WorkDir(folder).sources), sleep=lambda _: None) as fetcher:
        return list(collect(text, fetcher))


def test_a_model_is_kept_at_one_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Hub's answer, card, configuration and community results; never weights."""
    with web() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        monkeypatch.setenv("HF_TOKEN", "secret")
        files = {
            "README.md": b"# Coder", "config.json": b"{}", "model.safetensors": b"x" * 100,
            ".eval_results/humaneval.yaml": b"- dataset: {id: openai/openai_humaneval}\n  value: 30.5\n",
        }  # fmt: skip
        serve_model(hub, "acme/coder-1b", files)
        found = kept_of("acme/coder-1b", tmp_path)

        assert [r.path for r in found] == ["", "README.md", "config.json", ".eval_results/humaneval.yaml"]
        assert {r.revision for r in found[1:]} == {COMMIT}
        assert {r.repository for r in found} == {"acme/coder-1b"}
        assert hub.asked(f"/acme/coder-1b/resolve/{COMMIT}/README.md")[0]["authorization"] == "Bearer secret"


def test_a_readme_of_github_is_kept_at_its_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The branch is resolved first, and the README fetched at the commit."""
    with web() as server:
        monkeypatch.setenv("GITHUB_API_URL", server.address)
        server.pages["/repos/acme/coder/commits/HEAD"] = COMMIT.encode()
        server.pages[f"/repos/acme/coder/readme?ref={COMMIT}"] = b"# Coder\n"
        found = kept_of("github:acme/coder", tmp_path)

    assert (found[0].revision, found[0].repository) == (COMMIT, "github:acme/coder")


def test_a_file_is_kept(tmp_path: Path) -> None:
    """With its address on this machine."""
    table = tmp_path / "table.csv"
    table.write_text("model,humaneval,mbpp\n")
    (found,) = kept_of(str(table), tmp_path)

    assert found.url == table.as_uri()
    assert WorkDir(tmp_path).sources.body(found.sha256).read_text() == "model,humaneval,mbpp\n"


def test_one_bad_source_stops_no_other(tmp_path: Path) -> None:
    """What failed is told by name, the rest is kept."""
    with web() as server:
        server.pages["/a.md"] = Answer(b"# A")
        with Fetcher(KeptSources(WorkDir(tmp_path).sources), sleep=lambda _: None) as fetcher:
            rows = list(collect_all(["nothing", f"{server.address}/a.md"], fetcher))

    assert isinstance(rows[0][2], AssayError)
    assert rows[1][1] is not None
