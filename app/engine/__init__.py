"""The process engine: diagrams go in, plain values come out. The only floor that knows SpiffWorkflow."""
