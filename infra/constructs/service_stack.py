"""The stack of one service, and the short words by which a service describes its parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.assets import Target
from infra.constructs.functions import ServiceFunction
from infra.constructs.imports import ImportLane
from infra.constructs.inbox import EventInbox
from infra.constructs.packages import service_code, service_layer
from infra.constructs.queues import DeadLetterQueue
from infra.constructs.streams import StreamReader
from infra.constructs.tables import ServiceTable
from infra.constructs.timer import ServiceTimer
from infra.core import CoreStack
from shared.events.base import Event
from shared.routes import routes_of

API_TIMEOUT_SECONDS = 29
"""The gateway waits 30 s. Less would cut off what is only slow (an audit, a cold start on a busy laptop) half-way."""
READER_TIMEOUT_SECONDS = 10
WORKER_TIMEOUT_SECONDS = 30
IMPORT_TIMEOUT_SECONDS = 60
"""A slice takes 20 s and a step more (`shared.imports.worker`)."""


class ServiceStack(cdk.Stack):
    """Everything of one service. Subclasses say which tables and functions there are and who may touch what."""

    service: str

    def __init__(self, scope: Construct, id_: str, *, core: CoreStack, target: Target) -> None:
        super().__init__(scope, id_)
        self.core = core
        self.stage_settings = core.stage_settings
        self.target = target
        self._code = service_code(self.service, target)
        self._layer = service_layer(self, target)
        self._failures: DeadLetterQueue | None = None
        self.describe()

    def describe(self) -> None:
        """Make the parts of this service."""
        raise NotImplementedError

    def table(self, id_: str, *, indexes: int = 0, stream: bool = False, keys_only: bool = False) -> ServiceTable:
        """A table of this service."""
        return ServiceTable(self, id_, stage=self.stage_settings, indexes=indexes, stream=stream, keys_only=keys_only)

    def function(
        self,
        module: str,
        *,
        environment: Mapping[str, str],
        timeout_seconds: int = WORKER_TIMEOUT_SECONDS,
        memory_mb: int | None = None,
        layers: Sequence[lambda_.ILayerVersion] = (),
    ) -> ServiceFunction:
        """The entry point `functions.<service>.<module>.handler`. In testing stages it may read the clock. `layers`:
        beside the one that all have."""
        clock = self.core.clock
        function = ServiceFunction(
            self,
            module.capitalize(),
            stage=self.stage_settings,
            service=self.service,
            module=module,
            code=self._code,
            layers=[self._layer, *layers],
            memory_mb=memory_mb or self.stage_settings.worker_memory_mb,
            timeout_seconds=timeout_seconds,
            environment={**environment, **({"CLOCK_TABLE_NAME": clock.table_name} if clock else {})},
        )
        if clock:
            clock.allow_reading(function)
        return function

    def api(self, *, environment: Mapping[str, str]) -> ServiceFunction:
        """The function behind this service's rows of the route table."""
        function = self.function(
            "api",
            environment=environment,
            timeout_seconds=API_TIMEOUT_SECONDS,
            memory_mb=self.stage_settings.api_memory_mb,
        )
        routes = [route for route in routes_of(self.service) if self.stage_settings.testing or not route.testing_only]
        self.core.gateway.add_routes(function, routes)
        return function

    def relay(self, table: ServiceTable) -> ServiceFunction:
        """The reader of the table's stream that may put events on the bus, and nothing else."""
        function = self.reader("relay", table, environment={"BUS_NAME": self.core.bus.event_bus_name})
        self.core.bus.grant_put_events_to(function)
        return function

    def reader(self, module: str, table: ServiceTable, *, environment: Mapping[str, str]) -> ServiceFunction:
        """A reader of the table's stream."""
        function = self.function(
            module,
            environment={**environment, "TABLE_NAME": table.table_name},
            timeout_seconds=READER_TIMEOUT_SECONDS,
        )
        StreamReader(
            self,
            f"{module.capitalize()}Stream",
            stage=self.stage_settings,
            table=table,
            function=function,
            failures=self.failures,
        )
        return function

    def inbox(self, id_: str, consumer: ServiceFunction, *, receives: Sequence[type[Event]]) -> EventInbox:
        """The queue by which the consumer gets these events."""
        return EventInbox(self, id_, stage=self.stage_settings, bus=self.core.bus, consumer=consumer, receives=receives)

    def imports(
        self, api: ServiceFunction, table: ServiceTable, *, environment: Mapping[str, str] | None = None
    ) -> ServiceFunction:
        """The worker behind bulk imports, which the API opens; both keep them in the service's own table."""
        worker = self.function(
            "importer",
            environment={"TABLE_NAME": table.table_name, **(environment or {})},
            timeout_seconds=IMPORT_TIMEOUT_SECONDS,
            memory_mb=self.stage_settings.api_memory_mb,
        )
        table.allow_reading_and_writing(worker)
        ImportLane(self, "Imports", stage=self.stage_settings, api=api, worker=worker)
        return worker

    def timer(
        self, function: ServiceFunction, *, every: cdk.Duration, also_on: type[Event] | None = None, id_: str = "Timing"
    ) -> ServiceTimer:
        """Calls the function at that rate, and in testing stages at once when `also_on` happens (the clock moves)."""
        return ServiceTimer(
            self,
            id_,
            function=function,
            every=every,
            failures=self.failures,
            bus=self.core.bus,
            also_on=also_on if self.stage_settings.testing else None,
        )

    @property
    def failures(self) -> DeadLetterQueue:
        """Where stream batches and timer calls end that failed for good."""
        self._failures = self._failures or DeadLetterQueue(
            self, "Failures", of=f"{self.service} stream or timer", runbook="Failures"
        )
        return self._failures
