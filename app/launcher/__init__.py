"""Setting up, starting and watching over the processes of one machine; standard library only."""
