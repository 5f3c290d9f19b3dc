"""The platform's settings, and the baseline's tables beside its own."""

from energy.settings import *  # noqa: F403
from energy.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "bench.baseline"]
