"""``readings/import/``: past readings, a whole file of them."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiResponse,
    extend_schema,
    extend_schema_serializer,
)
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, NotFound
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from monitoring.api.access import user_of
from monitoring.api.answers import OBJECT_ERRORS, UNAUTHORIZED, UtcDateTimeField
from monitoring.api.parameters import EXAMPLE_UUID
from monitoring.api.publish import TooLarge
from monitoring.exchange.queue import start_import
from monitoring.exchange.rejected import answer_rejected
from monitoring.exchange.running import MAX_NAMED_ROWS
from monitoring.exchange.uploads import (
    MAX_BYTES,
    MAX_UNFINISHED,
    PART_BYTES,
    TooLargeFile,
    TooManyImports,
    get_imports,
)
from monitoring.models import ReadingImport

DESCRIPTION = f"""\
A CSV file with past readings, imported by the worker under the rules of live ones. A client sends
readings of their own sensors, an administrator of any; what is not theirs is rejected as unknown.

The header `timestamp,sensor_id,measurement_value` is required, in any order; further columns are
ignored. `measurement_value` is the cumulative register in kWh. What is stored already is counted
as repeated, so a file may be sent again. Peaks (kW) are found in old readings too; the owner is
told of those of the last 24 hours.

At most {MAX_BYTES // 2**20} MiB, and {MAX_UNFINISHED} imports of a user that wait or run: one is
imported after the other. The answer names the import; ask for it until its state is `done`
or `failed`.
"""

EXAMPLE = {
    "id": 12,
    "file_name": "import.csv",
    "state": "running",
    "problem": "",
    "percent_done": 40,
    "rows_read": 400000,
    "rows_stored": 399998,
    "rows_repeated": 0,
    "rows_rejected": 2,
    "created_at": "2026-03-10T12:00:00Z",
    "started_at": "2026-03-10T12:00:01Z",
    "finished_at": None,
}
EXAMPLE_FILE = f"timestamp,sensor_id,measurement_value\n2026-03-10T12:00:00Z,{EXAMPLE_UUID},0.1\n"
EXAMPLE_REJECTED = "line,reason,detail\n17,bad_value,measurement_value must be a number of kWh…\n"


class TooLargeUpload(TooLarge):
    default_detail = _("The file is too large. Split it into smaller files.")


class TooManyUploads(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "too_many_imports"
    default_detail = TooManyImports.text


class FileParser(BaseParser):
    """Leaves the body unread: it is kept a piece at a time."""

    media_type = "text/csv"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return stream


@extend_schema_serializer(examples=[OpenApiExample("Running", value=EXAMPLE)])
class ReadingImportSerializer(serializers.ModelSerializer[ReadingImport]):
    percent_done = serializers.IntegerField(help_text="Of the file's bytes.")
    problem = serializers.CharField(help_text="Why it failed; else empty.")
    rows_read = serializers.IntegerField()
    rows_stored = serializers.IntegerField(help_text="New readings.")
    rows_repeated = serializers.IntegerField(help_text="Readings that were stored before.")
    rows_rejected = serializers.IntegerField(help_text="The others, however many are listed.")
    created_at = UtcDateTimeField()
    started_at = UtcDateTimeField(allow_null=True)
    finished_at = UtcDateTimeField(allow_null=True)

    class Meta:
        model = ReadingImport
        fields = list(EXAMPLE)
        read_only_fields = fields


class ImportView(APIView):
    parser_classes = [FileParser]

    @extend_schema(
        tags=["readings"],
        summary="Import past readings",
        description=DESCRIPTION,
        request={"text/csv": OpenApiTypes.STR},
        examples=[
            OpenApiExample("Waiting", value=EXAMPLE, response_only=True, status_codes=["202"]),
            OpenApiExample("File", value=EXAMPLE_FILE, media_type="text/csv", request_only=True),
        ],
        responses={
            202: ReadingImportSerializer,
            401: UNAUTHORIZED,
            409: OpenApiResponse(
                OpenApiTypes.OBJECT,
                description=f"{MAX_UNFINISHED} imports of the user are not finished.",
            ),
            413: OpenApiResponse(OpenApiTypes.OBJECT, description="The file is too large."),
            415: OpenApiResponse(OpenApiTypes.OBJECT, description="It is not text/csv."),
        },
    )
    def post(self, request: Request) -> Response:
        try:
            upload = start_import(
                user=user_of(request),
                file_name="import.csv",
                pieces=_read(request),
                now=timezone.now(),
            )
        except TooLargeFile:
            raise TooLargeUpload from None
        except TooManyImports:
            raise TooManyUploads from None
        return Response(ReadingImportSerializer(upload).data, status.HTTP_202_ACCEPTED)


def _read(request: Request) -> Iterator[bytes]:
    # The framework takes a body without a Content-Length (chunked) for none.
    stream: Any = request.data if hasattr(request.data, "read") else request._request
    return iter(partial(stream.read, PART_BYTES), b"")


class ImportStateView(APIView):
    @extend_schema(
        tags=["readings"],
        summary="How far an import is",
        description="State and counts of an import of readings (kWh; peaks in kW).",
        responses={200: ReadingImportSerializer, **OBJECT_ERRORS},
    )
    def get(self, request: Request, pk: int) -> Response:
        return Response(ReadingImportSerializer(_get_import(request, pk)).data)


class RejectedRowsView(APIView):
    @extend_schema(
        tags=["readings"],
        summary="Rejected rows of an import",
        description=f"CSV: line, reason and detail of the first {MAX_NAMED_ROWS} rows that were "
        "not stored. Values are registers in kWh, from which power in kW is computed.",
        responses={(200, "text/csv"): OpenApiTypes.STR, **OBJECT_ERRORS},
        examples=[
            OpenApiExample(
                "Rows", value=EXAMPLE_REJECTED, media_type="text/csv", response_only=True
            )
        ],
    )
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        return answer_rejected(_get_import(request, pk))


def _get_import(request: Request, pk: int) -> ReadingImport:
    upload = get_imports(user=user_of(request)).filter(pk=pk).first()
    if upload is None:
        raise NotFound
    return upload
