"""The problem sets we know: names, versions, pinned hashes, licences and addresses. Data, no reading."""

import difflib
from dataclasses import dataclass, replace

from modelassay.core.errors import InputError

_GITHUB_RAW = "https://raw.githubusercontent.com"
_HUB = "https://huggingface.co/datasets"
_EVALPLUS = "https://github.com/evalplus"


@dataclass(frozen=True)
class Release:
    """One problem set in one version, as published.

    sha256: of the file as published; unpacked_sha256: of what is in it, so that a copy somebody unpacked
    or packed again is known too. Both are `None` for the set that ships with the package, and for sets whose bytes we never
    had whole: `seen` is False then, any file of that name is taken, and its hash stands with the scores.
    size: problems, as their makers state it where we did not count.
    names: where the file may lie below a data folder, most telling first; the last one is its bare name.
    """

    name: str
    version: str
    size: int
    licence: str
    sha256: str | None = None
    unpacked_sha256: str | None = None
    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    seen: bool = True

    @property
    def label(self) -> str:
        """`name@version`."""
        return f"{self.name}@{self.version}"


def _evalplus_release(
    file: str, folder: str, version: str, size: int, hashes: tuple[str, str], name: str
) -> Release:
    """A release of EvalPlus; its files carry the same name in every version."""
    return Release(
        name=name,
        version=version,
        size=size,
        licence="Apache-2.0",
        sha256=hashes[0],
        unpacked_sha256=hashes[1],
        names=(
            f"{folder}/v{version}/{file}.jsonl.gz",
            f"{folder}/{version}/{file}.jsonl.gz",
            f"{file}-v{version}.jsonl.gz",
            f"{file}.jsonl.gz",
        ),
        addresses=(f"{_EVALPLUS}/{file.lower()}_release/releases/download/v{version}/{file}.jsonl.gz",),
    )


_HUMANEVAL_PLUS_019 = _evalplus_release(
    "HumanEvalPlus",
    "humanevalplus",
    "0.1.9",
    164,
    (
        "e62f4130146963d969da64553f407a66e52d095adbfed4ee6733b4d59e14a3ed",
        "50d50fda1ecf4c9168d762456ae29c1d8b8b922e68c66964f7891c98d93a04b7",
    ),
    "humaneval+",
)
_MBPP_PLUS_010 = _evalplus_release(
    "MbppPlus",
    "mbppplus",
    "0.1.0",
    399,
    (
        "57d639e77667d88930052b2b07212011c25c0bab94dfc1f19d15e1f7f558bfa9",
        "a855b9de667baea8e2f8aa61f898767a7336872208a85222b35622545e819fe9",
    ),
    "mbpp+",
)


def _seen(name: str, size: int, licence: str, sha256: str, address: str, folder: str) -> Release:
    """A set in one file whose bytes we had, at a commit on GitHub."""
    file = address.rpartition("/")[2]
    return Release(
        name=name, version="1.0", size=size, licence=licence, sha256=sha256, unpacked_sha256=sha256,
        names=(f"{folder}/{file}", file), addresses=(f"{_GITHUB_RAW}/{address}",),
    )  # fmt: skip


def _unseen(name: str, version: str, size: int, licence: str, file: str, address: str) -> Release:
    """A set that we know by its maker's description alone."""
    return Release(
        name=name, version=version, size=size, licence=licence, names=(f"{name}/{file}", f"{name}.jsonl"),
        addresses=(address,), seen=False,
    )  # fmt: skip


_CRUXEVAL = (
    "8368b81047dc5014e4caf5a2f97604eff7644e0ecd7415e3ceeb184bbc2e0c96",
    "facebookresearch/cruxeval/190faf16d175b5847b0af05d937872b1fb395942/data/cruxeval.jsonl",
)
_PRO = "CodeEval-Pro/CodeEval-Pro/36f292eafc597b38535fbc8b4aafea8e5c654e3c/dataset"
_EVOEVAL = ("difficult", "creative", "subtle", "combine", "tool_use")

