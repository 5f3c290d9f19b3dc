"""Sums quarter hours with the platform's own task: `python -m bench.history.sums`.

Prints how long that took, in seconds.
"""

import os
import time


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "energy.settings")
    django.setup()
    print(sum_all())


def sum_all() -> float:
    """Brings all quarter hours up to date; the seconds that took."""
    from monitoring.tasks import sum_intervals

    started = time.perf_counter()
    sum_intervals()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
