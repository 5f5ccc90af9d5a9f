"""A program for the machine of whoever signs: the key stays there, and pages of the office ask it for signatures."""
