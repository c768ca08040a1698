"""The one table of HTTP routes: which service answers, who may call, and whose data each role reaches.

The gateway's routes (`infra`), the dispatch and the permission check (`shared.http`), the OpenAPI document and the
access tests are all made from this table, so none of them can drift from the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Who a token stands for."""

    OPS = "ops"
    CHANNEL = "channel"
    ASSOCIATE = "associate"
    SERVICE_DESK = "service_desk"
    CUSTOMER = "customer"


class Reach(StrEnum):
    """How far a role reaches on one route."""

    ALL = "all"
    OWN = "own"
    """Only what belongs to the token: the channel's orders, the associate's locations, the customer's own data."""


Access = Mapping[Role, Reach]

OPS: Access = {Role.OPS: Reach.ALL}
DESK: Access = {**OPS, Role.SERVICE_DESK: Reach.ALL}
STAFF_READ: Access = {**DESK, Role.ASSOCIATE: Reach.ALL}
SELLERS: Access = {**DESK, Role.CHANNEL: Reach.OWN}
ORDER_PARTIES: Access = {**SELLERS, Role.CUSTOMER: Reach.OWN}
FLOOR: Access = {**OPS, Role.ASSOCIATE: Reach.OWN}
FLOOR_READ: Access = {**DESK, Role.ASSOCIATE: Reach.OWN}
RETURN_DESKS: Access = {**DESK, Role.ASSOCIATE: Reach.OWN}
EVERYONE: Access = dict.fromkeys(Role, Reach.ALL)
PUBLIC: Access = {}
"""No token needed."""

Row = tuple[str, str, str, Access]


@dataclass(frozen=True)
class Route:
    """One method of one path."""

    service: str
    room: str
    """The module of the service that binds the operation, imported when one of its routes is first asked for: a cold
    start pays for what it serves, not for everything that the service can do."""
    method: str
    path: str
    operation: str
    access: Access
    testing_only: bool = False

    @property
    def public(self) -> bool:
        return not self.access


_WORK_STEPS = (
    "acknowledge", "start-picking", "pick", "reject", "pack", "unpack", "ship", "deliver", "claim", "release",
)  # fmt: skip
_COLLECTION_STEPS = (
    "transfer", "receive", "ready", "extend", "arrive", "leave", "hand-over", "no-show", "reshelve",
)  # fmt: skip

