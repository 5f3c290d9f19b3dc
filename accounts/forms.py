"""What people type about themselves: who they are, how they read, what their programs may use."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordResetForm
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiToken, User
from accounts.time_zones import list_time_zones


class LoginForm(AuthenticationForm):
    """Django's own, with the email address as the user name."""

    username = forms.CharField(
        label=_("Email address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )


class OwnLanguagePasswordResetForm(PasswordResetForm):
    """Writes the email in its reader's language; whoever asked for it is not known."""

    def send_mail(
        self,
        subject_template_name: str,
        email_template_name: str,
        context: dict[str, Any],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        with translation.override(context["user"].language):
            super().send_mail(subject_template_name, email_template_name, context, *args, **kwargs)


class ProfileForm(forms.ModelForm[User]):
    """Name, time zone and language."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"), help_text=_("All times are shown in this zone.")
    )

    class Meta:
        model = User
        fields = ["name", "time_zone", "language"]
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = self.fields["time_zone"]
        assert isinstance(zone, forms.ChoiceField)  # noqa: S101 - tells the type checker
        zone.choices = list_time_zones(self.instance.time_zone)


class ApiTokenForm(forms.ModelForm[ApiToken]):
    """The name of a new API token."""

    class Meta:
        model = ApiToken
        fields = ["name"]
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "off"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # It stands beside another form with a name: ids must be different on a page.
        kwargs.setdefault("auto_id", "token_%s")
        super().__init__(*args, **kwargs)
