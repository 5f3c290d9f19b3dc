"""Forms of devices and sensors in the admin. Their pages are in monitoring, beside readings."""

from typing import Any

from django import forms

from devices.models import Device, Sensor
from devices.number_fields import CommaOrPointDecimalField


class DeviceForm(forms.ModelForm[Device]):
    """Django's own, but for how numbers are typed."""

    class Meta:
        model = Device
        fields = ("owner", "description", "address", "max_hourly_consumption_kwh")
        field_classes = {"max_hourly_consumption_kwh": CommaOrPointDecimalField}


class SensorForm(forms.ModelForm[Sensor]):
    """The id may be typed when a meter is registered, and never changes after."""

    class Meta:
        model = Sensor
        fields = (
            "uuid",
            "device",
            "description",
            "max_power_kw",
            "register_digits",
            "register_step_kwh",
            "is_active",
        )
        field_classes = {
            "max_power_kw": CommaOrPointDecimalField,
            "register_step_kwh": CommaOrPointDecimalField,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "uuid" in self.fields:
            self.fields["uuid"].disabled = True


class SensorRowForm(SensorForm):
    """A sensor as a row of a table, whose heads name the fields for those who see them only."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = field.label
