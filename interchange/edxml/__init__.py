"""edXML, the wire of QCVN 102:2016/BTTTT (and SĐ1:2022): read whatever occurs, write only what the standard says.

`reader.read` and `writer.write` speak in the terms of `message`; nothing of XML passes them. The package imports
nothing at the top.
"""
