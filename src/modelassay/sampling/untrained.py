"""Whether a model's weights were ever trained: a norm that training has touched is no longer one number repeated.

Reads the safetensors headers and the norms' few kilobytes, whatever their data type, and nothing else.
"""

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_LONGEST: Final = 100_000_000  # bytes of a header, as the safetensors library has it


def is_untrained(folder: Path) -> bool:
    """True where every norm of the weights has its initial value. False where one has not, or there is none to look at."""
    try:
        constant = [_is_constant(content, width) for content, width in _norms(folder)]
    except (ValueError, KeyError, TypeError, AttributeError, struct.error):
        return False  # no safetensors after all: whoever loads them says so
    return bool(constant) and all(constant)


def _norms(folder: Path) -> Iterator[tuple[bytes, int]]:
    """(bytes, bytes per number) of each vector with more than one number that is a norm's."""
    for file in sorted(folder.glob("*.safetensors")):
        with file.open("rb") as opened:
            length = struct.unpack("<Q", opened.read(8))[0]
            for name, tensor in json.loads(opened.read(min(length, _LONGEST))).items():
                if name == "__metadata__" or len(tensor["shape"]) != 1 or tensor["shape"][0] < 2:
                    continue
                if name.endswith("weight") and ("norm" in name or ".ln_" in name):
                    first, end = tensor["data_offsets"]
                    opened.seek(8 + length + first)
                    yield opened.read(end - first), (end - first) // tensor["shape"][0]


def _is_constant(content: bytes, width: int) -> bool:
    return width > 0 and content == content[:width] * (len(content) // width)
