"""What test code asks of a sample, from the tests' side: calls, attributes, and what comes back of them.

What a sample sends is a value, rebuilt here whole and checked, or a reference to something that stays with it. Nothing
it sends is run here; a function of the tests that was handed to it is called here with values.
"""

from __future__ import annotations

import builtins
import marshal

from modelassay.grading.boundary import arguments
from modelassay.grading.boundary.boundary_values import SCALARS, CodecError, simple_lists, survey
from modelassay.grading.boundary.codec import decode
from modelassay.grading.boundary.instances import set_state
from modelassay.grading.boundary.wire import LINKED, PLAIN, SandboxBrokeError
from modelassay.grading.boundary.writer import Writer, exception_names
from modelassay.grading.oracles.conversation import (
    UncrossableError,
    call_text,
    describe,
    raised_as,
    short,
    written_call,
)
from modelassay.grading.oracles.faults import for_tests, internal_error
from modelassay.grading.oracles.remote import RemoteIterator, RemoteObject
from modelassay.grading.oracles.test_links import TestLinks

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from typing import Any, Final, NoReturn

    from modelassay.grading.oracles.conversation import Conversation
    from modelassay.grading.oracles.observed import Observer
    from modelassay.grading.oracles.remote import Target
    from modelassay.grading.oracles.test_names import TestNames

# Exceptions that would steer the tests themselves; they are told as plain errors, unless an item was asked for.
_STEERING: Final = ("StopIteration", "StopAsyncIteration", "GeneratorExit")
_NEXT: Final = (("builtins", "next"), ("builtins", "anext"))


