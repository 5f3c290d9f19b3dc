"""``python -m tests.e2e.quick_demo``: the demo, with a peak every quarter of a minute."""

from datetime import timedelta

from energy.demo import platform
from energy.demo.__main__ import main

if __name__ == "__main__":
    platform.PEAK_EVERY = timedelta(seconds=15)
    main()
