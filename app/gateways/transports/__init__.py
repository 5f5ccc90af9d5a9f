"""The ways a message travels, behind one interface."""
