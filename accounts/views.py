"""Logging in, and one's own account."""

from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.api_tokens import create_api_token
from accounts.forms import ApiTokenForm, LoginForm, OwnLanguagePasswordResetForm, ProfileForm
from accounts.models import ApiToken, User
from accounts.requests import UserRequest


class LoginView(auth_views.LoginView):
    """Takes an administrator to the administration, a client to their devices."""

    authentication_form = LoginForm
    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        user = self.request.user
        if isinstance(user, User) and user.is_staff:
            return reverse("admin:index")
        return super().get_default_redirect_url()


class PasswordResetView(auth_views.PasswordResetView):
    """Sends a link by email. Says the same whether the address is known or not."""

    form_class = OwnLanguagePasswordResetForm
    email_template_name = "registration/password_reset_email.txt"


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def profile(request: UserRequest) -> HttpResponse:
    """Who the user is, and the API tokens of their programs."""
    # A form writes into its instance even when it is not valid; the page must show what is stored.
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=request.user.pk))
    if not form.is_valid():
        return _render_profile(request, profile_form=form)
    with translation.override(form.save().language):
        messages.success(request, _("Your changes have been saved."))
    return redirect("profile")


@require_POST
@login_required
@never_cache
def create_token(request: UserRequest) -> HttpResponse:
    """Makes an API token and shows its key: on this page, and never again."""
    form = ApiTokenForm(request.POST)
    if not form.is_valid():
        return _render_profile(request, token_form=form)
    token, key = create_api_token(user=request.user, name=form.cleaned_data["name"])
    return render(request, "accounts/token_created.html", {"token": token, "key": key})


@require_POST
@login_required
def revoke_token(request: UserRequest, token_id: int) -> HttpResponse:
    """Deletes one of the user's own API tokens."""
    token = get_object_or_404(ApiToken, user=request.user, pk=token_id)
    token.delete()
    messages.success(request, _("The token “%(name)s” has been revoked.") % {"name": token.name})
    return redirect("profile")


def _render_profile(
    request: UserRequest,
    *,
    profile_form: ProfileForm | None = None,
    token_form: ApiTokenForm | None = None,
) -> HttpResponse:
    context = {
        "profile_form": profile_form or ProfileForm(instance=request.user),
        "token_form": token_form or ApiTokenForm(),
        "tokens": request.user.api_tokens.all(),
    }
    return render(request, "accounts/profile.html", context)
