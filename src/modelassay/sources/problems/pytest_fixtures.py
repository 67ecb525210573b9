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
    "tmp_path": """
def tmp_path():
    import pathlib, tempfile
    with tempfile.TemporaryDirectory() as folder:
        yield pathlib.Path(folder)
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
