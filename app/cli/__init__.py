"""The command line: what the launcher runs inside the environment."""
