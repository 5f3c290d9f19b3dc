"""Files with past readings: the upload, how far it has come, and which rows were refused."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ReadingImport(models.Model):
    """One uploaded file. The worker counts here what has become of its rows."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    UNFINISHED = (State.WAITING, State.RUNNING)

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="reading_imports",
        verbose_name=_("user"),
    )
    file_name = models.CharField(_("file"), max_length=200)
    size_bytes = models.BigIntegerField(_("size (bytes)"), default=0)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.WAITING
    )
    problem = models.TextField(_("problem"), blank=True)
    created_at = models.DateTimeField(_("uploaded"))
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    done_bytes = models.BigIntegerField(_("done (bytes)"), default=0)
    rows_read = models.BigIntegerField(_("rows read"), default=0)
    rows_stored = models.BigIntegerField(_("rows stored"), default=0)
    rows_repeated = models.BigIntegerField(_("rows that were stored before"), default=0)
    rows_rejected = models.BigIntegerField(_("rows rejected"), default=0)

    class Meta:
        verbose_name = _("import of readings")
        verbose_name_plural = _("imports of readings")

    def __str__(self) -> str:
        return self.file_name

    @property
    def percent_done(self) -> int:
        return 100 * self.done_bytes // self.size_bytes if self.size_bytes else 0


class ImportPart(models.Model):
    """A piece of an uploaded file, until it is imported.

    In the database, for that is the one place that the web server and the worker share.
    """

    pk = models.CompositePrimaryKey("reading_import_id", "number")
    reading_import = models.ForeignKey(
        ReadingImport, models.CASCADE, related_name="parts", db_index=False
    )
    number = models.IntegerField()
    content = models.BinaryField()


class RejectedRow(models.Model):
    """A row of a file that was not stored, and why. Of one file only so many are kept."""

    pk = models.CompositePrimaryKey("reading_import_id", "line")
    reading_import = models.ForeignKey(
        ReadingImport, models.CASCADE, related_name="rejected", db_index=False
    )
    line = models.BigIntegerField()
    reason = models.CharField(max_length=20)
    detail = models.TextField()
