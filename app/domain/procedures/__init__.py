"""Procedures (quy trình): the library on disk, what is effective for a unit, and the versions cases are pinned to."""
