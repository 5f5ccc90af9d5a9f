"""Private keys behind one protocol, wherever they are: in a file, on a token, at a remote service, on a desk."""
