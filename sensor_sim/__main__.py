"""``python -m sensor_sim``: simulated meters without Django and without a database."""

import sys

from sensor_sim.cli import main

sys.exit(main())
