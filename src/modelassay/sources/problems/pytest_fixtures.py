"""Those of pytest's own fixtures that tests of problems use most, written out, since no pytest runs them.

They act on the process that they are in, so tests that use them are run beside the sample: grading/oracles/sealed.py.
"""

from typing import Final

_SOURCES: Final = {
    "capsys": """
def capsys():
    import collections, contextlib, io
    written = [io.StringIO(), io.StringIO()]
    result = collections.namedtuple("CaptureResult", "out err")

    class Captured:
        def readouterr(self):
            found = result(*[file.getvalue() for file in written])
            for file in written:
                file.seek(0)
                file.truncate()
            return found

        def disabled(self):
            return contextlib.nullcontext()

    with contextlib.redirect_stdout(written[0]), contextlib.redirect_stderr(written[1]):
        yield Captured()
""",
    "caplog": """
def caplog():
    import contextlib, logging

    class Kept(logging.Handler):
        def __init__(self):
            super().__init__(0)
            self.records = []

        def emit(self, record):
            record.message = record.getMessage()
            self.records.append(record)

    kept, root, before = Kept(), logging.getLogger(), {}

    class Captured:
        handler = kept
        records = property(lambda self: kept.records)
        messages = property(lambda self: [r.message for r in kept.records])
        text = property(lambda self: "".join(f"{r.levelname} {r.name}: {r.message}\\n" for r in kept.records))
        record_tuples = property(lambda self: [(r.name, r.levelno, r.message) for r in kept.records])

        def clear(self):
            kept.records.clear()

        def set_level(self, level, logger=None):
            of = logging.getLogger(logger)
            before.setdefault(of, of.level)
            of.setLevel(level)

        @contextlib.contextmanager
        def at_level(self, level, logger=None):
            of = logging.getLogger(logger)
            level, was = level, of.level
            of.setLevel(level)
            try:
                yield
            finally:
                of.setLevel(was)

    root.addHandler(kept)
    try:
        yield Captured()
    finally:
        root.removeHandler(kept)
        for of, level in before.items():
            of.setLevel(level)
""",
    "recwarn": """
def recwarn():
    import warnings

    class Recorded:
        def __init__(self, kept):
            self.list = kept

        def __len__(self):
            return len(self.list)

        def __iter__(self):
            return iter(self.list)

        def __getitem__(self, place):
            return self.list[place]

        def pop(self, category=Warning):
            for place, one in enumerate(self.list):
                if issubclass(one.category, category):
                    return self.list.pop(place)
            raise AssertionError(f"{category!r} was not warned of")

        def clear(self):
            self.list.clear()

    with warnings.catch_warnings(record=True) as kept:
        warnings.simplefilter("default")
        yield Recorded(kept)
""",
    "mocker": """
def mocker():
    import inspect
    from unittest import mock
    started = []

    def start(patch):
        made = patch.start()
        started.append((patch, made))
        return made

    class Patches:
        def __call__(self, *args, **kwargs):
            return start(mock.patch(*args, **kwargs))

        def object(self, *args, **kwargs):
            return start(mock.patch.object(*args, **kwargs))

        def dict(self, *args, **kwargs):
            return start(mock.patch.dict(*args, **kwargs))

        def multiple(self, *args, **kwargs):
            return start(mock.patch.multiple(*args, **kwargs))

    class Mocks:
        patch = Patches()

        def __getattr__(self, name):
            return getattr(mock, name)

        def spy(self, target, name):
            method = getattr(target, name)
            made = self.patch.object(target, name, side_effect=method, autospec=inspect.isroutine(method))
            return made

        def stub(self, name=None):
            return mock.MagicMock(spec=lambda *args, **kwargs: None, name=name)

        def resetall(self, **kwargs):
            for _, made in started:
                if hasattr(made, "reset_mock"):
                    made.reset_mock(**kwargs)

        def stopall(self):
            while started:
                started.pop()[0].stop()

    mocks = Mocks()
    try:
        yield mocks
    finally:
        mocks.stopall()
""",
    "tmp_path": """
def tmp_path():
    import pathlib, tempfile
    with tempfile.TemporaryDirectory() as folder:
        yield pathlib.Path(folder)
""",
    "tmp_path_factory": """
def tmp_path_factory():
    import pathlib, tempfile
    with tempfile.TemporaryDirectory() as folder:

        class Folders:
            def getbasetemp(self):
                return pathlib.Path(folder)

            def mktemp(self, basename, numbered=True):
                made, number = pathlib.Path(folder, f"{basename}0" if numbered else basename), 0
                while numbered and made.exists():
                    number += 1
                    made = made.with_name(f"{basename}{number}")
                made.mkdir()
                return made

        yield Folders()
""",
    "tmpdir": """
def tmpdir():
    import os, pathlib, shutil, tempfile

    class Local:
        def __init__(self, path):
            self.strpath = str(path)

        def __fspath__(self):
            return self.strpath

        __str__ = __fspath__

        def __repr__(self):
            return f"local({self.strpath!r})"

        def __eq__(self, other):
            return os.fspath(self) == str(other)

        def __hash__(self):
            return hash(self.strpath)

        def __lt__(self, other):
            return self.strpath < os.fspath(other)

        def join(self, *parts, abs=False):
            return Local(os.path.join(self.strpath, *map(os.fspath, parts)))

        __truediv__ = join
        _path = property(lambda self: pathlib.Path(self.strpath))
        basename = property(lambda self: self._path.name)
        dirname = property(lambda self: str(self._path.parent))
        purebasename = property(lambda self: self._path.stem)
        ext = property(lambda self: self._path.suffix)
        parts = lambda self: [Local(p) for p in [*reversed(self._path.parents), self._path]]

        def dirpath(self, *parts):
            return Local(self.dirname).join(*parts)

        def mkdir(self, *parts):
            made = self.join(*parts)
            os.mkdir(made)
            return made

        def ensure(self, *parts, dir=False):
            made = self.join(*parts)
            os.makedirs(made if dir else made.dirname, exist_ok=True)
            if not dir:
                made._path.touch()
            return made

        def ensure_dir(self, *parts):
            return self.ensure(*parts, dir=True)

        def open(self, mode="r", ensure=False, encoding=None):
            if ensure:
                self.dirpath().ensure(dir=True)
            return open(self.strpath, mode, encoding=encoding)

        def write(self, data, mode="w", ensure=False):
            with self.open(mode, ensure=ensure) as file:
                file.write(data if "b" in mode else str(data))

        def write_text(self, data, encoding, ensure=False):
            with self.open("w", ensure, encoding) as file:
                file.write(data)

        def write_binary(self, data, ensure=False):
            self.write(data, "wb", ensure)

        def read(self, mode="r"):
            with self.open(mode) as file:
                return file.read()

        def read_text(self, encoding):
            return self._path.read_text(encoding)

        def read_binary(self):
            return self.read("rb")

        def readlines(self, cr=1):
            return self.read().splitlines(bool(cr))

        def exists(self):
            return os.path.exists(self.strpath)

        def isfile(self):
            return os.path.isfile(self.strpath)

        def isdir(self):
            return os.path.isdir(self.strpath)

        def check(self, file=None, dir=None, exists=None):
            asked = [(file, self.isfile()), (dir, self.isdir()), (exists, self.exists())]
            return all(bool(want) == found for want, found in asked if want is not None) and (
                self.exists() or not all(want is None for want, _ in asked)
            )

        def listdir(self):
            return [self.join(name) for name in sorted(os.listdir(self.strpath))]

        def size(self):
            return os.path.getsize(self.strpath)

        def copy(self, target):
            (shutil.copytree if self.isdir() else shutil.copyfile)(self.strpath, os.fspath(target))

        def rename(self, target):
            os.rename(self.strpath, os.fspath(target))

        move = rename

        def remove(self, rec=1):
            shutil.rmtree(self.strpath) if self.isdir() else os.remove(self.strpath)

        def chdir(self):
            before = os.getcwd()
            os.chdir(self.strpath)
            return Local(before)

        def as_cwd(self):
            import contextlib

            @contextlib.contextmanager
            def inside():
                before = self.chdir()
                try:
                    yield before
                finally:
                    before.chdir()

            return inside()

    with tempfile.TemporaryDirectory() as folder:
        yield Local(folder)
""",
    "monkeypatch": """
def monkeypatch():
    import importlib, os
    undo, absent = [], object()

    class Patches:
        def setattr(self, target, name, value=absent, raising=True):
            if value is absent:
                module, _, last = target.rpartition(".")
                target, name, value = importlib.import_module(module), last, name
            before = vars(target).get(name, absent) if isinstance(target, type) else getattr(target, name, absent)
            if before is absent and raising:
                raise AttributeError(name)
            undo.append((delattr, target, name) if before is absent else (setattr, target, name, before))
            setattr(target, name, value)

        def delattr(self, target, name, raising=True):
            if hasattr(target, name) or raising:
                undo.append((setattr, target, name, getattr(target, name)))
                delattr(target, name)

        def setitem(self, mapping, key, value):
            known = key in mapping
            undo.append((mapping.__setitem__, key, mapping[key]) if known else (mapping.pop, key, None))
            mapping[key] = value

        def delitem(self, mapping, key, raising=True):
            if key in mapping or raising:
                undo.append((mapping.__setitem__, key, mapping[key]))
                del mapping[key]

        def setenv(self, name, value, prepend=None):
            value = str(value)
            if prepend and name in os.environ:
                value += prepend + os.environ[name]
            self.setitem(os.environ, name, value)

        def delenv(self, name, raising=True):
            self.delitem(os.environ, name, raising)

        def chdir(self, path):
            undo.append((os.chdir, os.getcwd()))
            os.chdir(path)

        def undo(self):
            while undo:
                call, *arguments = undo.pop()
                call(*arguments)

    patches = Patches()
    try:
        yield patches
    finally:
        patches.undo()
""",
}
# What a program writes past Python's own files is not caught, as nothing of the kind can be run beside a sample.
SOURCES: Final = {**_SOURCES, "capfd": _SOURCES["capsys"].replace("def capsys(", "def capfd(")}
