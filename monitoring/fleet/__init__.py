"""The fleet as administrators see it: meters, readings a minute, what waits for a decision."""
