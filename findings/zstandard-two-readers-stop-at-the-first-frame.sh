#!/usr/bin/env bash
# Of python-zstandard's ways to read a .zst file that was appended to, two give its first part alone.
# Expected: frames that follow each other are one stream, as the format says, zstd's own tool and the package's open() read it, and as members of a
# gzip file are read; a log of samples to which each run of a harness appends is such a file.
# Happens: decompress() and read_to_iter() stop behind the first frame without a word, and two of three lines are missing. open(), stream_reader()
# and copy_stream() read all. (decompress(..., allow_extra_data=False) says so.)
# Version: zstandard 0.25.0. Source: ZstdDecompressor.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check zstandard==0.25.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import io
from importlib.metadata import version
from pathlib import Path

import zstandard

print("zstandard", version("zstandard"))
for n in range(3):
    with Path("samples.jsonl.zst").open("ab") as file:
        file.write(zstandard.ZstdCompressor().compress(b'{"sample": %d}\n' % n))
packed = Path("samples.jsonl.zst").read_bytes()
reader = zstandard.ZstdDecompressor()
copied = io.BytesIO()
reader.copy_stream(io.BytesIO(packed), copied)
found = {
    "open": zstandard.open("samples.jsonl.zst").read(),
    "stream_reader": reader.stream_reader(io.BytesIO(packed)).read(),
    "copy_stream": copied.getvalue(),
    "read_to_iter": b"".join(reader.read_to_iter(io.BytesIO(packed))),
    "decompress": reader.decompress(packed),
}
for name, value in found.items():
    print(f"{name}: {len(value.splitlines())} of 3 lines")
assert [len(value.splitlines()) for value in found.values()] == [3, 3, 3, 1, 1], "changed"
PYTHON
