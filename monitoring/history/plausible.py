"""Sentences that refuse a decision which would make energy out of nothing, with the numbers."""

from datetime import datetime
from decimal import Decimal

from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from monitoring.rules.instants import from_us
from monitoring.rules.power import Sample
from monitoring.rules.registers import PLAUSIBLE_POWER, Risen, most_plausible_kw


def say_kwh(energy_kwh: float) -> str:
    """An energy to the watt hour, without zeros behind the point."""
    rounded = Decimal(f"{energy_kwh:.3f}").normalize()
    decimals = max(0, -int(rounded.as_tuple().exponent))
    return number_format(rounded, decimals, force_grouping=True)


def say_time(at: datetime) -> str:
    """A time of the reader's zone, with its seconds: readings may be seconds apart."""
    return date_format(localtime(at), _("j M Y, H:i:s"))


def say_risen(risen: Risen) -> dict[str, str]:
    """An energy and its span, for a text."""
    return {
        "used": say_kwh(risen.kwh),
        "start": say_time(from_us(risen.start_us)),
        "end": say_time(from_us(risen.end_us)),
    }


def say_sample(sample: Sample) -> dict[str, str]:
    """A register and its time, for a text."""
    return {"kwh": say_kwh(sample.energy_kwh), "at": say_time(from_us(sample.at_us))}


def refuse_old_meter(risen: Risen, *, max_power_kw: float) -> str:
    """Why the old meter cannot have used this after its last reading."""
    return _(
        "From its last reading on %(start)s to %(end)s the old meter would have used %(used)s kWh: "
        "%(power)s kW on average. More than %(most)s kW, %(times)s times the sensor's maximum, is "
        "not plausible. Check the time and the final register."
    ) % _refused(risen, max_power_kw)


def refuse_new_meter(risen: Risen, *, max_power_kw: float) -> str:
    """Why the new meter cannot have used this before its first reading."""
    return _(
        "From %(start)s to its first reading on %(end)s the new meter would have used %(used)s "
        "kWh: %(power)s kW on average. More than %(most)s kW, %(times)s times the sensor's "
        "maximum, is not plausible. Check the time and the first register."
    ) % _refused(risen, max_power_kw)


def refuse_rollover(risen: Risen, *, max_power_kw: float) -> str:
    """Why a register cannot have rolled over."""
    return _(
        "As a rollover it would be %(used)s kWh from %(start)s to %(end)s: %(power)s kW on "
        "average. More than %(most)s kW, %(times)s times the sensor's maximum, is not plausible."
    ) % _refused(risen, max_power_kw)


def refuse_absence(risen: Risen, *, max_power_kw: float) -> str:
    """Why a replacement cannot be taken away."""
    return _(
        "Without this replacement history would show %(used)s kWh from %(start)s to %(end)s: "
        "%(power)s kW on average. More than %(most)s kW, %(times)s times the sensor's maximum, is "
        "not plausible."
    ) % _refused(risen, max_power_kw)


def _refused(risen: Risen, max_power_kw: float) -> dict[str, str]:
    return {
        **say_risen(risen),
        "power": say_kwh(min(risen.mean_kw, 1e15)),
        "most": say_kwh(most_plausible_kw(max_power_kw)),
        "times": say_kwh(PLAUSIBLE_POWER),
    }
