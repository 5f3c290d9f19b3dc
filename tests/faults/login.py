"""The owner of the meters, logged in as a browser is."""

import http.cookiejar
import re
import urllib.parse
import urllib.request

from .database import OWNER, PASSWORD


def log_in(url: str) -> str:
    """The cookies of a session."""
    cookies = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
    with browser.open(url, timeout=20) as page:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.read().decode())
    assert token
    form = {"csrfmiddlewaretoken": token[1], "username": OWNER, "password": PASSWORD}
    with browser.open(url, urllib.parse.urlencode(form).encode(), timeout=20) as page:
        assert page.url != url, "the login was refused"
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in cookies)
