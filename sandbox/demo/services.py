"""The services that the demo and the pipelines' tests release.

Three of the catalog's twelve, so that both stay quick: one calls the other two. Their other
dependencies are not installed, and nothing here calls those.
"""

from __future__ import annotations

SERVICES = ("api", "auth", "conditions")
