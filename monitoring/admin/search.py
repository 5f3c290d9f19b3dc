"""Searching by a sensor's id, which administrators paste from elsewhere."""

from typing import TypeVar
from uuid import UUID

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

ModelT = TypeVar("ModelT", bound=Model)


class UuidSearchAdmin(admin.ModelAdmin[ModelT]):
    """A search for a UUID is a lookup of ``uuid_field``; any other is Django's, which scans."""

    uuid_field: str

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ModelT], search_term: str
    ) -> tuple[QuerySet[ModelT], bool]:
        try:
            uuid = UUID(search_term.strip())
        except ValueError:
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(**{self.uuid_field: uuid}), False
