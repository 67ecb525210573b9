"""What test runners and fork servers load before their first verdict."""

import subprocess
from typing import Any

import pytest

from modelassay.core.startup_imports import NamedTuple
from modelassay.grading.sandbox.process_start import bare_environment, boot_command


class Point(NamedTuple):
    """A point, with a colour that may be left out."""

    x: int
    y: int
    colour: str = "red"


@pytest.mark.parametrize("point", [Point(1, 2), Point(1, y=2), Point(y=2, x=1, colour="red")])
def test_fields_and_defaults(point: Point) -> None:
    assert point == (1, 2, "red")
    assert (point.x, point.y, point.colour) == (1, 2, "red")
    assert repr(point) == "Point(x=1, y=2, colour='red')"
    assert point._replace(x=3)._asdict() == {"x": 3, "y": 2, "colour": "red"}


@pytest.mark.parametrize(
    ("values", "named"), [((1,), {}), ((1, 2, "red", 4), {}), ((1, 2), {"size": 3}), ((1, 2), {"x": 3})]
)
def test_wrong_fields(values: tuple[Any, ...], named: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="Point"):
        Point(*values, **named)


@pytest.mark.parametrize("module", ["sandbox.server_start", "test_runner_process"])
def test_nothing_large_is_loaded_at_the_start(module: str) -> None:
    """Each of these takes a tenth of the time to the first verdict, or more."""
    *python, code = boot_command(module)
    code = code.replace("started.main()", "print(*sys.modules)")
    done = subprocess.run([*python, code], env=bare_environment(), capture_output=True, text=True, check=True)
    large = {
        "typing",
        "collections",
        "contextlib",
        "re",
        "json",
        "enum",
        "ast",
        "pathlib",
        "msgspec",
        "inspect",
    }
    assert large.isdisjoint(done.stdout.split())
