"""``/metrics`` for Prometheus, of the web server and of the worker (docs/adr/0004)."""
