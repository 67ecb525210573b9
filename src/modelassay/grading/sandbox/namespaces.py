"""What a sample runs in: namespaces, a root with nothing but Python in it, no privileges.

Linux only, standard library only, called once by the fork server at its start. As root it is built
first and then left for the user `nobody`; without root a user namespace lends the rights to build it. In
both cases no capability and no way to a new one remains. No /proc, /sys, /etc or home is in it.
Without pathlib, whose import is a tenth of the time that a server takes to get ready.
"""

from __future__ import annotations

import ctypes
import errno
import os

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

NOBODY: Final = 65534
_NEWNS, _NEWCGROUP, _NEWUTS, _NEWIPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
_NEWUSER, _NEWPID, _NEWNET = 0x10000000, 0x20000000, 0x40000000
NAMESPACES: Final = _NEWNS | _NEWUTS | _NEWIPC | _NEWPID | _NEWNET
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_REMOUNT, _MS_BIND = 1, 2, 4, 32, 4096
_MS_NOATIME, _MS_NODIRATIME, _MS_RELATIME = 1024, 2048, 1 << 21
_MS_REC, _MS_PRIVATE = 16384, 1 << 18
_MNT_DETACH: Final = 2
_SYS_MOUNT_SETATTR: Final = 442
_SYS_PIVOT_ROOT: Final = {"x86_64": 155, "aarch64": 41}
_AT_RECURSIVE: Final = 0x8000
_PR_SET_PDEATHSIG, _PR_SET_KEEPCAPS, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 1, 8, 24, 38
_CAP_SYS_ADMIN: Final = 21
_CAPSET: Final = {"x86_64": 126, "aarch64": 91}
_SYSTEM_LIBRARIES: Final = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib64")
# Where the sandbox has the packages that samples may import. Not at their own paths: a checkout below /tmp
# would be covered by the private /tmp, and nobody need know where the user keeps it.
PACKAGES: Final = "/packages"
ZONES: Final = "/usr/share/zoneinfo"  # the machine's time zones, which `zoneinfo` and pandas read
_MOUNT_POINTS: Final = ("/mnt", "/srv", "/media", "/opt", "/run", "/boot", "/home", "/var", "/tmp")

libc = ctypes.CDLL(None, use_errno=True)


def _call(what: str, result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    _call(
        f"mount {target}",
        libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode()),
    )


def die_with_parent() -> None:
    """SIGKILL for this process when its parent ends. A change of user undoes it, so call it after."""
    libc.prctl(_PR_SET_PDEATHSIG, 9, 0, 0, 0)


def enter() -> bool:
    """New namespaces for this process (the PID namespace for its next child). True: with a user namespace.

    Raises OSError where neither root's way nor the user namespace's is allowed.
    """
    if os.geteuid() == 0 and _nobody_is_mapped() and libc.unshare(NAMESPACES) == 0:
        libc.unshare(_NEWCGROUP)  # a plus where there are cgroups; nothing rests on it
        return False
    user, group = os.geteuid(), os.getegid()
    _call("unshare", libc.unshare(NAMESPACES | _NEWUSER))
    libc.unshare(_NEWCGROUP)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{NOBODY} {user} 1"),
        ("gid_map", f"{NOBODY} {group} 1"),
    ):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)
    return True


def _nobody_is_mapped() -> bool:
    """Whether root here may become nobody; the root of a rootless container often has no id but its own."""
    with open("/proc/self/uid_map", encoding="ascii") as ranges:
        return any(
            int(first) <= NOBODY < int(first) + int(count) for first, _, count in map(str.split, ranges)
        )


def python_folders(packages: list[str]) -> tuple[list[str], list[str]]:
    """What the sandbox must show: folders of the standard library and system libraries, and packages.

    packages: folders and single modules (numpy) that samples may import.
    """
    standard = os.path.dirname(os.__file__)
    folders = [standard, *(f for f in _SYSTEM_LIBRARIES if os.path.isdir(f))]
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
        for line in maps:
            name = line.rstrip("\n")[73:]
            if name.startswith("/") and ".so" in name:
                folder = os.path.dirname(name)
                if not any(folder == f or folder.startswith(f + "/") for f in folders):
                    folders.append(folder)
    return folders, packages


def build_root(packages: list[str], tmp_bytes: int, programs: Sequence[str] = ()) -> None:
    """Replace everything this process sees by a read-only root with Python in it and a small /tmp.

    programs: files and folders of other tools, shown at their own paths.
    """
    folders, packages = python_folders(packages)
    mount("none", "/", "", _MS_REC | _MS_PRIVATE)
    root = _mount_point([*folders, *packages, *programs])
    mount("tmpfs", root, "tmpfs", _MS_NOSUID | _MS_NODEV, "size=1m,nr_inodes=4k,mode=755")
    for folder in folders:
        _show(folder, root)
        for name in ("site-packages", "dist-packages"):
            hidden = f"{root}{folder}/{name}"
            if os.path.isdir(hidden):
                mount("tmpfs", hidden, "tmpfs", _MS_NOSUID | _MS_NODEV, "size=64k,nr_inodes=64,mode=755")
    for package in packages:
        _show(package, root, at=f"{PACKAGES}/{os.path.basename(package)}")
    if os.path.isdir(ZONES) and not any(ZONES.startswith(f + "/") for f in folders):
        _show(ZONES, root)
    for path in programs:
        if not any(path.startswith(f + "/") for f in folders):
            _show(path, root)
    os.mkdir(f"{root}/tmp")
    os.mkdir(f"{root}/dev")
    os.symlink("/tmp", f"{root}/dev/shm")
    for name in ("null", "zero", "urandom"):
        os.mknod(f"{root}/dev/{name}")
        mount(f"/dev/{name}", f"{root}/dev/{name}", "", _MS_BIND)
        # Devices can be written all the same, but not their times.
        mount(
            "",
            f"{root}/dev/{name}",
            "",
            _MS_REMOUNT | _MS_BIND | _MS_RDONLY | _MS_NOSUID | locked_flags(f"{root}/dev/{name}"),
        )
    mount_tmp(f"{root}/tmp", tmp_bytes)
    os.chdir(root)
    pivot = _SYS_PIVOT_ROOT[os.uname().machine]
    _call("pivot_root", libc.syscall(pivot, b".", b"."))
    _call("umount", libc.umount2(b".", _MNT_DETACH))
    mount("", "/", "", _MS_REMOUNT | _MS_BIND | _MS_RDONLY | _MS_NOSUID | _MS_NODEV)
    os.chdir("/tmp")


