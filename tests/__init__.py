"""The tests of the house; each floor has a folder of its own."""
