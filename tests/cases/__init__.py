"""Tests of cases that have to do with each other."""
