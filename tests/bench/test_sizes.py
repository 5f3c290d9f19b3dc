"""Sizes for a quiet machine, and for a try."""

import pytest

from bench.sizes import QUICK_SCALE, Sizes


def test_the_full_sizes_are_what_the_figures_speak_of() -> None:
    sizes = Sizes().scaled(1)
    assert sizes.rounds >= 3
    assert sizes.batch.readings >= 1_000_000
    assert sizes.batch.per_message == sizes.fleet.per_message == 100
    assert (sizes.single.sensors, sizes.batch.sensors, sizes.fleet.sensors) == (
        1_000,
        1_000,
        100_000,
    )
    assert sizes.imported.readings == 1_000_000
    assert sizes.latency_samples >= 300
    assert (sizes.sockets[0], sizes.sockets[-1]) == (2, 5_000)


@pytest.mark.parametrize("scale", [1, 0.5, 0.1, QUICK_SCALE, 0.0001])
def test_every_message_of_a_scaled_workload_is_full(scale: float) -> None:
    sizes = Sizes().scaled(scale)
    for workload in (
        sizes.single,
        sizes.batch,
        sizes.fleet,
        sizes.loop,
        sizes.task,
        sizes.imported,
    ):
        assert workload.readings == workload.messages * workload.per_message > 0
        assert workload.sensors % workload.per_message == 0
    assert len(sizes.sockets) >= 2
