"""Partitions that tests drop with all that is in them, which the product never does."""

from monitoring.partitions.locks import change_of_tables
from monitoring.partitions.months import Month
from monitoring.partitions.tables import drop_table, get_edge, get_partitions


def drop_partition(month: Month) -> bool:
    """Drops the month's partition; False if there is none."""
    with change_of_tables():
        if month not in get_partitions():
            return False
        drop_table(month.partition)
    return True


def drop_edge() -> None:
    """Drops what retention has left of the months before, if it has dropped any."""
    if edge := get_edge():
        with change_of_tables():
            drop_table(edge.edge)
