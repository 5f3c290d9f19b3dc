"""The whole platform in one process: real PostgreSQL, everything else in memory."""
