"""``manage.py tell_where``: what ``make run`` says before it starts."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts.models import User

NO_ADMINISTRATOR = (
    "There is no administrator yet. Make the first one in another terminal: make administrator"
)


class Command(BaseCommand):
    """Tells the site's address, and how to make the first administrator."""

    help = __doc__

    def handle(self, **options: Any) -> None:
        self.stdout.write(f"\nThe platform will be at {settings.SITE_URL}/ – Ctrl-C stops all.")
        if not User.objects.filter(is_staff=True).exists():
            self.stdout.write(NO_ADMINISTRATOR)
        self.stdout.write("")
