"""The services that the demo and the pipelines' tests release.

Three of the catalogue's twelve, so that both stay quick: one that calls the other two. Their other
dependencies are not installed, and nothing here asks after those.
"""

from __future__ import annotations

SERVICES = ("api", "auth", "conditions")
