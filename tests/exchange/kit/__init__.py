"""The conformance kit against our own deployments."""
