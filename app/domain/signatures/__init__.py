"""Signature requests and verdicts: who is to sign what, and what was found when signatures were checked."""
