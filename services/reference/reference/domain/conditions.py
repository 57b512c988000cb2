"""Weather and water at a spot, simulated: alike for the same spot and hour, and plausible.

Who shows them says that they are simulated. The real sources are NOAA's, api.weather.gov and
api.tidesandcurrents.noaa.gov.
"""

from __future__ import annotations

import hashlib
import math
from datetime import UTC, datetime
from typing import Literal

from msgspec import Struct

SOURCE = "simulated"
Rating = Literal["good", "fair", "poor"]


class Spot(Struct, frozen=True):
    """A place for sessions. Its climate: mean temperatures (Celsius) and wind (m/s)."""

    name: str
    title: str
    latitude: float
    longitude: float
    air: float
    water: float
    wind: float
    is_sea: bool = False


SPOTS = {
    spot.name: spot
    for spot in (
        Spot("half-moon-bay", "Half Moon Bay", 37.46, -122.43, 13, 13, 6, is_sea=True),
        Spot("lake-tahoe", "Lake Tahoe", 39.10, -120.03, 8, 11, 4),
        Spot("la-jolla", "La Jolla Cove", 32.85, -117.27, 18, 18, 4, is_sea=True),
        Spot("columbia-gorge", "Columbia River Gorge", 45.72, -121.52, 11, 12, 8),
        Spot("san-juan-islands", "San Juan Islands", 48.53, -123.02, 10, 10, 5, is_sea=True),
        Spot("lake-powell", "Lake Powell", 37.07, -111.24, 16, 17, 4),
        Spot("outer-banks", "Outer Banks", 35.56, -75.47, 17, 19, 7, is_sea=True),
        Spot("boundary-waters", "Boundary Waters", 47.95, -91.50, 4, 9, 3),
        Spot("key-largo", "Key Largo", 25.09, -80.45, 25, 27, 5, is_sea=True),
        Spot("acadia", "Acadia", 44.34, -68.27, 8, 9, 5, is_sea=True),
    )
}


class Reading(Struct, frozen=True):
    """Conditions at one hour: degrees Celsius, metres a second, metres.

    source: where they come from.
    """

    spot: str
    hour: datetime
    air_celsius: float
    water_celsius: float
    wind_mps: float
    gust_mps: float
    wave_metres: float
    tide_metres: float | None
    rating: Rating
    source: str


def reading(spot: Spot, moment: datetime) -> Reading:
    """The conditions at a spot in the hour of this moment."""
    hour = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    season = -math.cos(2 * math.pi * (hour.timetuple().tm_yday - 15) / 365)
    # Local noon is when the sun is highest: 15 degrees of longitude are an hour.
    day = -math.cos(2 * math.pi * (hour.hour + spot.longitude / 15 - 2) / 24)
    air = spot.air + 9 * season + 4 * day + 3 * _chance(spot, hour, "air")
    water = spot.water + 5 * season + _chance(spot, hour, "water")
    wind = max(0.0, spot.wind * (1 + 0.3 * day + 0.8 * _chance(spot, hour, "wind")))
    gust = wind * (1.3 + 0.2 * abs(_chance(spot, hour, "gust")))
    wave = 0.02 * wind**1.7 * (1.6 if spot.is_sea else 1)
    tide = 1.2 * math.sin(2 * math.pi * hour.timestamp() / 44_714) if spot.is_sea else None
    return Reading(
        spot=spot.name,
        hour=hour,
        air_celsius=round(air, 1),
        water_celsius=round(max(water, 0), 1),
        wind_mps=round(wind, 1),
        gust_mps=round(gust, 1),
        wave_metres=round(wave, 2),
        tide_metres=None if tide is None else round(tide, 2),
        rating=rating(gust, wave, air),
        source=SOURCE,
    )


def rating(gust_mps: float, wave_metres: float, air_celsius: float) -> Rating:
    """Whether one would go out in a small boat."""
    if gust_mps > 13 or wave_metres > 2 or air_celsius < -5:
        return "poor"
    if gust_mps > 8 or wave_metres > 1 or air_celsius < 5:
        return "fair"
    return "good"


def _chance(spot: Spot, hour: datetime, what: str) -> float:
    """A number from -1 to 1 that is always the same for the same place, hour and thing."""
    digest = hashlib.sha256(f"{spot.name} {hour.isoformat()} {what}".encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**31 - 1
