"""The files that derive from the catalogue: `python -m fieldday.catalog` writes them.

A test compares each with what is written here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fieldday.catalog import CATALOG, Catalog, Service, json_schema, load
from fieldday.catalog.charts import chart_files, chart_links
from fieldday.catalog.compose import compose_files

ROOT = CATALOG.parent

_BEGIN = "<!-- from catalog.yaml, by `make catalog` -->\n"
_END = "<!-- end -->\n"


def written(catalog: Catalog, root: Path = ROOT) -> Mapping[Path, str]:
    """What each of the files should hold."""
    page = root / "docs" / "services.md"
    return {
        root / "catalog.schema.json": json_schema(),
        **chart_files(catalog, root / "helm"),
        **compose_files(catalog, root),
        page: with_table(page.read_text(encoding="utf-8"), table(catalog)),
    }


def with_table(text: str, table: str) -> str:
    """A page's text with this table where it has one."""
    before, _, rest = text.partition(_BEGIN)
    return f"{before}{_BEGIN}{table}{_END}{rest.partition(_END)[2]}"


def table(catalog: Catalog) -> str:
    """The services for people, as Markdown."""
    lines = [
        "| service | what it does | tier | data | handles | calls | pods | owner |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [_row(name, service) for name, service in catalog.services.items()]
    lines += [
        "",
        "| service | cached for | a minute of one user | of one address | pages | outside |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [_limits(name, service) for name, service in catalog.services.items()]
    lines += ["", "| task of | name | starts (UTC) | ended after |", "| --- | --- | --- | --- |"]
    lines += [
        _cells(f"`{name}`", f"`{task}`", f"`{given.schedule}`", _duration(given.limit_seconds))
        for name, service in catalog.services.items()
        for task, given in sorted(service.tasks.items())
    ]
    return "\n".join(lines) + "\n"


def _duration(seconds: int) -> str:
    return f"{seconds} s" if seconds % 60 or not seconds else f"{seconds // 60} min"


def _row(name: str, service: Service) -> str:
    calls = ", ".join(f"`{other}`" for other in sorted(service.depends_on))
    pods = f"{service.replicas.min} to {service.replicas.max}"
    handles = ", ".join(service.handles)
    cells = (service.title, service.tier, service.data, handles, calls, pods, service.owner)
    return _cells(f"`{name}`", *cells)


def _limits(name: str, service: Service) -> str:
    ttl = _duration(service.cache_ttl_seconds)
    limits = service.rate_limits
    hosts = ", ".join(service.calls_outside)
    return _cells(f"`{name}`", ttl, str(limits.per_user), str(limits.per_ip), service.paging, hosts)


def _cells(*cells: str) -> str:
    return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|"


def write(catalog: Catalog, root: Path = ROOT) -> list[Path]:
    """Write the files that differ, and return them."""
    changed = []
    for link, target in chart_links(catalog, root / "helm").items():
        if not link.is_symlink() or str(link.readlink()) != target:
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(target)
            changed.append(link)
    for path, text in written(catalog, root).items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


if __name__ == "__main__":
    write(load())
