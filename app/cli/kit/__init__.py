"""The conformance kit: two deployments, a way between them that can fail, and what must hold all the same."""
