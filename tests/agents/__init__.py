"""Programs on the user's machine, played by tests: ours, and the plugin of the government authority."""
