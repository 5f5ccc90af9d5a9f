"""Tests of what travels between agencies."""
