"""The door of an alliance's hub: its pages, and FASP, by which its members use its services."""
