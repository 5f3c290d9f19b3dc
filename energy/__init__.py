"""Settings, URLs, ASGI and Celery: what holds the applications together."""

from energy.celery import app as celery_app

__all__ = ["celery_app"]
