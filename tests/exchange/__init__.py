"""Tests of the exchange between agencies."""
