"""The parts of this service, made once per process at first use; what a part needs is imported then, not before."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from shared import clock
from shared.aws import client
from shared.dynamo.idempotency import pending_marker
from shared.dynamo.table import Table
from shared.metrics import emit
from shared.settings import settings

if TYPE_CHECKING:
    from functions.fulfilment.carriers.port import Carrier
    from functions.fulfilment.carriers.sandbox import SandboxCarrier
    from functions.fulfilment.repository.copies import CopyRepository
    from functions.fulfilment.repository.history import HistoryRepository
    from functions.fulfilment.repository.secret import LinkSecret
    from functions.fulfilment.service.asking import AskingService
    from functions.fulfilment.service.collections import CollectionService
    from functions.fulfilment.service.delivery_options import DeliveryOptionsService
    from functions.fulfilment.service.due import DueService
    from functions.fulfilment.service.geography import GeographyService
    from functions.fulfilment.service.manifests import ManifestService
    from functions.fulfilment.service.measures import MeasureService
    from functions.fulfilment.service.profiles import ProfileService
    from functions.fulfilment.service.rate_cards import RateCardService
    from functions.fulfilment.service.rerouting import ReroutingService
    from functions.fulfilment.service.routing import RoutingService
    from functions.fulfilment.service.shipping import ShippingService
    from functions.fulfilment.service.simulations import SimulationService
    from functions.fulfilment.service.sourcing import SourcingService
    from functions.fulfilment.service.voiding import SandboxService, VoidingService
    from functions.fulfilment.service.waking import WakingService
    from functions.fulfilment.service.waves import WaveService
    from functions.fulfilment.service.work import WorkService


@cache
def table() -> Table:
    """The service's own table; a pending idempotency marker becomes true with whatever is written."""
    return Table(client("dynamodb"), settings().table_name, marker=pending_marker)


@cache
def copies() -> CopyRepository:
    """The copies; one for all, since it remembers what it has read of the network."""
    from functions.fulfilment.repository.copies import CopyRepository

    return CopyRepository(table())


@cache
def work() -> WorkService:
    """The steps of the work."""
    from functions.fulfilment.repository.work import WorkRepository
    from functions.fulfilment.service.work import WorkService

    return WorkService(WorkRepository(table()), rerouting, clock=clock.now)


@cache
def sourcing() -> SourcingService:
    """The router's use cases."""
    from functions.fulfilment.repository.demands import DemandRepository
    from functions.fulfilment.repository.work import WorkRepository
    from functions.fulfilment.service.sourcing import SourcingService

    return SourcingService(
        DemandRepository(table()), copies(), WorkRepository(table()), clock=clock.now, key=lambda: link_secret().key()
    )


@cache
def rerouting() -> ReroutingService:
    """Another place for what one gives up."""
    from functions.fulfilment.repository.demands import DemandRepository
    from functions.fulfilment.service.rerouting import ReroutingService

    return ReroutingService(DemandRepository(table()), copies(), sourcing(), link_secret(), clock=clock.now)


@cache
def asking() -> AskingService:
    """What shoppers choose for units that no place can ship."""
    from functions.fulfilment.repository.demands import DemandRepository
    from functions.fulfilment.service.asking import AskingService

    return AskingService(DemandRepository(table()), copies(), sourcing(), clock=clock.now)


@cache
def waking() -> WakingService:
    """Who waits, looked at again."""
    from functions.fulfilment.repository.demands import DemandRepository
    from functions.fulfilment.repository.rounds import RoundRepository
    from functions.fulfilment.service.waking import WakingService

    return WakingService(DemandRepository(table()), copies(), RoundRepository(table()), sourcing(), clock=clock.now)


@cache
def routing() -> RoutingService:
    """Dry runs and explanations."""
    from functions.fulfilment.repository.demands import DemandRepository
    from functions.fulfilment.repository.profiles import ProfileRepository
    from functions.fulfilment.service.routing import RoutingService

    return RoutingService(copies(), DemandRepository(table()), ProfileRepository(table()), clock=clock.now)


@cache
def profiles() -> ProfileService:
    """Routing profiles and their stages."""
    from functions.fulfilment.repository.profiles import ProfileRepository
    from functions.fulfilment.service.profiles import ProfileService

    return ProfileService(ProfileRepository(table()), clock=clock.now)


@cache
def delivery_options() -> DeliveryOptionsService:
    """What a checkout may offer."""
    from functions.fulfilment.service.delivery_options import DeliveryOptionsService

    return DeliveryOptionsService(copies(), clock=clock.now)


