"""The HTTP operations of reservations."""

from __future__ import annotations

from functools import cache

from functions.inventory.domain.reservation import Caps, Reservation
from functions.inventory.repository.documents import Documents
from functions.inventory.repository.heat import Heat
from functions.inventory.repository.network import Network
from functions.inventory.repository.owners import Owners
from functions.inventory.repository.stock import StockRows
from functions.inventory.schemas import reservations
from functions.inventory.service.reservations import ReservationService
from shared.aws import client
from shared.clock import now
from shared.dynamo.idempotency import pending_marker
from shared.dynamo.table import Table
from shared.http import Answer, Api, Call
from shared.settings import settings


@cache
def _wired(caps: Caps) -> ReservationService:
    heat = Heat(Table(client("dynamodb"), settings().table_name))
    table = Table(client("dynamodb"), settings().table_name, marker=pending_marker, contended=heat.note)
    return ReservationService(Documents(table), StockRows(table), Network(table), Owners(table), now, caps)


def service() -> ReservationService:
    """The use cases, within what one owner may hold."""
    return _wired(Caps(_limit(settings().max_holds_per_owner), _limit(settings().max_held_units_per_owner)))


def _limit(setting: str) -> int | None:
    return int(setting) if setting else None


def _hold(held: Reservation) -> reservations.ReservationView:
    return reservations.ReservationView.of(held, service().status(held))


def bind(api: Api) -> None:
    """Bind every operation on reservations."""

    @api.operation("place_reservation", body=reservations.ReservationBody, answers={201: reservations.ReservationView})
    def place_reservation(call: Call[reservations.ReservationBody, None]) -> Answer:
        held = service().place(call.body.to_command(call.caller.own_channel), call.cause)
        return Answer(201, _hold(held))

    @api.operation("get_reservation", answers={200: reservations.ReservationView})
    def get_reservation(call: Call[None, None]) -> Answer:
        held = service().get(call.path["reservation_id"])
        call.caller.require(channel=held.channel)
        return Answer(200, _hold(held))

    @api.operation("release_reservation", answers={200: reservations.ReservationView})
    def release_reservation(call: Call[None, None]) -> Answer:
        holds, reservation_id = service(), call.path["reservation_id"]
        call.caller.require(channel=holds.get(reservation_id).channel)
        return Answer(200, _hold(holds.release(reservation_id, call.cause)))

    @api.operation("extend_reservation", body=reservations.ExtendBody, answers={200: reservations.ReservationView})
    def extend_reservation(call: Call[reservations.ExtendBody, None]) -> Answer:
        holds, reservation_id = service(), call.path["reservation_id"]
        call.caller.require(channel=holds.get(reservation_id).channel)
        held = holds.extend(reservation_id, call.body.ttl_seconds, call.cause)
        return Answer(200, _hold(held))

    @api.operation("transfer_reservation", body=reservations.TransferBody, answers={200: reservations.ReservationView})
    def transfer_reservation(call: Call[reservations.TransferBody, None]) -> Answer:
        holds, reservation_id = service(), call.path["reservation_id"]
        call.caller.require(channel=holds.get(reservation_id).channel)
        return Answer(200, _hold(holds.transfer(reservation_id, call.body.owner, call.cause)))
