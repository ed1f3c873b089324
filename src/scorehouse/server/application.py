"""The ASGI application.

One request goes through the steps of `_reply`, top to bottom, in an order that nothing overrides: path and
method, credentials, permission, the dialect's own door, media type, body, handler. Whatever refuses on the
way, the dialect that owns the path writes the answer.

A raw callable rather than a framework: this is the hot path, and what a framework would do here (matching,
reading, refusing) has to be done in each vendor's way anyhow.
"""

from collections.abc import Callable
from itertools import count
from time import perf_counter
from typing import Any, cast

import structlog

from scorehouse.domain.access import Principal
from scorehouse.domain.documents import EMPTY
from scorehouse.domain.refusals import Broken, Refusal, Unavailable, Unsupported, WrongMethod
from scorehouse.server.admission import NOBODY, Admission, allow
from scorehouse.server.arbitration import owner_by_head, seat_by_body, seat_by_head
from scorehouse.server.cors import CrossOrigin
from scorehouse.server.intake import Claim, ClientGone, Receive, Room, loosest, read_body
from scorehouse.server.mounts import Found, Lost, Mounts, Seat
from scorehouse.server.public import Public
from scorehouse.server.sending import WHOLE, Send, send_reply
from scorehouse.server.telemetry import NOWHERE, RouteFigures, Telemetry
from scorehouse.services.house import House
from scorehouse.settings import Settings
from scorehouse.wire.call import Call, Head, Reply
from scorehouse.wire.dialect import Dialect
from scorehouse.wire.route import Limits

Scope = dict[str, Any]

REQUEST_ID_CHARACTERS_MAX = 200
NO_FAILURES = frozenset({501, 503})
"""A call that is not spoken says so every time; what is refused for now is refused in thousands, and a line for each
would be the larger part of the work."""

