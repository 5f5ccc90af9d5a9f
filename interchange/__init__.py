"""What travels between agencies (liên thông văn bản), and what proves it: a library of its own that knows no product.

Envelopes and their manifests, receipts in a signed chain, edXML (QCVN 102:2016), the wire of each transport, and the
loopback hub to rehearse against. The package imports nothing at the top.
"""
