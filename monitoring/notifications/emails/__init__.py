"""Emails that tell of peaks: planned as rows, claimed, sent once."""
