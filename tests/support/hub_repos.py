"""The repositories that the local Hub serves: files by revision, and what the Hub's API says of them.

Large files (weights) are LFS files as on the Hub: known by the sha256 of their bytes. All others are git blobs, known by
the sha1 that git gives them.
"""

import hashlib
import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_LFS = (".safetensors", ".bin", ".gguf", ".pt", ".pth")


@dataclass(frozen=True)
class Stored:
    """One file at one revision."""

    path: str
    content: bytes

    @property
    def lfs(self) -> bool:
        return self.path.endswith(_LFS)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def git_oid(self) -> str:
        """What git calls the blob; of an LFS file the blob is its pointer."""
        content = self.pointer if self.lfs else self.content
        return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()

    @property
    def pointer(self) -> bytes:
        return (
            f"version https://git-lfs.github.com/spec/v1\noid sha256:{self.sha256}\nsize {len(self.content)}\n"
        ).encode()

    @property
    def etag(self) -> str:
        return self.sha256 if self.lfs else self.git_oid

    def entry(self) -> dict[str, Any]:
        """As `/tree` lists it."""
        found: dict[str, Any] = {
            "type": "file", "oid": self.git_oid, "size": len(self.content), "path": self.path,
        }  # fmt: skip
        if self.lfs:
            found["lfs"] = {
                "oid": self.sha256, "size": len(self.content), "pointerSize": len(self.pointer),
            }  # fmt: skip
        return found


@dataclass
class Repo:
    """A model repository: branches and tags → commit → files.

    gated: `auto` or `manual`; only the tokens in `granted` may read it, and `private` hides it from all others.
    facts: further fields of the API's answer, as `evalResults`, `model-index`, `cardData`, `baseModels`, `gguf`, `downloads`.
    """

    id: str
    commits: dict[str, dict[str, Stored]] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    gated: str | bool = False
    private: bool = False
    granted: set[str] = field(default_factory=set)
    facts: dict[str, Any] = field(default_factory=dict)

    def commit(self, files: Mapping[str, bytes | str | dict[str, Any]], branch: str = "main") -> str:
        """Replace the files of a branch; the commit's hash. Dicts are written as JSON."""
        stored = {path: Stored(path, _bytes(content)) for path, content in files.items()}
        listing = "".join(f"{path} {file.git_oid}\n" for path, file in sorted(stored.items()))
        parent = self.refs.get(branch, "")
        sha = hashlib.sha1(f"{self.id}\n{parent}\n{listing}".encode()).hexdigest()
        self.commits[sha] = stored
        self.refs[branch] = sha
        return sha

    def commit_folder(self, folder: Path, branch: str = "main") -> str:
        """The files of a model folder."""
        files = {str(f.relative_to(folder)): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()}
        return self.commit(files, branch)

    def resolve(self, revision: str) -> str | None:
        """A branch, tag, commit or the beginning of one → commit; None where there is none."""
        if revision in self.refs:
            return self.refs[revision]
        found = [sha for sha in self.commits if sha.startswith(revision)] if len(revision) >= 7 else []
        return found[0] if len(found) == 1 else None

    def info(self, sha: str, *, blobs: bool = False) -> dict[str, Any]:
        """All that the API could say of the repository at a commit."""
        files = self.commits[sha]
        siblings = []
        for path, file in sorted(files.items()):
            one: dict[str, Any] = {"rfilename": path}
            if blobs:
                one |= {"size": len(file.content), "blobId": file.git_oid}
                if file.lfs:
                    one["lfs"] = {
                        "sha256": file.sha256, "size": len(file.content), "pointerSize": len(file.pointer),
                    }  # fmt: skip
            siblings.append(one)
        told: dict[str, Any] = {
            "_id": hashlib.md5(self.id.encode()).hexdigest()[:24], "id": self.id, "modelId": self.id,
            "author": self.id.partition("/")[0], "sha": sha, "private": self.private, "gated": self.gated,
            "disabled": False, "lastModified": "2025-01-01T00:00:00.000Z", "createdAt": "2024-01-01T00:00:00.000Z",
            "downloads": 0, "likes": 0, "tags": [], "siblings": siblings, "usedStorage": self.bytes_of(sha),
            "config": self._config(sha), "safetensors": self.safetensors(sha),
        }  # fmt: skip
        told |= self.facts
        return {name: value for name, value in told.items() if value is not None}

    def bytes_of(self, sha: str) -> int:
        return sum(len(file.content) for file in self.commits[sha].values())

    def safetensors(self, sha: str) -> dict[str, Any] | None:
        """Parameters by data type, counted from the headers of the weights as the Hub does."""
        counts: dict[str, int] = {}
        for file in self.commits[sha].values():
            if file.path.endswith(".safetensors"):
                for dtype, elements in _tensors(file.content):
                    counts[dtype] = counts.get(dtype, 0) + elements
        return {"parameters": counts, "total": sum(counts.values())} if counts else None

    def _config(self, sha: str) -> dict[str, Any] | None:
        """The excerpt of config.json that the Hub shows."""
        file = self.commits[sha].get("config.json")
        if file is None:
            return None
        try:
            whole = json.loads(file.content)
        except ValueError:
            return None
        shown = ("architectures", "model_type", "auto_map", "quantization_config")
        return {name: whole[name] for name in shown if name in whole}


def _tensors(content: bytes) -> Iterator[tuple[str, int]]:
    """(data type, number of elements) of each tensor; nothing of a file that is none."""
    if len(content) < 8:
        return
    length = struct.unpack("<Q", content[:8])[0]
    try:
        header = json.loads(content[8 : 8 + length])
    except ValueError:
        return
    for name, tensor in header.items():
        if name != "__metadata__":
            elements = 1
            for size in tensor["shape"]:
                elements *= size
            yield tensor["dtype"], elements


def _bytes(content: bytes | str | dict[str, Any]) -> bytes:
    if isinstance(content, bytes):
        return content
    return (content if isinstance(content, str) else json.dumps(content, indent=2)).encode()
