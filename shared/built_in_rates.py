"""What parcels cost until the retailer puts a rate card: the same figures for plans and for quotes."""

from __future__ import annotations

ZONES: tuple[tuple[str, float | None], ...] = (("local", 50), ("region", 200), ("country", 600), ("far", None))
"""At home: up to so many kilometres as the crow flies."""
ABROAD = "abroad"
UNKNOWN_DISTANCE_ZONE = "region"
LABELS = {"local": (320, 30), "region": (390, 45), "country": (460, 60), "far": (690, 90), ABROAD: (1450, 250)}
"""The label, and each kilogram: minor units of whatever currency the network's handling costs are in."""
SERVICE_SURCHARGE = {"standard": 0, "express": 350}
"""On the label, by service."""
