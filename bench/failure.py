"""What ends a benchmark."""


class BenchFailed(Exception):
    """Something did not work, so there is no figure. The text is for whoever started it."""