def mount_tmp(at: str, tmp_bytes: int) -> None:
    """The private /tmp. Without times of access, so that looking at it leaves no trace."""
    flags = _MS_NOSUID | _MS_NODEV | _MS_NOATIME | _MS_NODIRATIME
    mount("tmpfs", at, "tmpfs", flags, f"size={tmp_bytes},nr_inodes=512,mode=1777")


def renew_tmp(tmp_bytes: int) -> None:
    """A fresh /tmp in place of the one there, which goes with its last user. Raises OSError."""
    _call("umount /tmp", libc.umount2(b"/tmp", _MNT_DETACH))
    mount_tmp("/tmp", tmp_bytes)


def _mount_point(sources: list[str]) -> str:
    """A folder that exists and hides none of the sources when something is mounted on it."""
    for folder in _MOUNT_POINTS:
        real = os.path.realpath(folder)
        if os.path.isdir(real) and not any(os.path.realpath(s).startswith(real + "/") for s in sources):
            return real
    raise OSError(errno.ENOENT, "no folder to mount the sandbox on")


def _show(folder: str, root: str, at: str | None = None) -> None:
    """Make `folder`, or a single file, visible under `root`, read-only with everything mounted in it, at the same path or another."""
    target = f"{root}{at or folder}"
    if os.path.isdir(folder):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.mknod(target)
    mount(folder, target, "", _MS_BIND | _MS_REC)
    attributes = (ctypes.c_uint64 * 4)(_MS_RDONLY | _MS_NOSUID | _MS_NODEV, 0, 0, 0)
    if libc.syscall(
        _SYS_MOUNT_SETATTR,
        -100,
        target.encode(),
        _AT_RECURSIVE,
        ctypes.byref(attributes),
        ctypes.c_size_t(32),
    ):
        locked = locked_flags(target)
        mount("", target, "", _MS_REMOUNT | _MS_BIND | _MS_RDONLY | _MS_NOSUID | _MS_NODEV | locked)


def locked_flags(target: str) -> int:
    """Flags of a mount that a user namespace may not take off: noexec, and those about times."""
    kept = os.statvfs(target).f_flag
    return kept & (8 | 1024 | 2048) | (_MS_RELATIME if kept & 4096 else 0)


def give_up_rights(*, in_user_namespace: bool) -> None:
    """Become nobody with one capability, to make PID namespaces, and unable to gain any. Raises OSError.

    Samples' processes give that up too, by `drop_capabilities`.
    """
    if not in_user_namespace and os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        drop_bounding_set()
        _call("keep capabilities", libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0))
        os.setresuid(NOBODY, NOBODY, NOBODY)
        # Where allowed: a namespace of its own makes the limit of processes, and that capability, its own.
        libc.unshare(_NEWUSER)
    else:
        drop_bounding_set()
    _set_capabilities(1 << _CAP_SYS_ADMIN)
    _call("no_new_privs", libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))


def _set_capabilities(mask: int) -> None:
    # Twice: effective, permitted, inheritable; the second time for numbers from 32 on.
    sets = (ctypes.c_uint32 * 6)(mask, mask, 0, 0, 0, 0)
    _call("capset", libc.syscall(_CAPSET[_MACHINE], _CAP_HEADER, sets))


_CAP_HEADER: Final = (ctypes.c_uint32 * 2)(0x20080522, 0)
_NO_CAPABILITIES: Final = (ctypes.c_uint32 * 6)()
_MACHINE: Final = os.uname().machine
# What every sample's process calls: all made before, and with the interpreter's lock held on to, it touches few pages.
_SYSCALL: Final = ctypes.PyDLL(None, use_errno=True).syscall
_NO_RIGHTS: Final = (ctypes.c_long(_CAPSET.get(_MACHINE, 0)), _CAP_HEADER, _NO_CAPABILITIES)


def capset_header() -> int:
    """The address with which `drop_capabilities` calls the kernel."""
    return ctypes.addressof(_CAP_HEADER)


def drop_capabilities() -> None:
    """No capability is left. Raises OSError when one is."""
    if _SYSCALL(*_NO_RIGHTS):
        _call("capset", -1)


def drop_bounding_set() -> None:
    """No capability can come back by running a program."""
    for capability in range(64):
        if libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            return
