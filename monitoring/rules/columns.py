"""The types of numpy columns that the rules and the store work on."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Instants: TypeAlias = NDArray[np.int64]  # UTC microseconds since 1970
Keys: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Booleans: TypeAlias = NDArray[np.bool_]

#: In place of a reading's time where there is no reading: earlier than any.
NEVER_US = -1
