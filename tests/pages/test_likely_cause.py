"""The likely cause of a peak, as its reader sees it."""

from monitoring.rules.causes import Cause, Explanation
from monitoring.templatetags.alerts import likely_cause
from tests.conftest import NOON


def test_its_figures_add_up_to_the_peak_as_they_are_written() -> None:
    explanation = Explanation(Cause.ADDED_LOAD, NOON, usual_kw=1.196, added_kw=6.026, peak_days=1)
    words = likely_cause(explanation).replace("\N{NO-BREAK SPACE}", " ")  # 7.222 kW: "7.22"
    assert "6.02 kW on top of the usual 1.20 kW" in words
