"""How fast the platform is on this machine, beside its raw limits: see `docs/benchmarks.md`."""
