"""Nối: independent social networks, and the alliance that joins them."""

__version__ = "0.1.0"
