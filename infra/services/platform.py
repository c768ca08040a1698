"""Platform: health, the OpenAPI document, and in testing stages the clock."""

from __future__ import annotations

from infra.constructs.service_stack import ServiceStack


class PlatformStack(ServiceStack):
    """One function. Where there is a testing clock it may set it, and tell the timers."""

    service = "platform"

    def describe(self) -> None:
        clock = self.core.clock
        if clock is None:
            self.api(environment={})
            return
        api = self.api(environment={"BUS_NAME": self.core.bus.event_bus_name})
        clock.allow_reading_and_writing(api)
        self.core.bus.grant_put_events_to(api)
