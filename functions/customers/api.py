"""Lambda entry: the HTTP routes of customers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import cache

from functions.customers.cart_operations import bind as bind_carts
from functions.customers.carts import Carts
from functions.customers.catalogue import Catalogue
from functions.customers.domain.consent import Consent, Standing
from functions.customers.domain.customer import Customer, CustomerNotFound
from functions.customers.domain.identity import readable
from functions.customers.domain.linking import Tree
from functions.customers.dossier import Dossier
from functions.customers.erasure_operations import bind as bind_erasures
from functions.customers.erasure_rows import ErasureRows
from functions.customers.erasures import Erasures
from functions.customers.figures import Account
from functions.customers.link_operations import bind as bind_links
from functions.customers.links import Links
from functions.customers.loyalty_operations import bind as bind_loyalty
from functions.customers.profiles import Profiles
from functions.customers.repository import CustomerRepository
from functions.customers.schemas import (
    CustomersPage,
    CustomerView,
    FindCustomers,
    PutCustomer,
)
from functions.customers.schemas_imports import CustomerImportBody
from functions.customers.schemas_links import CandidateView, ResolutionsView, ResolutionView, ResolveCustomers
from functions.customers.schemas_profiles import (
    AccessesView,
    AddInteraction,
    ChangeProfile,
    ConsentsView,
    ConsentView,
    ExportView,
    PutConsent,
)
from functions.customers.schemas_timeline import EntryView, TimelineQuery, TimelineView
from functions.customers.service import Customers
from functions.customers.timelines import Only
from shared.auth import Caller
from shared.aws import client
from shared.clock import now
from shared.dynamo.idempotency import Markers, pending_marker
from shared.dynamo.table import Table
from shared.http import Answer, Api, Call
from shared.imports.desk import ImportView
from shared.imports.wiring import desk
from shared.routes import Role
from shared.schemas import PageQuery
from shared.settings import settings


@cache
def _table() -> Table:
    return Table(client("dynamodb"), settings().table_name, marker=pending_marker)


@cache
def _catalogue() -> Catalogue:
    return Catalogue(_table())


@cache
def _customers() -> Customers:
    return Customers(CustomerRepository(_table()), _catalogue(), country=settings().phone_country)


@cache
def _links() -> Links:
    return Links(_catalogue())


@cache
def _profiles() -> Profiles:
    return Profiles(CustomerRepository(_table()), _catalogue(), Dossier(_table()))


@cache
def _erasures() -> Erasures:
    rows = ErasureRows(_table(), CustomerRepository(_table()), _catalogue())
    return Erasures(rows, _catalogue(), Markers(_table()))


PEOPLE_OF_THE_SHOP = frozenset({Role.OPS, Role.SERVICE_DESK})
"""Whose reading of a profile is kept."""

api = Api("customers", markers=lambda: Markers(Table(client("dynamodb"), settings().table_name)))
handler = api
bind_carts(api, lambda: Carts(_table()), _links)
bind_links(api, _links)


@api.operation("put_customer", body=PutCustomer, answers={200: CustomerView, 201: CustomerView})
def put_customer(call: Call[PutCustomer, None]) -> Answer:
    """Find or create the shopper whom an account of a channel describes."""
    call.caller.require(channel=call.body.source.channel)
    statement = readable(call.body.to_statement(at=call.cause.at, country=settings().phone_country))
    customer_id, created = _customers().put_customer(statement, call.cause)
    return Answer(201 if created else 200, _view(customer_id, call.caller))


@api.operation("find_customers", query=FindCustomers, answers={200: CustomersPage})
def find_customers(call: Call[None, FindCustomers]) -> Answer:
    """The customer that an identity points at; an empty list when there is none, or not the caller's to see."""
    as_of = now()
    found = _customers().find(call.query.to_identity(country=settings().phone_country))
    mine = call.caller.own_channel
    items = []
    if found is not None and (mine is None or mine in found[1].channels):
        tree, customer = found
        items.append(_shown(tree, customer, call.caller, as_of=as_of))
    return Answer(200, CustomersPage.model_construct(items=items, next_cursor=None))


@api.operation("resolve_customers", body=ResolveCustomers, answers={200: ResolutionsView})
def resolve_customers(call: Call[ResolveCustomers, None]) -> Answer:
    """Whom each record is about, with the evidence; nothing is kept. A channel hears of its own shoppers only, and its
    evidence is what it has told itself: else it could find out by asking what others were told."""
    mine = call.caller.own_channel
    items = []
    for number, record in enumerate(call.body.records):
        statement = record.to_statement(at=call.cause.at, country=settings().phone_country)
        found, threshold = _customers().resolve(readable(statement, at=f"/records/{number}"))
        seen = list(found.candidates) if mine is None else _customers().known_to(mine, found.candidates, statement)
        linked = next((one.root for one in found.links[:1] if one.root in {each.root for each in seen}), None)
        candidates = [CandidateView.of(one) for one in seen]
        items.append(
            ResolutionView.model_construct(customer_id=linked, threshold=round(threshold, 2), candidates=candidates)
        )
    return Answer(200, ResolutionsView.model_construct(items=items))


@api.operation("get_customer", answers={200: CustomerView})
def get_customer(call: Call[None, None]) -> Answer:
    """One shopper over all channels; to a channel only what it has said itself."""
    as_of = now()
    tree, customer = _visible(call.path["customer_id"], call.caller)
    if call.caller.principal.role in PEOPLE_OF_THE_SHOP:
        _profiles().note_access(customer.customer_id, call.cause)
    return Answer(200, _shown(tree, customer, call.caller, as_of=as_of))


