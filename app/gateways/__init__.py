"""What stands outside the house: files, PDF programs, the page a letter is set on."""
