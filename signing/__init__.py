"""Signing and verifying PDF documents: a library of its own, the only importer of pyHanko.

The package imports nothing at the top, so that a web process which never signs does not pay for pyHanko.
"""
