"""A call knows who asks and for what; an answer is its vendor's shape as JSON."""

from typing import cast

import msgspec
import pytest

from scorehouse.domain.access import Permission, Principal, Project
from scorehouse.domain.changes import Actor
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Forbidden
from scorehouse.services.house import House
from scorehouse.wire.call import Call, Head, json_reply


def call(*permissions: Permission) -> Call:
    """Make a call by a key with these permissions."""
    principal = Principal(Project(7, "p", Instant(0)), "key", "ann", frozenset(permissions))
    return Call(Head("GET", "/"), {}, b"", principal, cast("House", None), "native")


def test_who_asks() -> None:
    """The only project in reach is the key's; history names key, owner and dialect."""
    assert call(Permission.READ).project == 7
    assert call(Permission.READ).actor == Actor("key", "ann", "native")


def test_permissions() -> None:
    """A handler may ask for more than its route did."""
    call(Permission.WRITE).require(Permission.WRITE_SCORES)
    with pytest.raises(Forbidden) as refused:
        call(Permission.WRITE_SCORES).require(Permission.WRITE)
    assert refused.value.needed == "write"


class Answer(msgspec.Struct, rename="camel"):
    """A wire shape."""

    some_value: float | None = None


def test_replies() -> None:
    """An answer is JSON of its shape, with its status and headers."""
    reply = json_reply(201, Answer(1.5), [("location", "/x")])
    assert (reply.status, reply.body, reply.media) == (201, b'{"someValue":1.5}', "application/json")
    assert reply.headers == [("location", "/x")]
