"""Problems that ask for a whole program: which protocols can put them."""

import msgspec
import pytest

from modelassay.core.errors import InputError
from modelassay.core.problems import Suite
from modelassay.problems import from_io
from modelassay.sampling.prompt_text import word
from modelassay.sampling.protocols import PROTOCOLS

PROBLEM = from_io("Read two numbers and print their sum.", ["1 2"], ["3"])


@pytest.mark.parametrize("name", ["chat", "completion"])
def test_no_signature_is_made_up(name: str) -> None:
    """A protocol that shows one cannot ask for a program."""
    with pytest.raises(InputError, match="evalplus-chat"):
        word(PROTOCOLS[name], PROBLEM)


def test_a_named_function_is_called_no_program() -> None:
    """Its statement holds its own head."""
    oracle = msgspec.structs.replace(PROBLEM.suites[0].oracle, function="total")
    problem = msgspec.structs.replace(PROBLEM, suites=(Suite(name="base", oracle=oracle),))
    with pytest.raises(InputError, match="for total in words of its own — use --protocol evalplus-chat"):
        word(PROTOCOLS["chat"], problem)


def test_a_protocol_without_a_signature_asks() -> None:
    """The statement stands in it."""
    assert PROBLEM.prompt in word(PROTOCOLS["evalplus-chat"], PROBLEM).text