REFUSALS_TOLD_EVERY_S = 10.0
"""How often a line says how many requests were refused for now."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BODILESS_METHODS = frozenset({"GET", "HEAD"})
"""A body that comes with one of these means nothing, and is not read."""

_log = structlog.get_logger("scorehouse.server")


class Exchange:
    """One request on its way: its head, and who answers for it by what is known so far.

    Attributes:
        head: what came before the body.
        receive: gives the body.
        claim: what the body takes of the room for all.
        dialect: writes refusals.
        figures: counts the answer.
    """

    __slots__ = ("claim", "dialect", "figures", "head", "receive")

    def __init__(self, head: Head, receive: Receive, claim: Claim, dialect: Dialect, figures: RouteFigures) -> None:
        self.head = head
        self.receive = receive
        self.claim = claim
        self.dialect = dialect
        self.figures = figures

    def settle(self, seat: Seat) -> Seat:
        """Note whose request this is."""
        self.dialect = seat.dialect
        self.figures = seat.figures
        return seat


class Application:
    """Everything between a socket and a handler."""

    def __init__(
        self,
        *,
        house: House,
        mounts: Mounts,
        admission: Admission,
        public: Public,
        telemetry: Telemetry,
        settings: Settings,
        seconds: Callable[[], float] = perf_counter,
    ) -> None:
        self._house = house
        self._mounts = mounts
        self._admission = admission
        self._public = public
        self._telemetry = telemetry
        self._cors = CrossOrigin(settings.address.cors_origins)
        self._public_url = settings.address.public_url
        self._bounds = settings.bounds
        self._room = Room(settings.bounds.bodies_bytes_max)
        self._log_requests = settings.logs.log_requests
        self._seconds = seconds
        self._in_progress = 0
        self._refused = 0
        self._tell_next = 0.0
        # Requests are numbered within this run of the server: an id each, cheaper than minting one.
        self._run = house.mint()[:20]
        self._numbers = count(1)
        telemetry.gauge("scorehouse_requests_in_progress", "Requests being served.", lambda: self._in_progress)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http":
            raise NotImplementedError(f"{scope['type']} is not served")
        started = self._seconds()
        method: str = scope["method"]
        path = scope["raw_path"].decode("latin-1")
        self._in_progress += 1
        try:
            answer = self._public.find(method, path)
            if answer is not None:
                head = self._head(scope, path, "")
                reply, figures = await answer(head), self._telemetry.route("server", _counted(method), path)
            else:
                found = self._mounts.find(method, path)
                head = self._head(scope, path, found.mount)
                reply, figures = await self._serve(found, head, receive)
            whole = scope.get("extensions", EMPTY).get(WHOLE)
            await send_reply(reply, head.request_id, self._cors.headers(head.headers), receive, send, whole=whole)
        except ClientGone:
            return
        finally:
            self._in_progress -= 1
        seconds = self._seconds() - started
        figures.count(reply.status, seconds)
        failed = reply.status >= 500 and reply.status not in NO_FAILURES
        if reply.status == 503:
            self._tell_of_refusals(started)
        if failed or self._log_requests:
            write = _log.error if failed else _log.info
            _log_answer(write, head, path, reply.status, seconds)

    def _tell_of_refusals(self, now: float) -> None:
        """Say, now and then, how many requests were refused for now."""
        self._refused += 1
        if now >= self._tell_next:
            _log.warning("requests refused for now", count=self._refused)
            self._refused, self._tell_next = 0, now + REFUSALS_TOLD_EVERY_S

    async def _serve(self, found: Found | Lost, head: Head, receive: Receive) -> tuple[Reply, RouteFigures]:
        """Answer a request, whatever happens; raises ClientGone only."""
        exchange = self._exchange(found, head, receive)
        try:
            reply = await self._reply(exchange, found)
        except Refusal as refusal:
            reply = _refused(exchange, refusal)
        except ClientGone:
            raise
        except Exception:  # noqa: BLE001 - the last catch: a defect of ours becomes an answer and a log line
            _log.exception("request failed", request_id=head.request_id, method=head.method, path=head.path)
            reply = _refused(exchange, Broken())
        finally:
            exchange.claim.release()
        return reply, exchange.figures

    async def _reply(self, exchange: Exchange, found: Found | Lost) -> Reply:
        """Go through the steps of a request, in their order."""
        head = exchange.head
        if isinstance(found, Lost):
            return self._answer_lost(exchange, found)
        if self._in_progress > self._bounds.requests_max:
            raise Unavailable("Too many requests are in progress.")
        seats = found.seats
        seat = seats[0] if len(seats) == 1 else seat_by_head(seats, head, self._admission.keyring)
        if seat is None:
            seat, principal, body = await self._settle_by_body(exchange, seats)
        else:
            exchange.settle(seat)
            if seat.redirects:
                return _without_slash(head, found.mount)
            principal = await self._admission.admit(seat.dialect, seat.route, head)
            principal = await self._enter(exchange, seat, principal)
            body = await self._body(exchange, seat.route.limits)
        call = Call(head, found.parameters(seat), body, principal, self._house, seat.dialect.name)
        return await seat.route.handler(call)

    async def _settle_by_body(self, exchange: Exchange, seats: tuple[Seat, ...]) -> tuple[Seat, Principal, bytes]:
        """Find out on a shared path, by the body, whose request this is; whoever it is, the key has to be good."""
        exchange.settle(seats[0])
        principal = await self._admission.identify(seats[0].dialect, exchange.head)
        body = await self._body(exchange, loosest(seat.route.limits for seat in seats))
        seat = exchange.settle(seat_by_body(seats, exchange.head, body))
        allow(principal, seat.route.permission)
        return seat, await self._enter(exchange, seat, principal), body

    async def _enter(self, exchange: Exchange, seat: Seat, principal: Principal) -> Principal:
        if principal is not NOBODY:
            principal = await seat.dialect.enter(exchange.head, principal, self._house)
        if seat.route.unsupported:
            raise Unsupported(f"{seat.route.method} {seat.route.path}")
        return principal

    async def _body(self, exchange: Exchange, limits: Limits) -> bytes:
        head = exchange.head
        if head.method in BODILESS_METHODS:
            return b""
        return await read_body(exchange.receive, head.headers, limits, self._bounds.body_timeout_s, exchange.claim)

    def _answer_lost(self, exchange: Exchange, lost: Lost) -> Reply:
        preflight = self._cors.preflight(exchange.head.method, exchange.head.headers)
        if preflight is not None:
            return preflight
        if len(lost.owners) > 1:
            exchange.dialect = owner_by_head(lost.owners, exchange.head, self._admission.keyring)
        raise lost.refusal

    def _exchange(self, found: Found | Lost, head: Head, receive: Receive) -> Exchange:
        if isinstance(found, Found):
            seat = found.seats[0]
            return Exchange(head, receive, Claim(self._room), seat.dialect, seat.figures)
        owner = found.owners[0]
        figures = self._telemetry.route(owner.name, _counted(head.method), NOWHERE)
        return Exchange(head, receive, Claim(self._room), owner, figures)

    def _head(self, scope: Scope, path: str, mount: str) -> Head:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        base = self._public_url or f"{scope['scheme']}://{headers.get('host', '')}"
        return Head(
            scope["method"],
            path[len(mount) :],
            scope["query_string"].decode("latin-1"),
            headers,
            base + mount,
            self._request_id(headers.get("x-request-id")),
        )

    def _request_id(self, given: str | None) -> str:
        """Take the caller's request id if it can be logged and sent back, or make one."""
        usable = given and len(given) <= REQUEST_ID_CHARACTERS_MAX and given.isascii() and given.isprintable()
        return cast("str", given) if usable else f"{self._run}{next(self._numbers):012x}"


def _counted(method: str) -> str:
    """Return the method to count a request under: callers may make up methods, but no series."""
    return method if method in METHODS else "other"


def _refused(exchange: Exchange, refusal: Refusal) -> Reply:
    """Write a refusal in the words of the path's owner, and see to the headers that HTTP wants with it."""
    try:
        reply = exchange.dialect.refuse(refusal, exchange.head)
    except Exception:  # noqa: BLE001 - a refusal writer is total; if one is not, the caller still gets an answer
        _log.exception("refusal failed", dialect=exchange.dialect.name, request_id=exchange.head.request_id)
        return Reply(500, b'{"error":"internal server error"}')
    if isinstance(refusal, WrongMethod):
        return _with_header(reply, "allow", ", ".join(refusal.allowed))
    if reply.status in {429, 503}:
        return _with_header(reply, "retry-after", str(getattr(refusal, "retry_after_s", 1)))
    return reply


def _with_header(reply: Reply, name: str, value: str) -> Reply:
    """Add a header, unless the dialect has written it."""
    if any(written == name for written, _ in reply.headers):
        return reply
    return Reply(reply.status, reply.body, reply.media, (*reply.headers, (name, value)))


def _without_slash(head: Head, mount: str) -> Reply:
    """Redirect to the path without its trailing slash; 307 keeps method and body."""
    location = mount + head.path[:-1] + (f"?{head.query}" if head.query else "")
    return Reply(307, media="", headers=(("location", location),))


def _log_answer(write: Callable[..., Any], head: Head, path: str, status: int, seconds: float) -> None:
    write(
        "request",
        request_id=head.request_id,
        method=head.method,
        path=path,
        status=status,
        milliseconds=round(seconds * 1000, 3),
    )
