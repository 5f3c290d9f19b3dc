"""Pages that begin behind the last row of the one before: as quick at the end as at the start."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import DateTimeField, Model, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from monitoring.api.parameters import bad_parameter, read_integer

ModelT = TypeVar("ModelT", bound=Model)

PAGE_SIZE = 100
MAX_PAGE_SIZE = 1000


class KeysetPagination(BasePagination):
    """Pages of ``{"next": address or null, "results": […]}``, in the order of the view's key.

    The view's ``key`` names one or two fields that together are unique, all of them with a minus
    sign or none. Nothing is counted, and rows that come in between shift no page.
    """

    def paginate_queryset(  # type: ignore[override]
        self, queryset: QuerySet[ModelT], request: Request, view: APIView | None = None
    ) -> list[ModelT]:
        """The page that the request asks for. A bad cursor or size is a 400."""
        key: tuple[str, ...] = view.key  # type: ignore[union-attr]
        size = read_integer(request, "page_size", low=1, high=MAX_PAGE_SIZE) or PAGE_SIZE
        cursor = request.query_params.get("cursor")
        if cursor is not None:
            queryset = queryset.filter(_behind(key, _decode(cursor, queryset.model, key)))
        rows = list(queryset.order_by(*key)[: size + 1])
        self._next = None
        if len(rows) > size:
            address = request.build_absolute_uri()
            self._next = replace_query_param(address, "cursor", _encode(rows[size - 1], key))
        return rows[:size]

    def get_paginated_response(self, data: Any) -> Response:
        """The page with the address of the next one."""
        return Response({"next": self._next, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The page's form, for the OpenAPI document."""
        following = {
            "type": "string",
            "format": "uri",
            "nullable": True,
            "description": "The address of the next page; null on the last one.",
            "example": "https://energy.example.com/api/v1/sensors/?cursor=WyI0MSJd",
        }
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {"next": following, "results": schema},
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """The paging parameters, for the OpenAPI document."""
        return [
            {
                "name": "cursor",
                "in": "query",
                "description": "Where the page begins: take the address in `next` instead.",
                "schema": {"type": "string"},
            },
            {
                "name": "page_size",
                "in": "query",
                "description": "How many rows a page has at most.",
                "schema": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": MAX_PAGE_SIZE,
                    "default": PAGE_SIZE,
                },
            },
        ]


def _behind(key: tuple[str, ...], values: list[Any]) -> Q:
    """What comes behind the row with these values.

    For two fields (a, b): ``a >= x AND (a > x OR b > y)``, whose first part an index serves.
    """
    operator = "lt" if key[0].startswith("-") else "gt"
    names = [name.removeprefix("-") for name in key]
    beyond = Q((f"{names[0]}__{operator}", values[0]))
    if len(names) == 1:
        return beyond
    return Q((f"{names[0]}__{operator}e", values[0])) & (
        beyond | Q((f"{names[1]}__{operator}", values[1]))
    )


def _encode(row: Model, key: tuple[str, ...]) -> str:
    values = [str(getattr(row, name.removeprefix("-"))) for name in key]
    return urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _decode(cursor: str, model: type[Model], key: tuple[str, ...]) -> list[Any]:
    try:
        texts = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [_parse(text, model, name) for text, name in zip(texts, key, strict=True)]
    except (ValueError, TypeError, RecursionError):
        raise bad_parameter(
            "cursor", _("Invalid cursor. Use the address in “next” of the previous page.")
        ) from None


def _parse(text: str, model: type[Model], name: str) -> datetime | int:
    if not isinstance(model._meta.get_field(name.removeprefix("-")), DateTimeField):
        return int(text)
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("A cursor's times have offsets.")
    return at
