"""How much more or less something is than before, in a sentence."""

from typing import NamedTuple

from django import template
from django.template.defaultfilters import floatformat
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from monitoring.rules.comparison import Compared
from monitoring.templatetags.quantities import kwh

register = template.Library()

#: A sentence stands beside all that is known of a span. It is of all of that but for what rounding
#: to whole percents hides; or it says of how much it is, and that is most; or there is none.
ALL = 0.995
MOST = 0.9


class Texts(NamedTuple):
    """Whole sentences: how "more than" and "the same as" are put together differs by language."""

    more: str | Promise
    less: str | Promise
    same: str | Promise


USUAL = Texts(
    _("%(percent)s%% more than usual by now (%(before)s)"),
    _("%(percent)s%% less than usual by now (%(before)s)"),
    _("the same as usual by now (%(before)s)"),
)
LAST_MONTH = Texts(
    _("%(percent)s%% more than last month up to the same day (%(before)s)"),
    _("%(percent)s%% less than last month up to the same day (%(before)s)"),
    _("the same as last month up to the same day (%(before)s)"),
)
LAST_YEAR = Texts(
    _("%(percent)s%% more than a year ago (%(before)s)"),
    _("%(percent)s%% less than a year ago (%(before)s)"),
    _("the same as a year ago (%(before)s)"),
)


@register.simple_tag
def than_usual(change: Compared) -> str:
    """A day so far beside what is usual by then."""
    return compare(USUAL, change)


@register.simple_tag
def than_last_month(change: Compared) -> str:
    """A month so far beside as many days of the month before."""
    return compare(LAST_MONTH, change)


@register.simple_tag
def than_last_year(change: Compared) -> str:
    """A month so far beside the same days of the year before."""
    return compare(LAST_YEAR, change)


def compare(texts: Texts, change: Compared) -> str:
    """The sentence for a change; what rounds to nothing is none.

    Hours without a "before", as those of a meter that is new, are in the figure and not in the
    change. If there are more than a few the sentence says what it compares, and if they are many
    it is empty.
    """
    if change.change_percent is None or change.compared_kwh < MOST * change.kwh:
        return ""
    percent = floatformat(abs(change.change_percent), "0g")
    text = texts.more if change.change_percent > 0 else texts.less
    if percent == "0":
        text = texts.same
    sentence = str(text) % {"percent": percent, "before": kwh(change.reference_kwh)}
    if change.compared_kwh >= ALL * change.kwh:
        return sentence
    return gettext("%(part)s of it: %(change)s") % {
        "part": kwh(change.compared_kwh),
        "change": sentence,
    }