_TABLE: Mapping[str, tuple[Row, ...]] = {
    "inventory.place_operations": (
        ("PUT", "/v1/locations/{location_id}", "put_location", OPS),
        ("GET", "/v1/locations/{location_id}", "get_location", EVERYONE),
        ("GET", "/v1/locations", "list_locations", EVERYONE),
        ("POST", "/v1/locations/{location_id}/pause", "pause_location", FLOOR),
        ("POST", "/v1/locations/{location_id}/resume", "resume_location", FLOOR),
        ("PUT", "/v1/items/{sku}", "put_item", OPS),
        ("GET", "/v1/items/{sku}", "get_item", EVERYONE),
    ),
    "inventory.movement_operations": (
        ("POST", "/v1/inventory/movements", "post_movement", FLOOR),
        ("GET", "/v1/inventory/movements/{movement_id}", "get_movement", STAFF_READ),
        ("POST", "/v1/inventory/movements/{movement_id}/reverse", "reverse_movement", FLOOR),
        ("POST", "/v1/counts", "post_count", FLOOR),
        ("GET", "/v1/counts/{count_id}", "get_count", STAFF_READ),
    ),
    "inventory.ledger_operations": (
        ("GET", "/v1/inventory/{sku}", "get_positions", STAFF_READ),
        ("GET", "/v1/inventory/{sku}/ledger", "get_ledger", STAFF_READ),
        ("GET", "/v1/inventory/{sku}/history", "get_history", STAFF_READ),
        ("GET", "/v1/inventory/audit", "audit_inventory", OPS),
    ),
    "inventory.transfer_operations": (
        ("POST", "/v1/transfers", "create_transfer", FLOOR),
        ("GET", "/v1/transfers", "list_transfers", STAFF_READ),
        ("GET", "/v1/transfers/{transfer_id}", "get_transfer", STAFF_READ),
        *(
            ("POST", f"/v1/transfers/{{transfer_id}}/{step}", f"{step}_transfer", FLOOR)
            for step in ("ship", "receive", "close", "cancel")
        ),
    ),
    "inventory.purchase_operations": (
        ("PUT", "/v1/purchase-orders/{po_id}", "put_purchase_order", OPS),
        ("GET", "/v1/purchase-orders", "list_purchase_orders", STAFF_READ),
        ("GET", "/v1/purchase-orders/{po_id}", "get_purchase_order", STAFF_READ),
        ("POST", "/v1/purchase-orders/{po_id}/close", "close_purchase_order", OPS),
        ("GET", "/v1/inventory/{sku}/supply", "get_supply", STAFF_READ),
    ),
    "inventory.availability_operations": (("POST", "/v1/availability", "query_availability", EVERYONE),),
    "inventory.selling_operations": (
        ("GET", "/v1/inventory/pools", "list_pools", DESK),
        ("PUT", "/v1/inventory/pools/{channel}", "put_pool", OPS),
        ("GET", "/v1/inventory/pools/{channel}", "get_pool", DESK),
        ("GET", "/v1/inventory/safety-rules", "list_safety_rules", DESK),
        ("PUT", "/v1/inventory/safety-rules/{rule_id}", "put_safety_rule", OPS),
        ("GET", "/v1/inventory/safety-rules/{rule_id}", "get_safety_rule", DESK),
        ("DELETE", "/v1/inventory/safety-rules/{rule_id}", "delete_safety_rule", OPS),
        ("GET", "/v1/inventory/exclusions", "list_exclusions", DESK),
        ("PUT", "/v1/inventory/exclusions/{exclusion_id}", "put_exclusion", OPS),
        ("GET", "/v1/inventory/exclusions/{exclusion_id}", "get_exclusion", DESK),
        ("DELETE", "/v1/inventory/exclusions/{exclusion_id}", "delete_exclusion", OPS),
    ),
    "inventory.reservation_operations": (
        ("POST", "/v1/reservations", "place_reservation", SELLERS),
        ("GET", "/v1/reservations/{reservation_id}", "get_reservation", SELLERS),
        ("DELETE", "/v1/reservations/{reservation_id}", "release_reservation", SELLERS),
        ("POST", "/v1/reservations/{reservation_id}/extend", "extend_reservation", SELLERS),
        ("POST", "/v1/reservations/{reservation_id}/transfer", "transfer_reservation", SELLERS),
    ),
    "inventory.import_operations": (
        ("POST", "/v1/imports", "start_import", OPS),
        ("GET", "/v1/imports/{import_id}", "get_import", OPS),
    ),
    "orders.api": (
        ("POST", "/v1/orders", "place_order", SELLERS),
        ("GET", "/v1/orders", "list_orders", ORDER_PARTIES),
        ("GET", "/v1/orders/{order_id}", "get_order", {**ORDER_PARTIES, Role.ASSOCIATE: Reach.ALL}),
        ("GET", "/v1/orders/{order_id}/history", "get_order_history", ORDER_PARTIES),
        ("POST", "/v1/orders/{order_id}/cancel", "cancel_order", ORDER_PARTIES),
        ("POST", "/v1/orders/{order_id}/changes", "change_order", SELLERS),
        ("GET", "/v1/orders/{order_id}/payments", "get_payments", ORDER_PARTIES),
        ("POST", "/v1/orders/{order_id}/payments", "pay_order", ORDER_PARTIES),
        ("POST", "/v1/orders/{order_id}/holds", "place_hold", SELLERS),
        ("DELETE", "/v1/orders/{order_id}/holds/{hold_id}", "lift_hold", SELLERS),
        ("GET", "/v1/exceptions", "list_exceptions", SELLERS),
        ("POST", "/v1/exceptions/{exception_id}/resolve", "resolve_exception", DESK),
        ("POST", "/v1/order-imports", "start_order_import", OPS),
        ("GET", "/v1/order-imports/{import_id}", "get_order_import", OPS),
    ),
    "orders.return_operations": (
        ("POST", "/v1/returns", "request_return", {**ORDER_PARTIES, Role.ASSOCIATE: Reach.OWN}),
        ("GET", "/v1/returns/{return_id}", "get_return", {**ORDER_PARTIES, Role.ASSOCIATE: Reach.ALL}),
        ("POST", "/v1/returns/{return_id}/receive", "receive_return", RETURN_DESKS),
        ("POST", "/v1/returns/{return_id}/inspect", "inspect_return", RETURN_DESKS),
        ("POST", "/v1/returns/{return_id}/decide", "decide_return", DESK),
        ("POST", "/v1/returns/{return_id}/close", "close_return", DESK),
        ("PUT", "/v1/return-policies/{policy_id}", "put_return_policy", OPS),
        ("GET", "/v1/return-policies/{policy_id}", "get_return_policy", {**DESK, Role.CHANNEL: Reach.ALL}),
        ("GET", "/v1/return-policies", "list_return_policies", {**DESK, Role.CHANNEL: Reach.ALL}),
    ),
    "fulfilment.work_operations": (
        ("GET", "/v1/fulfilment-orders", "list_fulfilment_orders", FLOOR_READ),
        ("GET", "/v1/worklists/{location_id}", "get_worklist", FLOOR_READ),
        ("GET", "/v1/fulfilment-orders/{fulfilment_order_id}", "get_fulfilment_order", FLOOR_READ),
        *(
            ("POST", f"/v1/fulfilment-orders/{{fulfilment_order_id}}/{step}", f"{step.replace('-', '_')}", FLOOR)
            for step in _WORK_STEPS
        ),
    ),
    "fulfilment.collection_operations": (
        *(
            ("POST", f"/v1/fulfilment-orders/{{fulfilment_order_id}}/{step}", f"{step.replace('-', '_')}", FLOOR)
            for step in _COLLECTION_STEPS
        ),
    ),
    "fulfilment.shipping_operations": (
        ("GET", "/v1/fulfilment-orders/{fulfilment_order_id}/rates", "list_rates", FLOOR_READ),
        ("POST", "/v1/fulfilment-orders/{fulfilment_order_id}/labels", "buy_labels", FLOOR),
        ("GET", "/v1/fulfilment-orders/{fulfilment_order_id}/documents/{document}", "get_document", FLOOR_READ),
        ("GET", "/v1/worklists/{location_id}/pick-list", "get_pick_list", FLOOR_READ),
        ("POST", "/v1/carriers/{carrier}/tracking", "track_parcel", OPS),
    ),
    "fulfilment.wave_operations": (
        ("GET", "/v1/worklists/{location_id}/bins", "list_bins", FLOOR_READ),
        ("PUT", "/v1/worklists/{location_id}/bins", "put_bins", FLOOR),
        ("POST", "/v1/bin-imports", "start_bin_import", OPS),
        ("GET", "/v1/bin-imports/{import_id}", "get_bin_import", OPS),
        ("POST", "/v1/waves", "open_wave", FLOOR),
        ("GET", "/v1/waves", "list_waves", FLOOR_READ),
        ("GET", "/v1/waves/{wave_id}", "get_wave", FLOOR_READ),
        ("GET", "/v1/waves/{wave_id}/pick-list", "get_wave_pick_list", FLOOR_READ),
        ("POST", "/v1/waves/{wave_id}/close", "close_wave", FLOOR),
        ("GET", "/v1/locations/{location_id}/measures", "get_measures", FLOOR_READ),
    ),
    "fulfilment.manifest_operations": (
        ("POST", "/v1/manifests", "close_manifest", FLOOR),
        ("GET", "/v1/manifests", "list_manifests", FLOOR_READ),
        ("GET", "/v1/manifests/{manifest_id}", "get_manifest", FLOOR_READ),
        ("GET", "/v1/manifests/{manifest_id}/document", "get_manifest_document", FLOOR_READ),
    ),
    "fulfilment.link_operations": (
        ("GET", "/v1/shopper-links/{token}", "open_shopper_link", PUBLIC),
        ("POST", "/v1/shopper-links/{token}", "use_shopper_link", PUBLIC),
    ),
    "fulfilment.delivery_operations": (
        (
            "POST",
            "/v1/delivery-options",
            "list_delivery_options",
            {**EVERYONE, Role.CHANNEL: Reach.OWN},
        ),
    ),
    "fulfilment.geography_operations": (
        ("PUT", "/v1/routing/geography/{country}/{area}", "put_geography", OPS),
        ("GET", "/v1/routing/geography/{country}/{area}", "get_geography", DESK),
    ),
    "fulfilment.rate_operations": (
        ("GET", "/v1/routing/rate-cards", "list_rate_cards", DESK),
        ("PUT", "/v1/routing/rate-cards/{card_id}", "put_rate_card", OPS),
        ("GET", "/v1/routing/rate-cards/{card_id}", "get_rate_card", DESK),
    ),
    "fulfilment.plan_operations": (
        ("POST", "/v1/routing/plan", "plan_routing", {**DESK, Role.CHANNEL: Reach.ALL}),
        ("GET", "/v1/orders/{order_id}/routing", "get_routing", SELLERS),
    ),
    "fulfilment.insight_operations": (
        ("GET", "/v1/routing/report", "get_routing_report", DESK),
        ("POST", "/v1/routing/simulations", "start_simulation", OPS),
        ("GET", "/v1/routing/simulations/{simulation_id}", "get_simulation", DESK),
    ),
    "fulfilment.profile_operations": (
        ("GET", "/v1/routing/profiles", "list_routing_profiles", DESK),
        ("PUT", "/v1/routing/profiles/{profile_id}", "put_routing_profile", OPS),
        ("GET", "/v1/routing/profiles/{profile_id}", "get_routing_profile", DESK),
        ("GET", "/v1/routing/profiles/{profile_id}/versions/{version}", "get_routing_profile_version", DESK),
        ("POST", "/v1/routing/profiles/{profile_id}/activate", "activate_routing_profile", OPS),
        ("POST", "/v1/routing/profiles/{profile_id}/retire", "retire_routing_profile", OPS),
    ),
    "customers.api": (
        ("POST", "/v1/customers", "put_customer", SELLERS),
        ("GET", "/v1/customers", "find_customers", SELLERS),
        ("POST", "/v1/customers/resolve", "resolve_customers", SELLERS),
        ("GET", "/v1/customers/reviews", "list_reviews", DESK),
        ("POST", "/v1/customers/reviews/{review_id}/dismiss", "dismiss_review", DESK),
        ("GET", "/v1/customers/{customer_id}", "get_customer", ORDER_PARTIES),
        ("POST", "/v1/customers/{customer_id}/merge", "merge_customers", DESK),
        ("POST", "/v1/customers/{customer_id}/unmerge", "unmerge_customers", DESK),
        ("PATCH", "/v1/customers/{customer_id}", "change_profile", ORDER_PARTIES),
        ("GET", "/v1/customers/{customer_id}/timeline", "get_timeline", ORDER_PARTIES),
        ("POST", "/v1/customers/{customer_id}/interactions", "add_interaction", SELLERS),
        ("GET", "/v1/customers/{customer_id}/consents", "list_consents", ORDER_PARTIES),
        ("PUT", "/v1/customers/{customer_id}/consents/{channel}/{purpose}", "put_consent", ORDER_PARTIES),
        ("POST", "/v1/customers/{customer_id}/export", "export_customer", {**DESK, Role.CUSTOMER: Reach.OWN}),
        ("GET", "/v1/customers/{customer_id}/loyalty", "get_loyalty", ORDER_PARTIES),
        ("GET", "/v1/customers/{customer_id}/loyalty/ledger", "get_loyalty_ledger", {**DESK, Role.CUSTOMER: Reach.OWN}),
        ("POST", "/v1/customers/{customer_id}/loyalty/burns", "burn_points", SELLERS),
        ("POST", "/v1/customers/{customer_id}/loyalty/adjustments", "adjust_points", DESK),
        ("GET", "/v1/customers/{customer_id}/figures", "get_figures", SELLERS),
        ("POST", "/v1/customers/{customer_id}/erase", "erase_customer", {**DESK, Role.CUSTOMER: Reach.OWN}),
        ("GET", "/v1/customers/{customer_id}/erasures/{request_id}", "get_erasure", {**DESK, Role.CUSTOMER: Reach.OWN}),
        ("GET", "/v1/customers/{customer_id}/accesses", "list_accesses", DESK),
        ("POST", "/v1/customer-imports", "start_customer_import", OPS),
        ("GET", "/v1/customer-imports/{import_id}", "get_customer_import", OPS),
        ("POST", "/v1/carts", "open_cart", SELLERS),
        ("POST", "/v1/carts/take", "take_cart", SELLERS),
        ("GET", "/v1/carts/{cart_id}", "get_cart", ORDER_PARTIES),
        ("PUT", "/v1/carts/{cart_id}/lines", "fill_cart", ORDER_PARTIES),
        ("POST", "/v1/carts/{cart_id}/hold", "hold_cart", ORDER_PARTIES),
        ("DELETE", "/v1/carts/{cart_id}/hold", "release_cart_hold", ORDER_PARTIES),
        ("POST", "/v1/carts/{cart_id}/hand-over", "hand_over_cart", ORDER_PARTIES),
        ("POST", "/v1/carts/{cart_id}/merge", "merge_cart", SELLERS),
        ("POST", "/v1/carts/{cart_id}/checkout", "check_out_cart", SELLERS),
        ("POST", "/v1/carts/{cart_id}/reopen", "reopen_cart", SELLERS),
    ),
    "platform.api": (
        ("GET", "/v1/health", "health", PUBLIC),
        ("GET", "/v1/openapi.json", "openapi", PUBLIC),
    ),
}
"""By the module that answers: method, path, operation and who may call."""

_TESTING: Mapping[str, tuple[Row, ...]] = {
    "platform.api": (
        ("PUT", "/v1/testing/clock", "set_clock", OPS),
        ("DELETE", "/v1/testing/clock", "reset_clock", OPS),
    ),
    "fulfilment.shipping_operations": (
        ("POST", "/v1/testing/carrier/{tracking_number}", "drive_sandbox_carrier", OPS),
    ),
}
"""The same, in local and test stages only."""


def _routes(table: Mapping[str, tuple[Row, ...]], *, testing_only: bool = False) -> Iterator[Route]:
    for module, rows in table.items():
        service, room = module.split(".")
        for method, path, operation, access in rows:
            yield Route(service, room, method, path, operation, access, testing_only)


ROUTES: tuple[Route, ...] = (*_routes(_TABLE), *_routes(_TESTING, testing_only=True))


def routes_of(service: str) -> tuple[Route, ...]:
    """The rows that one service answers."""
    return tuple(route for route in ROUTES if route.service == service)


def methods_of(path: str) -> tuple[str, ...]:
    """Every method that a path takes, sorted: the `Allow` header of a 405."""
    return tuple(sorted(route.method for route in ROUTES if route.path == path))
