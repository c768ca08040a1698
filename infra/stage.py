"""Everything in which one deployed stage differs from another, in one frozen object."""

from __future__ import annotations

from dataclasses import dataclass, replace

STAGE_VARIABLE = "THROUGHLINE_STAGE"
"""The environment variable that names the stage which `cdk` synthesises; `throughline deploy` sets it."""

CHANNELS = ("web", "app", "pos", "call_centre", "social", "marketplace", "agent")


class UnknownStage(ValueError):
    """The stage has no settings in `infra/stage.py`."""


@dataclass(frozen=True)
class Throttle:
    """What the gateway lets through. The rows behind an API set their own limits: rivals for one get 429 `busy`."""

    requests_per_second: int
    burst: int


@dataclass(frozen=True)
class Stage:
    """The settings of one stage. Constructs read these and never ask for a stage by its name."""

    name: str
    testing: bool
    """The testing clock's routes and table exist, and people may sign in with a password directly."""
    keeps_data: bool
    """Tables, pools and logs outlive the stack, and tables refuse deletion."""
    prebuilt_for_host: bool = False
    """Byte code and the layer's wheels are those of this computer instead of the Lambda runtime."""
    log_retention_days: int = 90
    api_memory_mb: int = 512
    """CPU grows with memory on Lambda: what somebody waits for gets more of it."""
    worker_memory_mb: int = 256
    throttle: Throttle = Throttle(requests_per_second=1_000, burst=2_000)
    channels: tuple[str, ...] = CHANNELS
    """Each one gets a machine client and a scope `throughline/channel.<name>`."""
    stripe_channels: tuple[str, ...] = ()
    """Channels whose payments go through Stripe; its key is in the secret `Throughline-<stage>/stripe`. All others' go
    to the built-in sandbox, which moves no money."""
    issuer: str | None = None
    """An identity provider of the retailer's own; None: the stack's Cognito pool."""
    audience: tuple[str, ...] = ()
    """Client ids or audiences that the issuer's tokens carry; with the stack's own pool its clients are added."""
    stream_batching_seconds: int = 0
    """How long a stream reader waits to fill a batch: fewer invocations for a little delay."""
    inbox_concurrency: int = 50
    """Batches of one inbox that are worked on at a time: a flood may not take every Lambda of the account."""
    alarm_oldest_message_seconds: int = 300
    alarm_stream_lag_seconds: int = 60
    alarm_email: str | None = None
    """Who is written to when an alarm changes its state; None: whoever subscribes to the topic later."""
    max_holds_per_owner: int | None = None
    """Checkout holds that one owner (a cart) may have at a time; None: no limit. A cap costs two write units a hold."""
    max_held_units_per_owner: int | None = None
    phone_country: str = "GB"
    """The country (ISO 3166) whose phone numbers shoppers write without a country code."""
    retention_days: tuple[tuple[str, int], ...] = ()
    """How many days visits, messages, calls, notes and carts are kept where that is not the default (see
    `functions/customers/domain/retention.py`)."""
    archive_days: int = 30
    """How long events without personal data can be replayed."""

    @property
    def prefix(self) -> str:
        """What the names of this stage's stacks begin with."""
        return f"Throughline-{self.name}"


_AWS = Stage(name="", testing=False, keeps_data=True, stream_batching_seconds=1)

STAGES: tuple[Stage, ...] = (
    Stage(
        name="local", testing=True, keeps_data=False, prebuilt_for_host=True, log_retention_days=7, inbox_concurrency=2
    ),
    replace(_AWS, name="test", testing=True, keeps_data=False, log_retention_days=7),
    replace(_AWS, name="staging", log_retention_days=30),
    replace(_AWS, name="prod", throttle=Throttle(requests_per_second=5_000, burst=10_000)),
)


def stage_named(name: str) -> Stage:
    """The settings of a stage. Raises UnknownStage, naming those that exist."""
    for stage in STAGES:
        if stage.name == name:
            return stage
    known = ", ".join(stage.name for stage in STAGES)
    raise UnknownStage(f"no stage is called {name!r}; infra/stage.py knows {known}")
