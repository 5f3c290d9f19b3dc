"""A period beside the one before, in words."""

from collections.abc import Mapping

from django import template
from django.template.defaultfilters import floatformat
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from monitoring.pages.periods import Period
from monitoring.rules.comparison import Compared
from monitoring.templatetags.changes import Texts
from monitoring.templatetags.quantities import kwh

register = template.Library()

SHOW: Mapping[Period, str | Promise] = {
    Period.DAY: _("Compare with the day before"),
    Period.WEEK: _("Compare with the week before"),
    Period.MONTH: _("Compare with the month before"),
    Period.YEAR: _("Compare with the year before"),
}
HIDE: Mapping[Period, str | Promise] = {
    Period.DAY: _("Hide the day before"),
    Period.WEEK: _("Hide the week before"),
    Period.MONTH: _("Hide the month before"),
    Period.YEAR: _("Hide the year before"),
}
PREVIOUS: Mapping[Period, str | Promise] = {
    Period.DAY: _("Previous day"),
    Period.WEEK: _("Previous week"),
    Period.MONTH: _("Previous month"),
    Period.YEAR: _("Previous year"),
}
NEXT: Mapping[Period, str | Promise] = {
    Period.DAY: _("Next day"),
    Period.WEEK: _("Next week"),
    Period.MONTH: _("Next month"),
    Period.YEAR: _("Next year"),
}
SAME_TIMES = Texts(
    _("At the same times: %(percent)s%% more (%(now)s against %(before)s)."),
    _("At the same times: %(percent)s%% less (%(now)s against %(before)s)."),
    _("At the same times: the same (%(now)s against %(before)s)."),
)
SAME_DAYS = Texts(
    _("On the same days: %(percent)s%% more (%(now)s against %(before)s)."),
    _("On the same days: %(percent)s%% less (%(now)s against %(before)s)."),
    _("On the same days: the same (%(now)s against %(before)s)."),
)
TOO_LITTLE = _("There is nothing to compare: the two periods have no known times in common.")


@register.simple_tag
def show_before(period: Period) -> str:
    """What the link says that shows the period before."""
    return str(SHOW[period])


@register.simple_tag
def hide_before(period: Period) -> str:
    """What the link says that hides it."""
    return str(HIDE[period])


@register.simple_tag
def previous_period(period: Period) -> str:
    """The text of the link to the period before."""
    return str(PREVIOUS[period])


@register.simple_tag
def next_period(period: Period) -> str:
    """The text of the link to the period after."""
    return str(NEXT[period])


@register.simple_tag
def than_before(period: Period, compared: Compared | None) -> str:
    """The change in a sentence, with the energies that it is of: those that both periods know."""
    if compared is None or compared.change_percent is None:
        return str(TOO_LITTLE)
    texts = SAME_TIMES if period in (Period.DAY, Period.WEEK) else SAME_DAYS
    percent = floatformat(abs(compared.change_percent), "0g")
    text = texts.same if percent == "0" else texts[compared.change_percent < 0]
    energies = {"now": kwh(compared.compared_kwh), "before": kwh(compared.reference_kwh)}
    return str(text) % {"percent": percent, **energies}
