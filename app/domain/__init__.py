"""The nouns that clerks use. Each slice imports only the ones below it; none performs I/O."""
