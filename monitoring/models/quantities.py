"""Stored powers as they are computed with."""

from typing import Any, TypeVar

from django.db import models

from monitoring.rules.power import MAX_POWER_KW

_SetT_contra = TypeVar("_SetT_contra", contravariant=True)
_GetT_co = TypeVar("_GetT_co", covariant=True)


class PowerField(models.FloatField[_SetT_contra, _GetT_co]):
    """A power in kW, at most ``MAX_POWER_KW`` when it is read, whatever older versions stored."""

    # What mypy's plugin takes for the types of the attribute.
    _pyi_private_set_type: float
    _pyi_private_get_type: float

    def from_db_value(self, value: float | None, *_: object) -> float | None:
        return None if value is None else min(value, MAX_POWER_KW)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        """In the database it is a float."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.FloatField", args, kwargs
