"""Keys are made, revoked and removed; a voucher makes one, once, for who can prove to be meant."""

from hashlib import sha256
from secrets import token_hex

import pytest
from anyio import create_task_group

from scorehouse.domain.access import EVERYTHING, Key, Permission, Principal, Voucher
from scorehouse.domain.instants import MICROSECONDS_PER_SECOND, Instant
from scorehouse.domain.refusals import Invalid, NotFound, Unidentified
from scorehouse.services.admit import Doorkeeper
from scorehouse.services.house import House
from scorehouse.services.keys import (
    VOUCHER_LASTS_S,
    NewKey,
    create_key,
    issue_voucher,
    redeem_voucher,
    remove_key,
    revoke_key,
)
from scorehouse.storage.verbs import IssueVoucher, OpenProject, RedeemVoucher
from tests.engines.stores import Room

PROOF = "only who asked knows this"
CHALLENGE = sha256(PROOF.encode()).digest()
READ_ONLY = frozenset({Permission.READ})
LATER = Instant(2**60)


def house_of(room: Room) -> House:
    """Return a house on the room's store that draws real secrets."""
    return House(room.store, room.now, room.mint, token_hex)


async def issuer(room: Room) -> Principal:
    """Return the holder of a key to everything."""
    new = await create_key(house_of(room), room.project)
    return await Doorkeeper(house_of(room)).admit(new.secret, None)


async def voucher(room: Room, holder: Principal) -> str:
    """Issue a voucher for a key that reads, and return its code."""
    return await issue_voucher(
        house_of(room),
        holder,
        room.project,
        challenge=CHALLENGE,
        permissions=READ_ONLY,
        owner="laptop",
        key_expires_at=LATER,
    )


async def test_a_key_is_drawn_kept_as_a_digest_and_admitted(room: Room) -> None:
    """256 random bits in 64 hex digits, another each time; its id has 16; the store knows neither secret."""
    house = house_of(room)
    one, other = [await create_key(house, room.project, owner="o") for _ in range(2)]
    assert one.secret != other.secret
    assert (len(bytes.fromhex(one.secret)), len(bytes.fromhex(one.key.id))) == (32, 8)
    assert await room.store.key(sha256(one.secret.encode()).digest()) == one.key
    assert (await Doorkeeper(house).admit(one.secret, None)).owner == "o"
    with pytest.raises(Invalid):
        await create_key(house, room.project, owner="a\nb")


async def test_a_removed_key_is_as_if_it_had_never_been(room: Room) -> None:
    """Revoked ones are still listed, removed ones are not; neither opens anything."""
    house = house_of(room)
    revoked, removed = [await create_key(house, room.project) for _ in range(2)]
    await revoke_key(house, revoked.key.id)
    await remove_key(house, removed.key.id)
    assert [key.id for key in await room.store.keys()] == [revoked.key.id]
    for gone in (revoked, removed):
        with pytest.raises(Unidentified):
            await Doorkeeper(house).admit(gone.secret, None)
    for end in (remove_key, revoke_key):
        with pytest.raises(NotFound):
            await end(house, removed.key.id)


async def test_keys_are_listed_around_a_project(room: Room) -> None:
    """Its own and those of projects opened within it, never those of a namesake elsewhere."""
    house = house_of(room)
    inner = await room.store.perform(OpenProject("app", Instant(1), within=room.number))
    other = await room.store.perform(OpenProject("other", Instant(1)))
    theirs = await room.store.perform(OpenProject("app", Instant(1), within=other.number))
    mine = [(await create_key(house, project)).key.id for project in (room.project, inner)]
    await create_key(house, theirs)
    assert [key.id for key in await room.store.keys(around=room.number)] == mine
    assert len(await room.store.keys("app")) == 2


async def test_a_voucher_makes_the_key_that_it_was_issued_for(room: Room) -> None:
    """With its permissions, owner and end; the code is worth nothing a second time."""
    holder = await issuer(room)
    code = await voucher(room, holder)
    new = await redeem_voucher(house_of(room), code, PROOF)
    expected = Key(new.key.id, room.project, "laptop", READ_ONLY, new.key.created_at, LATER)
    assert new.key == expected
    assert (await Doorkeeper(house_of(room)).admit(new.secret, None)).permissions == READ_ONLY
    with pytest.raises(Unidentified):
        await redeem_voucher(house_of(room), code, PROOF)
    assert len(await room.store.keys()) == 2


async def test_a_wrong_proof_spends_the_voucher(room: Room) -> None:
    """Who has found the code cannot try proofs: afterwards not even the right one helps."""
    code = await voucher(room, await issuer(room))
    for proof in ("a guess", PROOF):
        with pytest.raises(Unidentified):
            await redeem_voucher(house_of(room), code, proof)
    assert len(await room.store.keys()) == 1


async def test_a_voucher_ends(room: Room) -> None:
    """At its moment, not before; a new one sweeps away those that have ended."""
    holder = await issuer(room)
    for microseconds, made in ((VOUCHER_LASTS_S * MICROSECONDS_PER_SECOND, 1), (1, 0)):
        issued = Voucher(b"d" * 32, CHALLENGE, holder.key, room.project, "o", READ_ONLY, Instant(microseconds))
        await room.store.perform(IssueVoucher(issued, Instant(0)))
        assert await room.store.voucher(b"d" * 32) == issued
        at = Instant(VOUCHER_LASTS_S * MICROSECONDS_PER_SECOND - 1)
        verb = RedeemVoucher(digest=b"d" * 32, proof=CHALLENGE, id=f"k{made}", key_digest=bytes([made]), at=at)
        assert (await room.store.perform(verb) is not None) is bool(made)
    ended = Voucher(b"e" * 32, CHALLENGE, holder.key, room.project, "o", EVERYTHING, Instant(10))
    await room.store.perform(IssueVoucher(ended, Instant(0)))
    await voucher(room, holder)
    assert await room.store.voucher(b"e" * 32) is None


async def test_a_voucher_dies_with_its_issuer(room: Room) -> None:
    """A key that is revoked or removed between the two steps lets nobody in."""
    house = house_of(room)
    for end in (revoke_key, remove_key):
        holder = await issuer(room)
        code = await voucher(room, holder)
        await end(house, holder.key)
        with pytest.raises(Unidentified):
            await redeem_voucher(house, code, PROOF)


async def test_of_many_who_redeem_at_once_one_gets_the_key(room: Room) -> None:
    """The check and the making are one verb."""
    code = await voucher(room, await issuer(room))
    outcomes: list[NewKey | Unidentified] = []

    async def attempt() -> None:
        try:
            outcomes.append(await redeem_voucher(house_of(room), code, PROOF))
        except Unidentified as refusal:
            outcomes.append(refusal)

    async with create_task_group() as group:
        for _ in range(8):
            group.start_soon(attempt)
    assert sum(isinstance(outcome, NewKey) for outcome in outcomes) == 1
    assert len(await room.store.keys()) == 2


async def test_an_unknown_code_writes_nothing(room: Room) -> None:
    """It is asked for, not tried: who guesses cannot make the house write."""
    before = await room.store.mark(room.number)
    with pytest.raises(Unidentified):
        await redeem_voucher(house_of(room), "0" * 64, PROOF)
    assert await room.store.keys() == ()
    assert await room.store.mark(room.number) == before
