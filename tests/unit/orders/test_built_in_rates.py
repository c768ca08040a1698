"""The rates that hold until others are put: quotes and plans know the same ones."""

from __future__ import annotations

import pytest

from functions.fulfilment.domain import rates
from functions.orders.domain.copies import BUILT_IN, Place
from shared.geo import Geo


@pytest.mark.parametrize("service", ["standard", "express", "by_drone"])
@pytest.mark.parametrize(("lat", "country"), [(53.8, "GB"), (53.0, "GB"), (51.5, "GB"), (45.0, "GB"), (48.0, "FR")])
def test_the_built_in_rates_are_those_of_the_plans(service: str, lat: float, country: str) -> None:
    origin, to = Geo(53.8, -1.5), Geo(lat, -1.5)
    planned = rates.rate(origin, "GB", to, country, service=service)
    quoted = BUILT_IN.tariff(service, Place("DC", 1, "GB", origin), country, to)
    assert quoted is not None
    assert quoted.amount(2400) == planned.tariff.amount(2400)
