"""Deleting is offered only where it can work."""

from typing import Any, TypeVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

ModelT = TypeVar("ModelT", bound=Model)


class UnusedDeletedAdmin(admin.ModelAdmin[ModelT]):
    """An object is deleted on its own page, and only while nothing refers to it.

    Lists offer no deletion of many: they could not tell which of them are in use.
    """

    def is_used(self, row: ModelT) -> bool:
        """Whether something refers to the object that must not go with it."""
        raise NotImplementedError

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_allowed = super().has_delete_permission(request, obj)
        return is_allowed and obj is not None and not self.is_used(obj)
