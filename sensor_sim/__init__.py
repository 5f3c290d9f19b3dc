"""The meter's side: simulated smart meters that publish their registers to the broker.

Knows the broker and the wire message, and nothing of the platform behind them. At the command line
it is ``python -m sensor_sim``; from a program, construct a ``Meter`` and a ``Publisher``, and give
``merge_readings(...)`` to ``run_simulation``.
"""

from sensor_sim.fleet import fleet_sensor_ids
from sensor_sim.meter import Meter, Reading, merge_readings, past_readings
from sensor_sim.peaks import Peaks
from sensor_sim.publisher import Publisher
from sensor_sim.runner import Pace, run_simulation

__all__ = [
    "Meter",
    "Pace",
    "Peaks",
    "Publisher",
    "Reading",
    "fleet_sensor_ids",
    "merge_readings",
    "past_readings",
    "run_simulation",
]
