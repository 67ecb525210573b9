"""What the `check` of a problem with test functions runs them by, as Python in texts: unit_tests.py puts them together."""

from typing import Final

RUN: Final = """
_cases, _skips, _shared, _closing, _case = [], [], {}, [], None

def _run_class(case):
    import unittest
    case.setUpClass()
    for name in unittest.TestLoader().getTestCaseNames(case):
        method = getattr(case, name)
        marked = [m for m in (case, method) if getattr(m, "__unittest_skip__", False)]
        _cases.append(name)
        if marked:
            _skips.append(marked[0].__unittest_skip_why__)
        elif any(getattr(m, "__unittest_expecting_failure__", False) for m in (case, method)):
            try:
                case(name).debug()
            except Exception:
                continue
            raise AssertionError(f"{name} was expected to fail")
        else:
            case(name).debug()
    case.tearDownClass()
    case.doClassCleanups()

def _run_test(test, wanted, given, fixtures, waits=False, owner="", around=None):
    import itertools
    needed, left = [], list(wanted)
    while left:
        name = left.pop(0)
        if name in fixtures and name not in needed:
            needed.append(name)
            left += fixtures[name][1]
    sent = {name for _, _, indirect in given for name in indirect}
    axes = [[({}, {n: _values(p)[0]}) for p in fixtures[n][4]] for n in needed if fixtures[n][4] is not None and n not in sent]
    for names, cases, indirect in given:
        rows = [dict(zip(names, _values(one) if type(one).__name__ == "ParameterSet" or len(names) == 1 else one)) for one in cases]
        axes.append([({n: v for n, v in r.items() if n not in indirect}, {n: v for n, v in r.items() if n in indirect}) for r in rows])
    for combination in itertools.product(*axes):
        arguments, params = {}, {}
        for some, others in combination:
            arguments.update(some)
            params.update(others)
        _cases.append(test)
        _run_case(test, wanted, arguments, params, fixtures, waits, owner, around)

def _values(one):
    return one.values if type(one).__name__ == "ParameterSet" else [one]

def _run_case(test, wanted, arguments, params, fixtures, waits, owner, around):
    values, closing = {}, []

    def value(name):
        if name in arguments or name in values:
            return arguments[name] if name in arguments else values[name]
        if name == "request":
            return _Request({}, value, closing, test)
        make, needs, yields, is_async, _, scope = fixtures[name]
        kept = scope in ("class", "module", "package", "session")
        key = (name, owner if scope == "class" else "", repr(params.get(name)))
        if kept and key in _shared:
            return _shared[key]
        ending = _closing if kept else closing
        mine = {n: params[n] for n in params if n == name}
        made = make(**{need: _Request(mine, value, ending, test) if need == "request" else value(need) for need in needs})
        if yields:
            opened = made
            ending.append(lambda: _waited(anext(opened, None)) if is_async else next(opened, None))
            made = _waited(opened.__anext__()) if is_async else next(opened)
        elif is_async:
            made = _waited(made)
        (_shared if kept else values)[key if kept else name] = made
        return made

    try:
        if around is not None:
            around[0]()
            closing.append(around[1])
        call = test(**arguments, **{name: value(name) for name in wanted if name not in arguments})
        if waits:
            _waited(call)
    finally:
        for close in reversed(closing):
            close()

class _Request:
    def __init__(self, params, value, closing, test):
        import types
        if params:
            (self.param,) = params.values()
        self.getfixturevalue, self.addfinalizer, self.function = value, closing.append, test
        self.node = types.SimpleNamespace(name=getattr(test, "__name__", "test"))
"""
# What is asynchronous runs on one loop, as pytest-asyncio has it.
WAITED: Final = """
import asyncio as _asyncio
_loop = _asyncio.new_event_loop()

def _waited(made):
    async def wait():
        return await made
    return _loop.run_until_complete(wait())
"""
CLOSE: Final = """
for _close in reversed(_closing):
    _close()
"""
# The same examples for every sample, as many as it takes.
HYPOTHESIS: Final = """
import hypothesis as _hypothesis
_hypothesis.settings.register_profile(
    "graded", derandomize=True, database=None, deadline=None, suppress_health_check=list(_hypothesis.HealthCheck))
_hypothesis.settings.load_profile("graded")
"""
# Tests that all skip themselves say nothing of a program. What a program raises does not count: `_skips` is the tests' own.
END: Final = """
if len(_skips) >= len(_cases):
    raise __import__("unittest").SkipTest(_skips[0] if _skips else "none of them is to be run here")
"""
