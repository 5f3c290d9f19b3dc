"""Form fields for numbers with decimals: typed with a comma or a point, shown as the language has it.

A browser's own field for numbers takes the one mark that the browser's language has, whatever the
language of the page.
"""

import re
from decimal import Decimal, InvalidOperation
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
        if value is None:
            return None
        try:
            number = Decimal(to_plain_number(str(value)))
        except InvalidOperation:
            return value
        return Decimal(f"{number.normalize():f}") if number.is_finite() else value

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "inputmode": "decimal"}


class CommaOrPointFloatField(_CommaOrPoint, forms.FloatField):
    """A float."""


class CommaOrPointDecimalField(_CommaOrPoint, forms.DecimalField):
    """A decimal."""
