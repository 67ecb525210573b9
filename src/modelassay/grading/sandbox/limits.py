"""What a sample may use. Part of every run's manifest: other limits can mean other grades."""

import resource
from collections.abc import Sequence

from modelassay.core.errors import InputError, SandboxError
from modelassay.core.records import Record
from modelassay.grading.sandbox.environments import NoEnvironmentError, environment
from modelassay.grading.sandbox.packages import NoPackageError, package_versions

GRADER_VERSION = "8"  # changes when the same program could get another grade


class Limits(Record):
    """Limits of one sample over all suites of its problem.

    cpu_seconds: a fixed limit in all, or `None`: `factor` times what the problem's own reference needed on
    this machine. A call may take as long as that allows the slowest call, and at least `call_seconds`
    (loading the program: at least three); all of them what that allows their sum, at least `floor_seconds`; neither
    more than `ceiling_seconds`. Wall time does not count, but a sample that does nothing for as long as
    a call may take is ended too.
    memory_bytes: of address space. tmp_bytes: of the private /tmp, and of any one file.
    processes: processes and threads together. answer_bytes: of one returned value; four times as much
    in all.
    sealed: whether tests that cannot be asked across the trust boundary may be run beside the sample, in one sandboxed
    process. Their verdicts rest on less; see docs/security.md.
    packages: of this environment, that samples may import beside numpy, read-only, with what these need; a call may take
    five seconds more then, for what it imports. `*`: all that are installed.
    python: the path of an interpreter that tests and samples run by, and whose packages these are; "" for the one of this process.
    """

    cpu_seconds: float | None = None
    factor: float = 4.0
    call_seconds: float = 1.0
    floor_seconds: float = 10.0
    ceiling_seconds: float = 120.0
    memory_bytes: int = 4 << 30
    tmp_bytes: int = 16 << 20
    processes: int = 32
    answer_bytes: int = 64 << 20
    sealed: bool = True
    packages: tuple[str, ...] = ()
    python: str = ""


def check_packages(names: Sequence[str], python: str = "") -> dict[str, str]:
    """The installed version of each package that samples are to have. Raises InputError where a package that samples are to have is not installed here, or an interpreter cannot be used."""
    try:
        environment(python)
        return package_versions(names, python)
    except NoEnvironmentError as error:
        raise InputError(
            str(error), hint="name the python of an environment, as `assay setup` makes one"
        ) from None
    except NoPackageError as lacking:
        raise InputError(
            f"samples are to have {lacking}, which is not installed here",
            hint=f"`pip install {lacking}` into the environment of `assay`, or leave it out of --packages",
        ) from None


def check_memory(memory_bytes: int) -> None:
    """Raises SandboxError where samples could not have the memory that they may use, and would be blamed for that."""
    for limit, name in ((resource.RLIMIT_AS, "-v"), (resource.RLIMIT_DATA, "-d")):
        most = resource.getrlimit(limit)[1]
        if most != resource.RLIM_INFINITY and most < memory_bytes:
            raise SandboxError(
                f"this shell allows {most >> 20} MiB of memory, and a sample may use {memory_bytes >> 20}",
                hint=f"`ulimit {name} unlimited` before the command",
            )