class TestCalls:
    """One run of tests against one sample. namespace: the tests' own, where their classes are.

    special: whether objects that are no values are asked for what special methods do; None while a reference shows
    whether that is needed, which `used_special` says then.
    """

    def __init__(
        self, conversation: Conversation, names: TestNames, namespace: dict[str, Any], *, special: bool | None
    ) -> None:
        self._conversation = conversation
        self._names = names
        self._special = special
        self.used_special = False
        self.links = TestLinks(self, names, namespace)
        self.changes = 0  # how often the sample was asked for something that may have changed its objects
        self._observer: Observer | None = None
        self._got: tuple[int, str] = (
            -1,
            "",
        )  # the last object that was an attribute, and the attribute's name

    @property
    def reading(self) -> bool:
        """Whether a value is being rebuilt at this moment, when nothing can be asked."""
        return self.links.reading

    def may(self, remote: RemoteObject) -> bool:
        """Whether an object may be asked for what special methods do."""
        if self._special is None and not self.links.reading:
            self.used_special = True
        return self._special is not False

    @property
    def observer(self) -> Observer:
        """What answers for objects that may not be asked."""
        if self._observer is None:
            from modelassay.grading.oracles.observed import Observer

            self._observer = Observer(self)
        return self._observer

    def look(self, target: Target, args: tuple[Any, ...]) -> Any:
        """Ask for something that changes no object."""
        before = self.changes
        try:
            return self.call(target, args, {})
        finally:
            self.changes = before

    def look_next(self, items: RemoteIterator, ended: object) -> Any:
        """The next item of an iterator that nobody else has, or `ended`."""
        before, last = self.changes, self._conversation.last
        try:
            return self.next_of(items)
        except StopIteration:
            self._conversation.last = last
            return ended
        finally:
            self.changes = before

    def forgive(self, error: Exception) -> None:
        """An exception that the tests do not see."""
        if error is not self._conversation.raised and not isinstance(error, TypeError):
            raise error

    def contradiction(self, remote: RemoteObject, said: str) -> NoReturn:
        """The end of tests on an object that answers so that it can be no value."""
        raise self._conversation.gone("refused", f"what it returned ({remote._remote_label}) {said}"[:300])

    # --- what test code can do ---------------------------------------------------------------------------
    def call(self, target: Target, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        made = isinstance(target, str) and target in self._names.classes
        if type(target) is str and not kwargs and not made and not self.links.shared.objects:
            lists = simple_lists(args)
            if lists is not None:
                return self._called(target, args, lists)
        shown = (
            target
            if isinstance(target, str)
            else target[1]
            if isinstance(target, tuple)
            else self._method(target)
        )
        said = call_text(shown, args, kwargs)
        value = self._operation_answer(("C", target, args, kwargs), said, made=made)
        self._conversation.last = f"{said} returned {short(value)}"
        return value

    def _method(self, target: int) -> str:
        """What an object that is called was got as: "push" of `stack.push(1)`; "object" where it was got otherwise."""
        return self._got[1] if self._got[0] == target else "object"

    def _called(self, name: str, args: tuple[Any, ...], lists: list[Any]) -> Any:
        """What a call of a global name with scalars and lists of scalars returns, as most calls are: the same at less cost.

        lists: those of the arguments. What messages say is made from the bytes of call and answer, where it is needed.
        """
        operation: tuple[Any, ...] = ("C", name, args, {})
        raw = PLAIN + marshal.dumps(operation, 2)
        # In the order of `survey`: the last argument first, after the names.
        value = self._operation_answer(operation, "", (raw, [operation[3], *reversed(lists)]))
        if type(value) in SCALARS:
            self._conversation.returned(raw, value)
        elif type(value) is list and simple_lists((value,)):
            self._conversation.returned(raw, value[:])  # which tests may change
        else:
            self._conversation.last = f"{written_call(raw)} returned {short(value)}"
        return value

    def get(self, target: Target, name: str) -> Any:
        value = self._operation_answer(("G", target, name), f"attribute {name}")
        if isinstance(value, RemoteObject) and type(value._remote_target) is int:
            self._got = (value._remote_target, name)
        return value

    def set(self, target: Target, name: str, value: Any) -> None:
        self._operation_answer(("S", target, name, value), f"attribute {name}")

    def awaited(self, remote: RemoteObject) -> Any:
        return self._operation_answer(("W", remote._remote_target), "await")

    def next_of(self, remote: RemoteIterator) -> Any:
        return self._operation_answer(("C", ("builtins", "next"), (remote,), {}), "next")

    # --- one operation -----------------------------------------------------------------------------------
    def _operation_answer(
        self,
        operation: tuple[Any, ...],
        said: str,
        written: tuple[bytes, list[Any]] | None = None,
        *,
        made: bool = False,
    ) -> Any:
        """The answer to an operation. What is no answer, and no failure of the sample's, outlasts tests that catch all.

        said: it in words, for messages. written: the bytes and objects of a simple call, whose words can be made of these.
        """
        conversation = self._conversation
        self.changes += 1
        try:
            return self._answer(operation, said, written, made=made)
        except (UncrossableError, SandboxBrokeError) as error:
            conversation.broken = conversation.broken or error
            raise
        except Exception as error:
            if error is not conversation.raised:
                conversation.broken = conversation.broken or internal_error(error)
            raise

    def _answer(
        self, operation: tuple[Any, ...], said: str, written: tuple[bytes, list[Any]] | None, *, made: bool
    ) -> Any:
        conversation = self._conversation
        if written is None:
            written = self._written(operation)
        raw, objects = written
        if operation[0] == "C":
            objects = [None if found is operation[3] else found for found in objects]
        frame = conversation.ask(raw)
        while frame[:1] == b"q":
            frame = conversation.reply(self._replied(frame))
        match frame[:1]:
            case b"v":
                value = self._read(frame, objects)
            case b"w":
                value = self._changed(frame, objects)
            case b"x":
                self._raise(self._read(frame, objects), said or written_call(raw), operation)
            case _:
                raise conversation.gone("crashed", "sent an invalid response")
        if made and isinstance(value, RemoteObject):
            object.__setattr__(value, "_remote_made", True)
        if isinstance(value, RemoteObject):
            conversation.kept[len(conversation.asked) - 1] = value
        return value

    def _written(self, operation: tuple[Any, ...]) -> tuple[bytes, list[Any]]:
        """The bytes of an operation, and the objects that go with it. Raises UncrossableError."""
        shared = self.links.shared
        plain, sets, changeable = survey(operation[2:])
        changes = shared.updates()
        if plain and not sets and not changes and shared.numbers.keys().isdisjoint(map(id, changeable)):
            return PLAIN + marshal.dumps(operation, 2), changeable
        writer = Writer(strict=True, links=self.links, given=shared.numbers)
        lent = len(self.links.lent)
        try:
            raw = LINKED + writer.whole((operation, changes))
        except CodecError as error:
            raise UncrossableError(str(error)) from None
        shared.settle()
        if len(self.links.lent) > lent:
            self._conversation.be_asked()
        return raw, writer.objects

    def _read(self, frame: bytes, objects: list[Any]) -> Any:
        self.links.objects, self.links.reading = objects, True
        try:
            return decode(memoryview(frame)[1:], links=self.links)
        except CodecError as error:
            raise self._conversation.gone("refused", f"a value that cannot be read: {error}") from None
        finally:
            self.links.reading = False

    def _changed(self, frame: bytes, objects: list[Any]) -> Any:
        """The value, once the tests' own arguments hold what the call has made of them."""
        match self._read(frame, objects):
            case (value, dict() as updates, bool(held)):
                pass
            case _:
                raise self._conversation.gone("crashed", "sent an invalid response")
        self.links.reading = True
        try:
            for number, update in updates.items():
                arguments.apply(self.links.shared.find(number, objects), update, self.links.known)
        except Exception as error:  # whatever parts that are none lead to
            raise self._conversation.gone("refused", f"an argument cannot be read again: {error}") from None
        finally:
            self.links.reading = False
        if held:
            self.links.shared.add(objects)
        self.links.shared.settle()
        return value

    def _replied(self, frame: bytes) -> bytes:
        """What one of the tests' own functions says to the sample's question, as an operation."""
        match self._read(frame, []):
            case (int(number), tuple() as args, dict() as kwargs) if 0 <= number < len(self.links.lent):
                function = self.links.lent[number]
            case _:
                raise self._conversation.gone("crashed", "asked for something that it was not given")
        try:
            answer: tuple[Any, ...] = ("A", True, function(*args, **kwargs))
        except Exception as error:  # the sample's to handle, as where both are in one process
            names = exception_names(type(error))
            name = next((n for n in names if hasattr(builtins, n)), "Exception")
            answer = ("A", False, (name, tuple(str(part) for part in error.args)))
        try:
            return LINKED + Writer(strict=True, links=self.links).whole(answer)
        except CodecError as error:
            raise UncrossableError(str(error)) from None

    @for_tests
    def _raise(self, parts: Any, said: str, operation: tuple[Any, ...]) -> NoReturn:
        """Raise here what the sample raised there: of the nearest class that is known here."""
        conversation = self._conversation
        match parts:
            case ((str(), *_) as names, str(message), int(line), tuple() as given, dict() as state):
                pass
            case _:
                raise conversation.gone("crashed", "sent an invalid response")
        if names[0] == "MemoryError":
            raise conversation.gone("out-of-memory", said)
        text = f"{describe(names[0], message, line)}, in {said}"
        asked_next = operation[0] == "W" or operation[1] in _NEXT
        steering = any(n in _STEERING for n in names) and not asked_next
        error = raised_as(names[0])(text) if steering else self._error(names, given, state, text)
        conversation.raised, conversation.raised_as, conversation.last = error, text, text
        raise error

    def _error(self, names: Any, given: tuple[Any, ...], state: dict[str, Any], text: str) -> Exception:
        kind = next((k for k in map(self.links.exception, names) if k is not None), Exception)
        try:
            if kind is Exception:
                kind = raised_as(names[0])
            error: Exception = kind.__new__(kind, *given)
            if kind.__module__ == "builtins":
                return kind(*given)
            error.args = given
            set_state(error, state)
            return error
        except Exception:  # whatever arguments that are none lead to
            return raised_as("Exception")(text)
