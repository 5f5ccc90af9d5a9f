"""An axis (trục liên thông) for rehearsals: it speaks as the national or a provincial one does, on this machine."""
