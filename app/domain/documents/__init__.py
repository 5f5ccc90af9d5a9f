"""Documents (văn bản) and the revisions of their files."""
