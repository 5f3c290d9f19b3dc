"""The rules of the job as pure functions: no Django, no Celery, no clock of their own."""
