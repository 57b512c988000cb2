"""`make demo`: a first release, a good one and a bad one, under live traffic."""

from sandbox.demo.story import main

__all__ = ["main"]
