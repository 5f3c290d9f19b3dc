"""Faults on real servers: at the end, what was confirmed is stored or in quarantine, row by row.

Read ``site.py`` for what runs, ``publisher.py`` for the ledger, ``check.py`` for what must be true.
"""
