"""Units of government as a dated tree: levels, identifiers, posts and who holds them."""
