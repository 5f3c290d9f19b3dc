"""Who reaches the admin, and that every page of it opens."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from devices.models import Sensor
from monitoring.models import AlertEmail, Exceedance, Notification, Peak, RegisterFall
from tests.admin.conftest import LISTS, email_to, quarantine
from tests.conftest import Store

READ_ONLY = [Peak, Exceedance, RegisterFall, Notification, AlertEmail]


@pytest.fixture
def findings(meter: Sensor, store: Store) -> None:
    """One of each kind: a peak with notification and email, a register fall, a quarantine entry."""
    store(meter, (0, 100.0), (60, 105.0), (120, 1.0))
    quarantine(sensor_uuid=meter.uuid)
    email_to(meter.device.owner)


def test_every_list_of_ours_is_in_the_admin() -> None:
    ours = {f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry}
    assert ours == set(LISTS)


@pytest.mark.parametrize("name", LISTS)
def test_list_opens_and_is_searched(as_administrator: Client, findings: None, name: str) -> None:
    url = reverse(f"admin:{name}_changelist")
    for query in ({}, {"q": "alice"}, {"q": "00000000-0000-4000-8000-000000000000"}, {"q": "x"}):
        assert as_administrator.get(url, query).status_code == 200


@pytest.mark.parametrize("name", LISTS)
def test_client_and_anonymous_are_sent_to_the_login(
    as_alice: Client, findings: None, name: str
) -> None:
    url = reverse(f"admin:{name}_changelist")
    for client in (as_alice, Client()):
        answer = client.get(url)
        assert (answer.status_code, answer["Location"]) == (302, f"/admin/login/?next={url}")


@pytest.mark.parametrize("model", READ_ONLY)
def test_what_the_platform_writes_is_only_looked_at(
    as_administrator: Client, findings: None, model: type[Peak]
) -> None:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    pk = model.objects.get().pk
    page = reverse(f"{name}_change", args=[pk])
    assert as_administrator.get(page).status_code == 200
    assert as_administrator.post(page, {}).status_code == 403
    assert as_administrator.get(reverse(f"{name}_add")).status_code == 403
    assert as_administrator.post(reverse(f"{name}_delete", args=[pk])).status_code == 403
    assert "delete_selected" not in as_administrator.get(reverse(f"{name}_changelist")).text
