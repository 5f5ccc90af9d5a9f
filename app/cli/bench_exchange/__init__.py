"""`python3 -m app bench exchange`: the figures the exchange promises, between real processes on this machine."""

from app.cli.bench_exchange.play import main

__all__ = ["main"]
