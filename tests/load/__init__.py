"""Tests that take a minute or more, for `make test-load`; `make test` leaves them out."""
