"""Lambda entry: the HTTP operations of inventory."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from functions.inventory.control_operations import bind as bind_control
from functions.inventory.control_operations import known_pages
from functions.inventory.domain.reservation import Caps, Reservation
from functions.inventory.repository.documents import Documents
from functions.inventory.repository.heat import Heat
from functions.inventory.repository.movements import Movements
from functions.inventory.repository.network import Network
from functions.inventory.repository.owners import Owners
from functions.inventory.repository.projection import Projection
from functions.inventory.repository.stock import StockRows
from functions.inventory.repository.transfers import Transfers
from functions.inventory.schemas import availability, imports, ledger, places, positions, reservations
from functions.inventory.selling_operations import bind as bind_selling
from functions.inventory.service.audit import AuditService
from functions.inventory.service.availability import AvailabilityService
from functions.inventory.service.movements import MovementService
from functions.inventory.service.network import NetworkService
from functions.inventory.service.reservations import ReservationService
from shared.aws import client
from shared.clock import now
from shared.dynamo.idempotency import Markers, pending_marker
from shared.dynamo.table import Table
from shared.http import Answer, Api, Call
from shared.imports.desk import ImportDesk, ImportView
from shared.imports.wiring import desk
from shared.schemas import PageQuery
from shared.settings import settings


@dataclass(frozen=True)
class UseCases:
    """Everything that the operations call."""

    network: NetworkService
    movements: MovementService
    reservations: ReservationService
    availability: AvailabilityService
    audit: AuditService


@cache
def _wired(table_name: str, projection_name: str, caps: Caps) -> UseCases:
    heat = Heat(Table(client("dynamodb"), table_name))
    table = Table(client("dynamodb"), table_name, marker=pending_marker, contended=heat.note)
    derived = Table(client("dynamodb"), projection_name)
    projection, pages = Projection(derived), known_pages(projection_name)
    documents, stock, network = Documents(table), StockRows(table), Network(table)
    return UseCases(
        NetworkService(network, stock, now),
        MovementService(Movements(table), stock, network, now),
        ReservationService(documents, stock, network, Owners(table), now, caps),
        AvailabilityService(stock, documents, network, projection, pages, now),
        AuditService(stock, documents, Transfers(table), projection, pages, now),
    )


def use_cases() -> UseCases:
    """The use cases on this function's tables."""
    set_ = settings()
    caps = Caps(_limit(set_.max_holds_per_owner), _limit(set_.max_held_units_per_owner))
    return _wired(set_.table_name, set_.projection_table_name, caps)


def _limit(setting: str) -> int | None:
    return int(setting) if setting else None


api = Api("inventory", markers=lambda: Markers(Table(client("dynamodb"), settings().table_name)))
handler = api
bind_control(api)
bind_selling(api)


@api.operation("put_location", body=places.LocationBody, answers={200: places.LocationView, 201: places.LocationView})
def put_location(call: Call[places.LocationBody, None]) -> Answer:
    location, created = use_cases().network.put_location(call.body.to_location(call.path["location_id"]), call.cause)
    return Answer(201 if created else 200, places.LocationView.of(location, now()))


@api.operation("get_location", answers={200: places.LocationView})
def get_location(call: Call[None, None]) -> Answer:
    return Answer(200, places.LocationView.of(use_cases().network.location(call.path["location_id"]), now()))


@api.operation("list_locations", query=PageQuery, answers={200: places.LocationPageView})
def list_locations(call: Call[None, PageQuery]) -> Answer:
    page = use_cases().network.locations(limit=call.query.limit, cursor=call.query.cursor)
    items = [places.LocationView.of(location, now()) for location in page.locations]
    return Answer(200, places.LocationPageView.model_construct(items=items, next_cursor=page.next_cursor))


@api.operation("pause_location", body=places.PauseBody, answers={200: places.LocationView})
def pause_location(call: Call[places.PauseBody, None]) -> Answer:
    location_id = call.path["location_id"]
    call.caller.require(locations=[location_id])
    location = use_cases().network.pause(location_id, reason=call.body.reason, until=call.body.until, cause=call.cause)
    return Answer(200, places.LocationView.of(location, now()))


@api.operation("resume_location", answers={200: places.LocationView})
def resume_location(call: Call[None, None]) -> Answer:
    location_id = call.path["location_id"]
    call.caller.require(locations=[location_id])
    return Answer(200, places.LocationView.of(use_cases().network.resume(location_id, call.cause), now()))


