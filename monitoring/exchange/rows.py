"""What the formats have in common."""

from monitoring.rules.intervals import Quality

#: How the quality of an interval reads in a file.
QUALITIES = {quality.value: quality.name.lower() for quality in Quality}
