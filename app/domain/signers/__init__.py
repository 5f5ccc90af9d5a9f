"""Set-ups of signers (cài đặt chữ ký số): whose key is where, what it looks like, and who holds an agency's."""
