"""Servers of a test's own come from ``bin/_services``, as in ``tests/faults``."""

import sys

from tests.servers import ROOT

sys.path.insert(0, str(ROOT / "bin"))
