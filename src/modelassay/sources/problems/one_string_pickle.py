"""LiveCodeBench's private tests: base64 of zlib of a pickle of one string, which holds JSON.

No pickle is ever loaded: a pickle is a program, and whoever made it decides what it does. One that makes one string and
nothing else has a handful of instructions, which are read here; any other is refused.
"""

import base64
import binascii
import zlib
from typing import Final

MOST_BYTES: Final = 1 << 30
_STRINGS: Final = {0x8C: 1, 0x58: 4, 0x8D: 8}  # instruction of a string → bytes of its length
_SHAPES: Final = ("T.", "}TTs.")  # T: a string; the rest as pickle writes it: dictionary, entry, end
_LONGEST: Final = max(map(len, _SHAPES))
_SKIPPED: Final = {0x94: 0, 0x71: 1, 0x72: 4, 0x95: 8}  # memo and frame → bytes of the argument


def packed_text(packed: str) -> str:
    """The string in base64 of zlib of a pickle. Raises ValueError for anything else, or more than 1 GiB."""
    try:
        inflater = zlib.decompressobj()
        raw = inflater.decompress(base64.b64decode(packed, validate=True), MOST_BYTES)
    except (binascii.Error, zlib.error) as error:
        raise ValueError(f"neither base64 nor zlib: {error}") from error
    if not inflater.eof:
        raise ValueError("cut short" if len(raw) < MOST_BYTES else "more than 1 GiB")
    return pickled_string(raw)


def pickled_string(raw: bytes) -> str:
    """The one string that a pickle holds, perhaps as the one value of a dictionary, as SandboxFusion packs it.

    Raises ValueError where it holds anything else.
    """
    at = 2 if raw[:1] == b"\x80" else 0
    shape, found = "", list[str]()
    while at < len(raw):
        code = raw[at]
        at += 1
        if code in _SKIPPED:
            at += _SKIPPED[code]
        elif code in _STRINGS:
            size = int.from_bytes(raw[at : at + _STRINGS[code]], "little")
            at += _STRINGS[code]
            if at + size > len(raw):
                break
            found.append(raw[at : at + size].decode("utf-8", "surrogatepass"))
            at += size
            shape += "T"
        else:
            shape += chr(code)
        if len(shape) > _LONGEST:
            break
    if shape not in _SHAPES or at != len(raw):
        raise ValueError("a pickle of more than one string")
    return found[-1]
