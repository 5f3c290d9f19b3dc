"""Database connections for threads that are kept: they stay open between two pieces of work."""

from django.db import connections

#: A connection is opened anew after ten minutes, or if the server has closed it meanwhile.
KEPT = {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}


def keep_connections() -> None:
    """For the calling thread alone: elsewhere under ASGI, a kept one would never be used again."""
    for connection in connections.all():
        connection.settings_dict = {**connection.settings_dict, **KEPT}
