"""The parts of this service, made once per process at first use."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from functions.fulfilment.carriers.port import Carrier
from functions.fulfilment.carriers.sandbox import SandboxCarrier
from functions.fulfilment.repository.addresses import AddressRepository
from functions.fulfilment.repository.copies import CopyRepository
from functions.fulfilment.repository.demands import DemandRepository
from functions.fulfilment.repository.geography import GeographyRepository
from functions.fulfilment.repository.history import HistoryRepository
from functions.fulfilment.repository.manifests import ManifestRepository
from functions.fulfilment.repository.measures import MeasureRepository
from functions.fulfilment.repository.profiles import ProfileRepository
from functions.fulfilment.repository.rate_cards import RateCardRepository
from functions.fulfilment.repository.rounds import RoundRepository
from functions.fulfilment.repository.sandbox_labels import SandboxLabels
from functions.fulfilment.repository.secret import LinkSecret
from functions.fulfilment.repository.simulations import SimulationRepository
from functions.fulfilment.repository.waves import WaveRepository
from functions.fulfilment.repository.work import WorkRepository
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
from shared import clock
from shared.aws import client
from shared.dynamo.idempotency import pending_marker
from shared.dynamo.table import Table
from shared.metrics import emit
from shared.settings import settings


@cache
def table() -> Table:
    """The service's own table; a pending idempotency marker becomes true with whatever is written."""
    return Table(client("dynamodb"), settings().table_name, marker=pending_marker)


@cache
def copies() -> CopyRepository:
    """The copies; one for all, since it remembers what it has read of the network."""
    return CopyRepository(table())


@cache
def work() -> WorkService:
    """The steps of the work."""
    return WorkService(WorkRepository(table()), rerouting, clock=clock.now)


@cache
def sourcing() -> SourcingService:
    """The router's use cases."""
    return SourcingService(
        DemandRepository(table()), copies(), WorkRepository(table()), clock=clock.now, key=lambda: link_secret().key()
    )


@cache
def rerouting() -> ReroutingService:
    """Another place for what one gives up."""
    return ReroutingService(DemandRepository(table()), copies(), sourcing(), link_secret(), clock=clock.now)


@cache
def asking() -> AskingService:
    """What shoppers choose for units that no place can ship."""
    return AskingService(DemandRepository(table()), copies(), sourcing(), clock=clock.now)


@cache
def waking() -> WakingService:
    """Who waits, looked at again."""
    return WakingService(DemandRepository(table()), copies(), RoundRepository(table()), sourcing(), clock=clock.now)


@cache
def routing() -> RoutingService:
    """Dry runs and explanations."""
    return RoutingService(copies(), DemandRepository(table()), ProfileRepository(table()), clock=clock.now)


@cache
def profiles() -> ProfileService:
    """Routing profiles and their stages."""
    return ProfileService(ProfileRepository(table()), clock=clock.now)


@cache
def delivery_options() -> DeliveryOptionsService:
    """What a checkout may offer."""
    return DeliveryOptionsService(copies(), clock=clock.now)


@cache
def geography() -> GeographyService:
    """Where postal districts lie."""
    return GeographyService(GeographyRepository(table()))


@cache
def rate_cards() -> RateCardService:
    """Rate cards."""
    return RateCardService(RateCardRepository(table()), clock=clock.now)


@cache
def history() -> HistoryRepository:
    """What the projector derives."""
    return HistoryRepository(Table(client("dynamodb"), settings().projection_table_name))


@cache
def simulations() -> SimulationService:
    """Past orders under other profiles."""
    return SimulationService(SimulationRepository(table()), ProfileRepository(table()), history())


@cache
def link_secret() -> LinkSecret:
    """The key of shoppers' links."""
    return LinkSecret(table())


@cache
def collections() -> CollectionService:
    """The life of collections."""
    return CollectionService(work(), WorkRepository(table()), copies(), lambda: link_secret().key(), clock=clock.now)


@cache
def sandbox() -> SandboxCarrier:
    """The built-in carrier, with rows of its own: no command's marker is made true by what it remembers."""
    return SandboxCarrier(SandboxLabels(Table(client("dynamodb"), settings().table_name)))


@cache
def carriers() -> Mapping[str, Carrier]:
    """Those that labels are bought of, by name."""
    return {SandboxCarrier.name: sandbox()}


@cache
def shipping() -> ShippingService:
    """Labels and tracking."""
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
    return VoidingService(WorkRepository(table()), carriers(), clock=clock.now)


@cache
def driving() -> SandboxService:
    """What becomes of the sandbox carrier's parcels."""
    return SandboxService(WorkRepository(table()), sandbox(), clock=clock.now)


@cache
def waves() -> WaveService:
    """Waves and shelf positions."""
    return WaveService(WaveRepository(table()), WorkRepository(table()), clock=clock.now)


@cache
def manifests() -> ManifestService:
    """What carriers took along."""
    return ManifestService(ManifestRepository(table()), WorkRepository(table()), clock=clock.now)


@cache
def measures() -> MeasureService:
    """How places work."""
    return MeasureService(MeasureRepository(table()), copies(), emit)


@cache
def due() -> DueService:
    """What is due by time."""
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
