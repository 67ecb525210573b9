"""What a process of the sandbox can see of those before it, and what these can write to: senders and receivers."""

from modelassay.grading.boundary.codec import decode
from modelassay.grading.boundary.wire import PLAIN
from modelassay.grading.oracles.conversation import Conversation
from modelassay.grading.sandbox.process_start import Limit
from modelassay.grading.sandbox.sandbox import Sandbox

LIMIT = Limit(10.0, 5.0, 5.0, 1 << 20)
# Everything that a process can see of what others left, but times and the numbers of its pipes.
OBSERVE = """
import ctypes, errno, fcntl, os, resource, signal, stat, struct, sys, _thread
libc = ctypes.CDLL(None, use_errno=True)
def attempt(action, *given):
    try:
        return action(*given)
    except OSError as error:
        return errno.errorcode.get(error.errno)
def page():
    frame = sys._getframe()
    while frame is not None and "counter" not in frame.f_locals:
        frame = frame.f_back
    return list(frame.f_locals["counter"].cast("B").cast("Q"))[8:]
def descriptor(number):
    seen = [attempt(fcntl.fcntl, number, what) for what in (fcntl.F_GETFD, fcntl.F_GETFL, 1032, 1034, 9, 11)]
    found = attempt(os.fstat, number)
    if isinstance(found, os.stat_result) and not stat.S_ISFIFO(found.st_mode):
        seen.append((found.st_mode, found.st_ino, found.st_nlink, found.st_size, found.st_atime_ns, found.st_mtime_ns))
    lock = attempt(fcntl.fcntl, number, fcntl.F_GETLK, struct.pack("hhqqi", fcntl.F_WRLCK, 0, 0, 0, 0))
    return seen + [lock, attempt(os.lseek, number, 0, os.SEEK_CUR)]
def folder(path):
    found = os.stat(path)
    before = (found.st_mode, found.st_uid, found.st_nlink, found.st_size, found.st_ino, sorted(os.listdir(path)))
    made = []
    for name in "abc":
        with open(f"{path}/{name}", "w"):
            made.append(os.stat(f"{path}/{name}").st_ino)
    places = []
    opened = os.open(path, os.O_RDONLY)
    buffer = ctypes.create_string_buffer(4096)
    size = libc.syscall(ctypes.c_long(217), opened, buffer, 4096)
    at = 0
    while at < size:
        _, place, length = struct.unpack_from("QqH", buffer, at)
        places.append(place)
        at += length
    space = os.statvfs(path)
    return before, made, places, space.f_bfree, space.f_ffree
def times(path):
    found = os.stat(path)
    return found.st_mode, found.st_mtime_ns, found.st_atime_ns, found.st_ctime_ns
def observe():
    tid = _thread.get_native_id()
    started = []
    ended = _thread.allocate_lock()
    ended.acquire()
    def thread():
        started.append(_thread.get_native_id())
        ended.release()
    _thread.start_new_thread(thread, ())
    ended.acquire()
    return [repr(part) for part in [
        os.getpid(), os.getppid(), tid, os.getpgrp(), os.getsid(0), os.getuid(), os.getresuid(), started,
        [attempt(os.kill, number, 0) for number in range(3, 40)],
        [descriptor(number) for number in range(12)],
        folder("/tmp"), os.getcwd(), os.umask(0o22),
        [times(path) for path in ("/", "/dev", "/dev/null", "/dev/zero", "/dev/urandom", os.__file__)],
        [resource.getrlimit(number) for number in range(16)],
        sorted(os.sched_getaffinity(0)), os.getpriority(os.PRIO_PROCESS, 0), attempt(os.sched_getscheduler, 0),
        [signal.getsignal(number) for number in range(1, 65) if number not in (32, 33)].__repr__()[:4000],
        signal.pthread_sigmask(signal.SIG_BLOCK, ()), signal.sigpending(),
        attempt(signal.getitimer, 0), attempt(signal.getitimer, 1), attempt(signal.getitimer, 2),
        libc.prctl(15, ctypes.create_string_buffer(16), 0, 0, 0),
        sorted(os.environ), page(),
        [attempt(os.open, "/tmp", os.O_TMPFILE | os.O_RDWR)],
        attempt(fcntl.flock, 0, fcntl.LOCK_EX | fcntl.LOCK_NB),
        resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss,
        [libc.syscall(ctypes.c_long(number), 0, 0, 0) for number in (27, 73, 99, 221, 425)],
    ]]
"""
SENDERS = {
    "nothing": "",
    "the page of counters": "page()\n"
    "frame = sys._getframe()\n"
    "while frame is not None and 'self' not in frame.f_locals: frame = frame.f_back\n"
    "counter = frame.f_locals['self']._counter.cast('B')\n"
    "counter[64:4096] = bytes([7]) * 4032",
    "flags of descriptors": "for n in range(12): attempt(fcntl.fcntl, n, fcntl.F_SETFL, os.O_NONBLOCK | os.O_APPEND)",
    "descriptor flags": "for n in range(12): attempt(os.set_inheritable, n, True)",
    "the place in a file": "for n in range(12): attempt(os.lseek, n, 77, os.SEEK_SET)",
    "owners of descriptors": "for n in range(12): attempt(fcntl.fcntl, n, 8, os.getpid()); attempt(fcntl.fcntl, n, 10, 12)",
    "locks of files": "for n in range(12): attempt(fcntl.flock, n, fcntl.LOCK_EX); attempt(fcntl.lockf, n, fcntl.LOCK_EX)",
    "locks of the library": "f = open(os.__file__)\nattempt(fcntl.flock, f, fcntl.LOCK_EX); attempt(fcntl.lockf, f, fcntl.LOCK_SH)\nattempt(fcntl.fcntl, f, 1024, 0)",
    "sizes of pipes": "for n in range(12): attempt(fcntl.fcntl, n, 1031, 1 << 16)",
    "a file in tmp": "open('/tmp/a', 'w').close()",
    "files come and gone": "for n in range(50):\n    open('/tmp/a', 'w').close()\n    os.unlink('/tmp/a')",
    "a folder in tmp": "os.makedirs('/tmp/x/y/z')",
    "a folder that cannot be read": "os.mkdir('/tmp/x'); open('/tmp/x/y', 'w').close(); os.chmod('/tmp/x', 0)",
    "the time of tmp": "open('/tmp/a', 'w').close()\nos.unlink('/tmp/a')\nattempt(os.utime, '/tmp', (0, 0))",
    "the mode of tmp": "attempt(os.chmod, '/tmp', 0o700)",
    "files without a name": "for n in range(9): attempt(os.open, '/tmp', os.O_TMPFILE | os.O_RDWR)",
    "much in tmp": "open('/tmp/a', 'wb').write(bytes(8 << 20))",
    "a link in tmp": "os.symlink('/', '/tmp/a')",
    "a pipe in tmp": "attempt(os.mkfifo, '/tmp/a')",
    "times of devices": "for n in ('null', 'zero', 'urandom'): attempt(os.utime, '/dev/' + n); attempt(os.utime, '/dev/' + n, (5, 5))",
    "modes of devices": "for n in ('null', 'zero'): attempt(os.chmod, '/dev/' + n, 0o600)",
    "times of the library": "attempt(os.utime, os.__file__)",
    "threads": "for n in range(40):\n    _thread.start_new_thread(int, ())\n    libc.usleep(100)",
    "processes": "for n in range(20):\n    if attempt(os.fork) == 0: os._exit(0)",
    "signals to all": "attempt(os.kill, -1, signal.SIGCHLD); attempt(os.kill, 0, signal.SIGCONT)",
    "its group stopped": "attempt(os.kill, 0, signal.SIGSTOP)",
    "signals to the parent": "attempt(os.kill, 1, signal.SIGCHLD); attempt(os.kill, 2, signal.SIGCHLD)",
    "limits": "for n in range(16): attempt(resource.setrlimit, n, (0, resource.getrlimit(n)[1])) if n not in (2, 3, 7, 9) else 0",
    "affinity": "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})",
    "the mask of new files": "os.umask(0)",
    "the working folder": "os.chdir('/usr')",
    "signal handlers": "for n in (1, 10, 12, 15, 26): signal.signal(n, signal.SIG_IGN)",
    "blocked signals": "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))",
    "timers": "signal.setitimer(signal.ITIMER_REAL, 100)",
    "its name": "libc.prctl(15, b'sender', 0, 0, 0)",
    "memory": "kept = [bytes([n % 256]) * 4096 for n in range(20_000)]",
    "how it ends": "os._exit(42)",
    "modules": "sys.modules['os'].getpid = lambda: 4711; sys.modules['struct'].error = 5",
    "memory that is shared": "import mmap\nm = mmap.mmap(-1, 1 << 16)\nm[:4] = b'abcd'",
}  # fmt: skip


def seen(sandbox: Sandbox) -> list[str]:
    """What a process of the sandbox observes."""
    operation = Conversation.operation("c", "observe", (), {}, 0)
    assert operation[:1] == PLAIN
    run = sandbox.run(OBSERVE.encode(), [operation], LIMIT, lockstep=False)
    loaded, answer = run.answer(0), run.answer(1)
    run.finish()
    assert loaded == b"k", loaded
    assert answer is not None
    said = decode(answer[1:])
    assert isinstance(said, list), said
    return said
