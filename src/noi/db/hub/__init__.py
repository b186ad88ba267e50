"""The tables of an alliance's hub."""