@cache
def geography() -> GeographyService:
    """Where postal districts lie."""
    from functions.fulfilment.repository.geography import GeographyRepository
    from functions.fulfilment.service.geography import GeographyService

    return GeographyService(GeographyRepository(table()))


@cache
def rate_cards() -> RateCardService:
    """Rate cards."""
    from functions.fulfilment.repository.rate_cards import RateCardRepository
    from functions.fulfilment.service.rate_cards import RateCardService

    return RateCardService(RateCardRepository(table()), clock=clock.now)


@cache
def history() -> HistoryRepository:
    """What the projector derives."""
    from functions.fulfilment.repository.history import HistoryRepository

    return HistoryRepository(Table(client("dynamodb"), settings().projection_table_name))


@cache
def simulations() -> SimulationService:
    """Past orders under other profiles."""
    from functions.fulfilment.repository.profiles import ProfileRepository
    from functions.fulfilment.repository.simulations import SimulationRepository
    from functions.fulfilment.service.simulations import SimulationService

    return SimulationService(SimulationRepository(table()), ProfileRepository(table()), history())


@cache
def link_secret() -> LinkSecret:
    """The key of shoppers' links."""
    from functions.fulfilment.repository.secret import LinkSecret

    return LinkSecret(table())


@cache
def collections() -> CollectionService:
    """The life of collections."""
    from functions.fulfilment.repository.work import WorkRepository
    from functions.fulfilment.service.collections import CollectionService

    return CollectionService(work(), WorkRepository(table()), copies(), lambda: link_secret().key(), clock=clock.now)


@cache
def sandbox() -> SandboxCarrier:
    """The built-in carrier, with rows of its own: no command's marker is made true by what it remembers."""
    from functions.fulfilment.carriers.sandbox import SandboxCarrier
    from functions.fulfilment.repository.sandbox_labels import SandboxLabels

    return SandboxCarrier(SandboxLabels(Table(client("dynamodb"), settings().table_name)))


@cache
def carriers() -> Mapping[str, Carrier]:
    """Those that labels are bought of, by name."""
    from functions.fulfilment.carriers.sandbox import SandboxCarrier

    return {SandboxCarrier.name: sandbox()}


@cache
def shipping() -> ShippingService:
    """Labels and tracking."""
    from functions.fulfilment.repository.addresses import AddressRepository
    from functions.fulfilment.repository.demands import DemandRepository
    from functions.fulfilment.repository.work import WorkRepository
    from functions.fulfilment.service.shipping import ShippingService

    return ShippingService(
        WorkRepository(table()),
        DemandRepository(table()),
        copies(),
        AddressRepository(table()),
        carriers(),
        clock=clock.now,
    )


@cache
def voiding() -> VoidingService:
    """Labels on their way back."""
    from functions.fulfilment.repository.work import WorkRepository
    from functions.fulfilment.service.voiding import VoidingService

    return VoidingService(WorkRepository(table()), carriers(), clock=clock.now)


@cache
def driving() -> SandboxService:
    """What becomes of the sandbox carrier's parcels."""
    from functions.fulfilment.repository.work import WorkRepository
    from functions.fulfilment.service.voiding import SandboxService

    return SandboxService(WorkRepository(table()), sandbox(), clock=clock.now)


@cache
def waves() -> WaveService:
    """Waves and shelf positions."""
    from functions.fulfilment.repository.waves import WaveRepository
    from functions.fulfilment.repository.work import WorkRepository
    from functions.fulfilment.service.waves import WaveService

    return WaveService(WaveRepository(table()), WorkRepository(table()), clock=clock.now)


@cache
def manifests() -> ManifestService:
    """What carriers took along."""
    from functions.fulfilment.repository.manifests import ManifestRepository
    from functions.fulfilment.repository.work import WorkRepository
    from functions.fulfilment.service.manifests import ManifestService

    return ManifestService(ManifestRepository(table()), WorkRepository(table()), clock=clock.now)


@cache
def measures() -> MeasureService:
    """How places work."""
    from functions.fulfilment.repository.measures import MeasureRepository
    from functions.fulfilment.service.measures import MeasureService

    return MeasureService(MeasureRepository(table()), copies(), emit)


@cache
def due() -> DueService:
    """What is due by time."""
    from functions.fulfilment.repository.demands import DemandRepository
    from functions.fulfilment.repository.work import WorkRepository
    from functions.fulfilment.service.due import DueService

    return DueService(
        WorkRepository(table()),
        work(),
        rerouting(),
        DemandRepository(table()),
        sourcing(),
        asking(),
        waking(),
        voiding(),
        clock.now,
    )
