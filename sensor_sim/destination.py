"""Where readings go: to the broker or to the platform's API, as the options say."""

from argparse import Namespace
from collections.abc import Callable, Mapping
from functools import partial
from threading import Event
from typing import Protocol

from sensor_sim.broker import checked_broker_url, tls_options
from sensor_sim.confirming import ConfirmingPublisher, Report
from sensor_sim.http_publisher import HttpPublisher, checked_site, token_from
from sensor_sim.publisher import Publisher


class MakePublisher(Protocol):
    """Makes a publisher to the place that was chosen."""

    def __call__(self, *, stop: Event, report: Report) -> ConfirmingPublisher: ...


def choose_destination(
    options: Namespace, environ: Mapping[str, str], *, default_broker_url: Callable[[], str]
) -> MakePublisher:
    """What ``--http`` or ``--broker`` names, else the default broker.

    Raises ``ValueError`` if an address or the token cannot be used.
    """
    if options.http:
        token = token_from(options.token, environ)
        return partial(HttpPublisher, checked_site(options.http), token=token)
    if options.broker:
        url = checked_broker_url(options.broker, source="--broker")
    else:
        url = default_broker_url()
    return partial(Publisher, url, tls=tls_options(url, environ))
