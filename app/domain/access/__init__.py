"""Roles and what they may do; builds the actor a person is today."""