FURTHER: tuple[Release, ...] = (
    _seen("cruxeval-o", 800, "MIT", *_CRUXEVAL, "cruxeval"),
    _seen("cruxeval-i", 800, "MIT", *_CRUXEVAL, "cruxeval"),
    _seen(
        "humaneval-pro", 164, "MIT", "d67ad94366d8182804d8cb59de558d211072493b13a6c23ddda42a2e1367dc7a",
        f"{_PRO}/humaneval_pro.json", "codeeval-pro",
    ),
    _seen(
        "mbpp-pro", 378, "MIT", "bb2edf4f2da393403083977e94cb4e4bbbe68fcb85495dfdf500885a945e8b3b",
        f"{_PRO}/mbpp_pro.json", "codeeval-pro",
    ),
    _seen(
        "bigcodebench-lite-pro", 57, "MIT", "1a9e818a7ecece6346f47673276bfc47ab2bb34efd8cda26e0b819eb13bb6ec3",
        f"{_PRO}/bigcodebench_lite_pro.json", "codeeval-pro",
    ),
    *(
        _unseen(f"evoeval-{kind}", "0.1.0", 100, "Apache-2.0", f"EvoEval_{kind}.jsonl", f"{_HUB}/evoeval/EvoEval_{kind}")
        for kind in _EVOEVAL
    ),
    _unseen("bigcodebench", "0.1.4", 1140, "Apache-2.0", "bigcodebench.jsonl", f"{_HUB}/bigcode/bigcodebench"),
    *(
        _unseen(
            f"multipl-e-{base}-{language}", "3.0", size, "MIT", f"{base}-{language}.jsonl", f"{_HUB}/nuprl/MultiPL-E"
        )
        for base, language, size in (
            ("humaneval", "js", 161), ("humaneval", "cpp", 161), ("humaneval", "java", 158),
            ("mbpp", "js", 397), ("mbpp", "cpp", 397), ("mbpp", "java", 386),
        )
    ),
    # Its makers publish the questions and keep the tests, so that only a copy with tests can be graded.
    _unseen("mhpp", "1.0", 210, "not stated", "MHPP.jsonl", "https://github.com/SparksofAGI/MHPP"),
    _unseen("lbpp", "1", 162, "Apache-2.0", "lbpp.jsonl", f"{_HUB}/CohereForAI/lbpp"),
    _unseen("kodcode", "1", 484_000, "CC-BY-NC-4.0", "kodcode.jsonl", f"{_HUB}/KodCode/KodCode-V1"),
    _unseen("acecode", "2", 122_000, "Apache-2.0", "acecode.jsonl", f"{_HUB}/TIGER-Lab/AceCode-V2-122K"),
    *(
        Release(
            name="livecodebench", version=f"v{number}", size=size, licence="CC", names=("livecodebench/test.jsonl",),
            addresses=(f"{_HUB}/livecodebench/code_generation_lite",), seen=False,
        )
        for number, size in ((6, 1055), (5, 880), (4, 713), (3, 612), (2, 511), (1, 400))
    ),
)  # fmt: skip

WINDOWED = ("livecodebench",)  # sets of which a window of dates can be asked for: v6:2024-10..2025-04