@api.operation("get_timeline", query=TimelineQuery, answers={200: TimelineView})
def get_timeline(call: Call[None, TimelineQuery]) -> Answer:
    """What happened to the shopper over all channels, newest first; a channel reads what happened there."""
    tree, _ = _visible(call.path["customer_id"], call.caller)
    query = call.query
    only = Only(query.kinds(), query.reasons(), call.caller.own_channel)
    page = _customers().timeline(tree, limit=query.limit, cursor=query.cursor, only=only)
    items = [EntryView.of(entry) for entry in page.entries]
    return Answer(200, TimelineView.model_construct(items=items, next_cursor=page.next_cursor))


@api.operation("change_profile", body=ChangeProfile, answers={200: CustomerView})
def change_profile(call: Call[ChangeProfile, None]) -> Answer:
    """Change what is said of a customer. A shopper's own word shows, but identifies nobody before a channel says it."""
    customer_id, principal = call.path["customer_id"], call.caller.principal
    _visible(customer_id, call.caller)
    said_by = principal.channel or principal.role.value
    statement = call.body.to_statement(channel=said_by, at=call.cause.at, country=settings().phone_country)
    proven = principal.role is not Role.CUSTOMER
    _profiles().change(customer_id, readable(statement), call.body.choose, proven=proven, cause=call.cause)
    return Answer(200, _view(customer_id, call.caller))


@api.operation("add_interaction", body=AddInteraction, answers={200: EntryView, 201: EntryView})
def add_interaction(call: Call[AddInteraction, None]) -> Answer:
    """Keep what happened between the shopper and a channel, once."""
    call.caller.require(channel=call.body.channel)
    _visible(call.path["customer_id"], call.caller)
    entry = call.body.to_entry(customer_id=call.path["customer_id"], by=call.cause.actor)
    created = _profiles().interact(entry, call.cause)
    return Answer(201 if created else 200, EntryView.of(entry))


@api.operation("list_consents", answers={200: ConsentsView})
def list_consents(call: Call[None, None]) -> Answer:
    """What the shopper allows, per channel and purpose, with the history of each."""
    tree, _ = _visible(call.path["customer_id"], call.caller)
    items = [ConsentView.of(_own_words(standing, call.caller)) for standing in _profiles().consents(tree)]
    return Answer(200, ConsentsView.model_construct(items=items))


@api.operation("put_consent", body=PutConsent, answers={200: ConsentView})
def put_consent(call: Call[PutConsent, None]) -> Answer:
    """Keep a statement; of all statements the latest holds."""
    path, body = call.path, call.body
    tree, _ = _visible(path["customer_id"], call.caller)
    said = Consent(
        path["channel"], path["purpose"], body.granted, body.source, body.text_version, body.at, call.cause.actor
    )
    _profiles().state_consent(path["customer_id"], said, call.cause)
    pair = (said.channel, said.purpose)
    standing = next(one for one in _profiles().consents(tree) if (one.now.channel, one.now.purpose) == pair)
    return Answer(200, ConsentView.of(_own_words(standing, call.caller)))


@api.operation("list_accesses", answers={200: AccessesView})
def list_accesses(call: Call[None, None]) -> Answer:
    """Who of the shop's people read this profile."""
    tree, _ = _visible(call.path["customer_id"], call.caller)
    return Answer(200, AccessesView.of(_profiles().accesses(tree)))


@api.operation("export_customer", answers={200: ExportView})
def export_customer(call: Call[None, None]) -> Answer:
    """Everything that this service holds of a shopper, in one document."""
    as_of = now()
    tree, customer = _visible(call.path["customer_id"], call.caller)
    held = _profiles().everything(tree)
    return Answer(200, ExportView.of(held, CustomerView.of(customer, tree.links, as_of=as_of)))


def _view(customer_id: str, caller: Caller) -> CustomerView:
    as_of = now()
    tree, customer = _customers().get(customer_id)
    return _shown(tree, customer, caller, as_of=as_of)


def _shown(tree: Tree, customer: Customer, caller: Caller, *, as_of: datetime) -> CustomerView:
    """The shopper, as far as the caller may know them: to state somebody's mailbox is not to be that somebody."""
    channel = caller.own_channel
    if channel is None:
        return CustomerView.of(customer, tree.links, as_of=as_of)
    return CustomerView.of(_customers().as_seen_by(channel, tree, customer), (), as_of=as_of)


def _own_words(standing: Standing, caller: Caller) -> Standing:
    """What holds is for everybody who sends something; who said it where is not."""
    if caller.own_channel is None:
        return standing
    actor = caller.principal.actor
    return replace(standing, history=tuple(said for said in standing.history if said.recorded_by == actor))


def _visible(customer_id: str, caller: Caller) -> tuple[Tree, Customer]:
    """The shopper, if the caller may see it: a channel those who came through it, a shopper oneself.

    Raises CustomerNotFound, the same whether it does not exist or is somebody else's.
    """
    mine, channel = caller.own_customer_id, caller.own_channel
    tree, customer = _customers().get(customer_id)
    if mine is not None and mine not in tree.members:
        raise CustomerNotFound
    if channel is not None and channel not in customer.channels:
        raise CustomerNotFound
    return tree, customer


@api.operation("start_customer_import", body=CustomerImportBody, answers={201: ImportView})
def start_customer_import(call: Call[CustomerImportBody, None]) -> Answer:
    """Bulk import of customers, each row resolved as by the single call."""
    return Answer(201, desk(_table()).start(call.body, call.cause))


@api.operation("get_customer_import", query=PageQuery, answers={200: ImportView})
def get_customer_import(call: Call[None, PageQuery]) -> Answer:
    return Answer(200, desk(_table()).look(call.path["import_id"], call.query))


bind_erasures(api, _erasures, _visible)
bind_loyalty(api, lambda: Account(_table(), CustomerRepository(_table())), _visible)
