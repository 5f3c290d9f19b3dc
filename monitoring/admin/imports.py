"""Imports of past readings: upload a file, see how far it is, fetch the rows that were refused."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from monitoring.admin.readonly import NOTHING, ReadOnlyAdmin
from monitoring.exchange.queue import hand_over
from monitoring.exchange.rejected import answer_rejected
from monitoring.exchange.uploads import (
    MAX_BYTES,
    PART_BYTES,
    TooManyImports,
    keep_upload,
    require_room,
)
from monitoring.models import ReadingImport


class UploadForm(forms.ModelForm[ReadingImport]):
    """A file; everything else the platform knows."""

    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "CSV with the columns timestamp, sensor_id and measurement_value (kWh), "
            "named in its first line."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )

    user: User

    class Meta:
        model = ReadingImport
        fields: tuple[str, ...] = ()

    def clean(self) -> dict[str, Any] | None:
        """So that a full house is told in the form; the view is one transaction, so it stays so."""
        try:
            require_room(user=self.user)
        except TooManyImports as problem:
            raise forms.ValidationError(problem.text) from None
        return super().clean()

    def clean_file(self) -> "UploadedFile[bytes]":
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if file.size is None or file.size > MAX_BYTES:
            raise forms.ValidationError(_("The file is too large. Split it into smaller files."))
        return file


def render_progress(upload: ReadingImport) -> SafeString:
    """How far an import is, in percent of the file and in rows; pages follow an unfinished one."""
    rows = number_format(upload.rows_read, force_grouping=True)
    text = ngettext(
        "%(percent)d%% · %(rows)s row", "%(percent)d%% · %(rows)s rows", upload.rows_read
    )
    return format_html(
        '<span{}><progress max="100" value="{}" aria-label="{}"></progress> {}</span>',
        mark_safe(" data-unfinished") if upload.state in ReadingImport.UNFINISHED else "",
        upload.percent_done,
        _("progress"),
        text % {"percent": upload.percent_done, "rows": rows},
    )


@admin.register(ReadingImport)
class ReadingImportAdmin(ReadOnlyAdmin[ReadingImport]):
    list_display = (
        "created_at",
        "file_name",
        "user",
        "state",
        "progress",
        "rows_stored",
        "rows_rejected",
    )
    list_filter = ("state",)
    list_select_related = ("user",)
    search_fields = ("file_name", "user__email")
    search_help_text = _("File name, or the user's email address.")
    ordering = ("-id",)
    fields = (
        "file_name",
        "user",
        "state",
        "progress",
        "problem",
        "rows_read",
        "rows_stored",
        "rows_repeated",
        "rows_rejected",
        "rejected_list",
        "created_at",
        "started_at",
        "finished_at",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return True

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj else ("file",)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj:
            return super().get_form(request, obj, change, **kwargs)
        return type("UploadForm", (UploadForm,), {"user": request.user})

    def get_urls(self) -> list[URLPattern]:
        rejected = self.admin_site.admin_view(self.download_rejected)
        name = "monitoring_readingimport_rejected"
        return [path("<int:pk>/rejected.csv", rejected, name=name), *super().get_urls()]

    def save_form(self, request: Any, form: Any, change: bool) -> ReadingImport:
        """Keeps the file, and hands it to the worker once that is committed."""
        file: UploadedFile[bytes] = form.cleaned_data["file"]
        upload = keep_upload(
            user=request.user,
            file_name=file.name or "",
            pieces=file.chunks(PART_BYTES),
            now=timezone.now(),
        )
        transaction.on_commit(hand_over)
        messages.success(
            request, _("The file is being imported. Follow its progress on this page.")
        )
        return upload

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """All is saved already."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """There is nothing else."""

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        return redirect("admin:monitoring_readingimport_change", obj.pk)

    def download_rejected(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The list of rejected rows as a file."""
        return answer_rejected(get_object_or_404(ReadingImport, pk=pk))

    @admin.display(description=_("progress"))
    def progress(self, upload: ReadingImport) -> SafeString:
        return render_progress(upload)

    @admin.display(description=_("rejected rows"))
    def rejected_list(self, upload: ReadingImport) -> str | SafeString:
        if not upload.rows_rejected:
            return NOTHING
        address = reverse("admin:monitoring_readingimport_rejected", args=[upload.pk])
        return format_html('<a href="{}">{}</a>', address, _("Download the list (CSV)"))
