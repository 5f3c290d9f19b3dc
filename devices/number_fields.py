"""Form fields for decimals: typed with a comma or a point, shown as the language has them.

A browser's own field for numbers takes the one mark that the browser's language has, whatever the
language of the page.
"""

import re
from decimal import Decimal
from typing import Any

from django import forms


def to_plain_number(text: str) -> str:
    """The number with a point before its decimals: "1.204,5" and "1,204.5" are "1204.5".

    The last comma or point stands before the decimals. What makes no sense comes back as it is.
    """
    text = text.strip()
    mark = max(".,", key=text.rfind)
    whole, found, decimals = text.rpartition(mark)
    if not found:
        return text
    other = re.escape("," if mark == "." else ".")
    if re.fullmatch(rf"-?\d{{1,3}}(?:{other}\d{{3}})+", whole):
        whole = re.sub(r"[.,]", "", whole)
    return f"{whole}.{decimals}"


class _CommaOrPoint(forms.Field):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "localize": True, "widget": forms.TextInput})

    def to_python(self, value: Any) -> Any:
        return super().to_python(to_plain_number(value) if isinstance(value, str) else value)

    def prepare_value(self, value: Any) -> Any:
        """A number, where it is one: so it is shown as the language writes it."""
        plain = to_plain_number(str(value))
        if not re.fullmatch(r"-?[0-9]{1,20}(\.[0-9]{1,20})?", plain):
            return value
        return Decimal(plain.rstrip("0").rstrip(".") if "." in plain else plain)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "inputmode": "decimal"}


class CommaOrPointFloatField(_CommaOrPoint, forms.FloatField):
    """A float."""


class CommaOrPointDecimalField(_CommaOrPoint, forms.DecimalField):
    """A decimal."""
