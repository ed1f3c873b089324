"""Frozen: the base of the house's nouns and verbs.

A type with named fields that never change, like a frozen dataclass, made by msgspec: building one costs a twentieth of
that, and every request builds dozens (docs/decisions/0016). What is declared once, at the start, stays a dataclass.
"""

from typing import Any, TypeVar

import msgspec


class Frozen(msgspec.Struct, frozen=True, gc=False):
    """Something that never changes. Subclasses check in ``__post_init__``, so that no illegal one can be built.

    It refers only to what was there before it, so that no circle can go through it, and Python's collector of circles
    need not know of it.
    """

    def _settle(self, name: str, value: object) -> None:
        """Give a field the one spelling of its value; for ``__post_init__`` alone."""
        msgspec.structs.force_setattr(self, name, value)


FrozenT = TypeVar("FrozenT", bound=Frozen)


def replace(frozen: FrozenT, **changes: Any) -> FrozenT:
    """Return one that differs in these fields, checked like any other."""
    return msgspec.structs.replace(frozen, **changes)


def field_names(frozen: type[Frozen]) -> tuple[str, ...]:
    """Return the names of its fields, in their order."""
    return frozen.__struct_fields__
