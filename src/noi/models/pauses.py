"""How long to wait before something that failed is tried again."""

import random


def about(ms: int) -> int:
    """A pause, give or take a quarter: what failed together need not be tried together."""
    return round(ms * random.uniform(0.75, 1.25))  # noqa: S311 - only spreads the load


def doubling(first: int, failures: int, longest: int) -> int:
    """`first` (ms), twice as long with each further failure, at most `longest`; see `about`."""
    return about(min(first << min(failures, 20), longest))