@api.operation("put_item", body=places.ItemBody, answers={200: places.ItemView, 201: places.ItemView})
def put_item(call: Call[places.ItemBody, None]) -> Answer:
    item, created = use_cases().network.put_item(call.body.to_item(call.path["sku"]), call.cause)
    return Answer(201 if created else 200, places.ItemView.of(item))


@api.operation("get_item", answers={200: places.ItemView})
def get_item(call: Call[None, None]) -> Answer:
    return Answer(200, places.ItemView.of(use_cases().network.item(call.path["sku"])))


@api.operation("get_positions", answers={200: positions.InventoryView})
def get_positions(call: Call[None, None]) -> Answer:
    sku = call.path["sku"]
    return Answer(200, positions.InventoryView.of(sku, use_cases().movements.positions(sku), now()))


@api.operation("audit_inventory", query=ledger.AuditQuery, answers={200: ledger.AuditView})
def audit_inventory(call: Call[None, ledger.AuditQuery]) -> Answer:
    audit, query = use_cases().audit, call.query
    report = audit.items([query.sku]) if query.sku else audit.everything(query.cursor)
    return Answer(200, ledger.AuditView.of(report))


@api.operation("query_availability", body=availability.AvailabilityBody, answers={200: availability.AvailabilityView})
def query_availability(call: Call[availability.AvailabilityBody, None]) -> Answer:
    body = call.body
    wanted = body.to_filter(call.caller.principal.channel)
    answered = use_cases().availability.query(body.skus, wanted, owner=body.owner, explain=body.explain)
    return Answer(200, availability.AvailabilityView.of(answered) if body.explain else availability.plain(answered))


def _hold(held: Reservation) -> reservations.ReservationView:
    return reservations.ReservationView.of(held, use_cases().reservations.status(held))


@api.operation("place_reservation", body=reservations.ReservationBody, answers={201: reservations.ReservationView})
def place_reservation(call: Call[reservations.ReservationBody, None]) -> Answer:
    held = use_cases().reservations.place(call.body.to_command(call.caller.own_channel), call.cause)
    return Answer(201, _hold(held))


@api.operation("get_reservation", answers={200: reservations.ReservationView})
def get_reservation(call: Call[None, None]) -> Answer:
    held = use_cases().reservations.get(call.path["reservation_id"])
    call.caller.require(channel=held.channel)
    return Answer(200, _hold(held))


@api.operation("release_reservation", answers={200: reservations.ReservationView})
def release_reservation(call: Call[None, None]) -> Answer:
    holds, reservation_id = use_cases().reservations, call.path["reservation_id"]
    call.caller.require(channel=holds.get(reservation_id).channel)
    return Answer(200, _hold(holds.release(reservation_id, call.cause)))


@api.operation("extend_reservation", body=reservations.ExtendBody, answers={200: reservations.ReservationView})
def extend_reservation(call: Call[reservations.ExtendBody, None]) -> Answer:
    holds, reservation_id = use_cases().reservations, call.path["reservation_id"]
    call.caller.require(channel=holds.get(reservation_id).channel)
    held = holds.extend(reservation_id, call.body.ttl_seconds, call.cause)
    return Answer(200, _hold(held))


@api.operation("transfer_reservation", body=reservations.TransferBody, answers={200: reservations.ReservationView})
def transfer_reservation(call: Call[reservations.TransferBody, None]) -> Answer:
    holds, reservation_id = use_cases().reservations, call.path["reservation_id"]
    call.caller.require(channel=holds.get(reservation_id).channel)
    return Answer(200, _hold(holds.transfer(reservation_id, call.body.owner, call.cause)))


def import_desk() -> ImportDesk:
    """Imports kept in this function's table."""
    return desk(Table(client("dynamodb"), settings().table_name, marker=pending_marker))


@api.operation("start_import", body=imports.ImportBody, answers={201: ImportView})
def start_import(call: Call[imports.ImportBody, None]) -> Answer:
    return Answer(201, import_desk().start(call.body, call.cause))


@api.operation("get_import", query=PageQuery, answers={200: ImportView})
def get_import(call: Call[None, PageQuery]) -> Answer:
    return Answer(200, import_desk().look(call.path["import_id"], call.query))
