"""Who acts: people with an account, their sessions and tokens, and the actor they become."""
