"""Exits with 0 if the web server of this container answers; needs nothing but Python."""

import os
import sys
from http.client import HTTPConnection

connection = HTTPConnection("127.0.0.1", int(os.environ.get("PORT") or 8000), timeout=4)
connection.request("GET", "/healthz")
status = connection.getresponse().status
sys.exit(None if status == 200 else f"/healthz answers {status}")
