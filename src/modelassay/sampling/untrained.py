"""Whether a model's weights were ever trained: a norm that training has touched is no longer one number repeated.

Reads the safetensors headers and the norms' few kilobytes, whatever their data type, and nothing else.
"""

import json
import struct
from collections.abc import Iterator
from pathlib import Path


def is_untrained(folder: Path) -> bool:
    """True where every norm of the weights has its initial value. False where one has not, or there is none to look at."""
    constant = [_is_constant(content, width) for content, width in _norms(folder)]
    return bool(constant) and all(constant)


def _norms(folder: Path) -> Iterator[tuple[bytes, int]]:
    """(bytes, bytes per number) of each vector with more than one number that is a norm's."""
    for file in sorted(folder.glob("*.safetensors")):
        with file.open("rb") as opened:
            start = opened.read(8)
            if len(start) < 8:
                continue
            length = struct.unpack("<Q", start)[0]
            try:
                header = json.loads(opened.read(length))
            except ValueError:
                continue
            for name, tensor in header.items():
                if name == "__metadata__" or len(tensor["shape"]) != 1 or tensor["shape"][0] < 2:
                    continue
                if name.endswith("weight") and ("norm" in name or ".ln_" in name):
                    first, end = tensor["data_offsets"]
                    opened.seek(8 + length + first)
                    yield opened.read(end - first), (end - first) // tensor["shape"][0]


def _is_constant(content: bytes, width: int) -> bool:
    return content == content[:width] * (len(content) // width)