# The first version of a name is its default.
RELEASES: tuple[Release, ...] = (
    Release(
        name="humaneval",
        version="1.0",
        size=164,
        licence="MIT",
        sha256="b796127e635a67f93fb35c04f4cb03cf06f38c8072ee7cee8833d7bee06979ef",
        unpacked_sha256="1d49078ba3e2b196b9344535bef34a43021f038fad9561d6ee7c53450609a6a2",
        names=("humaneval/HumanEval.jsonl.gz", "HumanEval.jsonl.gz"),
        addresses=(
            f"{_GITHUB_RAW}/openai/human-eval/6d43fb980f9fee3c892a914eda09951f772ad10d/data/HumanEval.jsonl.gz",
            f"{_HUB}/sine/FusedHumanEvalPython/resolve/main/test.jsonl",
        ),
    ),
    _evalplus_release(
        "HumanEvalPlus",
        "humanevalplus",
        "0.1.10",
        164,
        (
            "272720b90ac375502c8ed23cd791c2a93dfb22a911641a494da74a426c09f101",
            "42526ec0e7d5f3ee0b06d6ced98f8c8bae3d76519151bfb3d36f79010645bd7f",
        ),
        "humaneval+",
    ),
    _HUMANEVAL_PLUS_019,
    replace(_HUMANEVAL_PLUS_019, version="0.1.9-evalplus-2024-04"),
    Release(
        name="mbpp",
        version="1.0",
        size=500,
        licence="CC-BY-4.0",
        sha256="ccf64ceae9c5403bf50a044cb6d505bfd2a2963ee58338ba268fd65beab92a9f",
        unpacked_sha256="ccf64ceae9c5403bf50a044cb6d505bfd2a2963ee58338ba268fd65beab92a9f",
        names=("mbpp/mbpp.jsonl", "mbpp.jsonl"),
        addresses=(
            f"{_GITHUB_RAW}/google-research/google-research/master/mbpp/mbpp.jsonl",
            f"{_HUB}/jash404/mbpp/resolve/main/mbpp.jsonl",
        ),
    ),
    Release(
        name="mbpp-sanitized",
        version="1.0",
        size=427,
        licence="CC-BY-4.0",
        sha256="8ac32b2799150228e2d745aed09c870b7e4444246d4727d1004576207ef40769",
        unpacked_sha256="8ac32b2799150228e2d745aed09c870b7e4444246d4727d1004576207ef40769",
        names=("mbpp/sanitized-mbpp.json", "sanitized-mbpp.json"),
        addresses=(
            f"{_GITHUB_RAW}/google-research/google-research/master/mbpp/sanitized-mbpp.json",
            f"{_HUB}/Muennighoff/mbpp/resolve/main/data/sanitized-mbpp.json",
        ),
    ),
    _evalplus_release(
        "MbppPlus",
        "mbppplus",
        "0.2.0",
        378,
        (
            "af43697e8791c4c149bdfd6b489d8b5412507551ac20e28a439f650b8225db63",
            "b54e762755248ca411b523c917fa9f93c07b5ff2966bf60b3917b853926a3dad",
        ),
        "mbpp+",
    ),
    _MBPP_PLUS_010,
    # The same file graded by the comparisons of another evalplus than the one it came with (0.2.0).
    replace(_MBPP_PLUS_010, version="0.1.0-evalplus-2024-04"),
    replace(_MBPP_PLUS_010, version="0.1.0-evalplus-0.3.1"),
    *FURTHER,
    Release(name="starter", version="1", size=40, licence="Apache-2.0"),
)


def find_release(name: str, version: str | None = None) -> Release:
    """The release of that name; its default version when none is given. Raises InputError."""
    wanted = name.strip().lower()
    versions = [release for release in RELEASES if release.name == wanted]
    if not versions:
        names = [*dict.fromkeys(release.name for release in RELEASES)]
        known = ", ".join(names)
        near = difflib.get_close_matches(
            wanted.replace("plus", "+").replace("_", "-").replace("-+", "+"), names, 1
        )
        raise InputError(
            f"no benchmark is called {name!r}",
            hint="".join(f"did you mean {n}? " for n in near)
            + f"choose one of {known}; or give custom problems with --problems FILE",
        )
    if version is None:
        return versions[0]
    asked, colon, window = version.strip().partition(":")
    for release in versions:
        if asked in (release.version, f"v{release.version}") and (not colon or wanted in WINDOWED):
            return replace(release, version=f"{asked}:{window}") if colon else release
    raise InputError(
        f"{wanted} has no version {version!r}", hint="choose " + " or ".join(r.label for r in versions)
    )


def parse_benchmark(written: str) -> tuple[str, str]:
    """`mbpp+@0.1.0` → (`mbpp+`, `0.1.0`); without `@` the default version. Raises InputError."""
    name, at, version = written.partition("@")
    release = find_release(name, version if at else None)
    return release.name, release.version
