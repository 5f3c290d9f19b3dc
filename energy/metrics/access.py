"""Who may read the metrics: whoever has the token. Without a configured token, nobody."""

from collections.abc import Iterable
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings
from django.utils.crypto import constant_time_compare

PATH = "/metrics"


def judge_access(authorization: str, *, token: str) -> HTTPStatus:
    """``OK``, ``UNAUTHORIZED``, or ``NOT_FOUND`` if there is no ``token`` to compare with.

    ``authorization`` is the value of the request's header, empty if it has none.
    """
    if not token:
        return HTTPStatus.NOT_FOUND
    scheme, _, given = authorization.partition(" ")
    is_right = constant_time_compare(given.strip(), token)
    return HTTPStatus.OK if is_right and scheme.lower() == "bearer" else HTTPStatus.UNAUTHORIZED


def guarded(application: WSGIApplication) -> WSGIApplication:
    """The application at ``/metrics`` and nowhere else, for those who have ``METRICS_TOKEN``."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        status = HTTPStatus.NOT_FOUND
        if environ["PATH_INFO"] == PATH:
            status = judge_access(
                environ.get("HTTP_AUTHORIZATION", ""), token=settings.METRICS_TOKEN
            )
        if status is HTTPStatus.OK:
            return application(environ, start_response)
        return _refuse(status, start_response)

    return answer


def _refuse(status: HTTPStatus, start_response: StartResponse) -> Iterable[bytes]:
    headers = [("Content-Type", "text/plain; charset=utf-8")]
    if status is HTTPStatus.UNAUTHORIZED:
        headers.append(("WWW-Authenticate", "Bearer"))
    start_response(f"{status.value} {status.phrase}", headers)
    return [f"{status.phrase}\n".encode()]
