"""Lists of what the platform itself writes: to be looked at, however long they are."""

from typing import Any, TypeVar, cast

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.utils.text import capfirst

ModelT = TypeVar("ModelT", bound=Model)

MAX_COUNTED = 10_000

#: What is shown where there is no value.
NOTHING = "–"


class BoundedPaginator(Paginator[Any]):
    """Counts, and so leads, no further than ``MAX_COUNTED`` rows: a filter finds what is behind."""

    @cached_property
    def count(self) -> int:
        return min(self._counted, MAX_COUNTED)

    @property
    def is_cut(self) -> bool:
        """Whether there are more rows than were counted."""
        return self._counted > MAX_COUNTED

    @cached_property
    def _counted(self) -> int:
        rows = cast("QuerySet[Model]", self.object_list)
        return rows.order_by()[: MAX_COUNTED + 1].count()


class BoundedAdmin(admin.ModelAdmin[ModelT]):
    """A list that opens as fast with a million rows as with ten: it never counts its table."""

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Names the list by what is in it, rather than telling its reader what to select."""
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, {**title, **(extra_context or {})})


class ReadOnlyAdmin(BoundedAdmin[ModelT]):
    """Nothing can be added, changed or deleted."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
