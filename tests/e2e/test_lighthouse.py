"""``make lighthouse``: Lighthouse's scores of overview, device and alerts, each at least 95."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from energy.demo.household import PASSWORD
from energy.demo.seed import seed_demo
from tests.e2e.conftest import CHROMIUM_OPTIONS
from tests.e2e.pages import ALICE, list_pages
from tests.e2e.pictures import get_now
from tests.e2e.visits import log_in_context
from tests.servers import ROOT, web_server

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("LIGHTHOUSE" not in os.environ, reason="run by `make lighthouse`"),
]

LOWEST = 95
RUNS = 3  # the median of performance counts: it varies with what else the machine does
CATEGORIES = ("performance", "accessibility", "best-practices")
MOST_KB = 400  # compressed, on a first visit


@pytest.fixture
def collected() -> Iterator[None]:
    """The static files as a server delivers them: compressed, under names that hold a digest."""
    static = ROOT / "staticfiles"
    was_there = static.exists()
    command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, check=True)
    yield
    if not was_there:
        shutil.rmtree(static)


def test_scores_and_size(
    transactional_db: None, collected: None, browser: Browser, tmp_path: Path
) -> None:
    seed_demo(now=get_now())
    pages = list_pages(ALICE)
    worst = []
    with web_server() as address:
        context = browser.new_context()
        log_in_context(context, address, ALICE, PASSWORD)
        cookie = "; ".join(f"{one['name']}={one['value']}" for one in context.cookies())
        context.close()
        for name in ("overview", "device", "alerts"):
            report = run_lighthouse(address + pages[name], cookie, tmp_path / f"{name}.json")
            scores = {key: round(100 * report["categories"][key]["score"]) for key in CATEGORIES}
            kilobytes = report["audits"]["total-byte-weight"]["numericValue"] / 1024
            print(f"{name}: {scores}, {kilobytes:.0f} kB")
            worst += [f"{name} {key}: {score}" for key, score in scores.items() if score < LOWEST]
            worst += [f"{name}: {kilobytes:.0f} kB"] if kilobytes > MOST_KB else []
            worst += list_failed(report) if worst else []
    assert worst == [], "\n".join(worst)


Report = dict[str, dict[str, dict[str, Any]]]


def get_performance(report: Report) -> float:
    return float(report["categories"]["performance"]["score"])


def run_lighthouse(url: str, cookie: str, report: Path) -> Report:
    """Runs the installed Lighthouse on a page as the owner of the cookie sees it."""
    headers = report.with_suffix(".headers")
    headers.write_text(json.dumps({"Cookie": cookie}))
    flags = ["--headless", *CHROMIUM_OPTIONS]
    binaries = Path(sys.executable).parent  # Node is there
    subprocess.run(
        [
            *(str(binaries / "node"), str(ROOT / "node_modules/lighthouse/cli/index.js"), url),
            *("--quiet", "--output=json", f"--output-path={report}"),
            f"--only-categories={','.join(CATEGORIES)}",
            f"--extra-headers={headers}",
            f"--chrome-flags={' '.join(flags)}",
        ],
        env={**os.environ, "CHROME_PATH": os.environ["CHROMIUM"]},
        check=True,
        timeout=300,
    )
    loaded: Report = json.loads(report.read_text())
    return loaded


def list_failed(report: Report) -> list[str]:
    """The audits that did not pass, for whoever has to mend them."""
    return [
        f"  {name}: {audit['score']} {audit.get('displayValue', '')}"
        for name, audit in report["audits"].items()
        if audit["score"] is not None and audit["score"] < 0.9
    ]
