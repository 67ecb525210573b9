"""`NamedTuple` for the modules that test runners and fork servers load; type checkers see the one of `typing`.

`typing`, and what it loads, would be half of a test runner's start, and the first verdict waits for that. So these modules
import it for type checkers only, as they do `contextlib`, `json` and `re`, which are loaded where they are needed.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple, Self
else:
    from _collections import _tuplegetter

    class NamedTuple(tuple):
        """As typing.NamedTuple: fields and defaults are those of the class's body."""

        __slots__ = ()
        _fields: tuple[str, ...] = ()
        _defaults: dict[str, Any] = {}  # noqa: RUF012 - replaced, never changed

        def __init_subclass__(cls) -> None:
            cls._fields = tuple(cls.__annotations__)
            cls._defaults = {name: vars(cls)[name] for name in cls._fields if name in vars(cls)}
            for number, name in enumerate(cls._fields):
                setattr(cls, name, _tuplegetter(number, ""))

        def __new__(cls, *values: Any, **named: Any) -> Self:
            if named or len(values) < len(cls._fields):
                rest = cls._fields[len(values) :]
                unknown = named.keys() - rest
                missing = [name for name in rest if name not in named and name not in cls._defaults]
                if unknown or missing:
                    raise TypeError(f"{cls.__name__}: {sorted(unknown)} unknown, {missing} missing")
                values += tuple(named[name] if name in named else cls._defaults[name] for name in rest)
            if len(values) > len(cls._fields):
                raise TypeError(f"{cls.__name__}: {len(values)} values for {len(cls._fields)} fields")
            return tuple.__new__(cls, values)

        def __repr__(self) -> str:
            return f"{type(self).__name__}({', '.join(f'{n}={v!r}' for n, v in self._asdict().items())})"

        def __getnewargs__(self) -> tuple[Any, ...]:
            return tuple(self)  # a copy and a pickle make it anew from its fields

        def _asdict(self) -> dict[str, Any]:
            return dict(zip(self._fields, self, strict=True))

        def _replace(self, **changed: Any) -> Self:
            return type(self)(**{**self._asdict(), **changed})


__all__ = ["NamedTuple"]
