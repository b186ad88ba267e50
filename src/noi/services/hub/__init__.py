"""The verbs of an alliance's hub."""
