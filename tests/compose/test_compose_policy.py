"""What every container of docker-compose.yaml must be."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from fieldday.approvals import KEY_CHARACTERS
from tests.compose.reading import FILE, ROOT, compose, containers, example, filled, required, used

NAMES = tuple(containers())
ONE_SHOT = {"databases", "airflow-init"}
# Who may write to its own root, and why.
WRITES = {
    "postgresql": "its image gives the folder to its user before it becomes that user",
    "moto": "not known to do without",
}
BUILDS = (ROOT / "services/reference/Dockerfile", ROOT / "compose/airflow/Dockerfile")


def test_both_composes_take_the_file() -> None:
    """1.29 refuses these, or takes the file for an older format; v2 warns of `version`."""
    assert not {"version", "name", "include"} & set(compose())
    assert not re.search(r"^ *(start_interval|develop|attach|configs):", FILE.read_text(), re.M)
    assert "!reset" not in FILE.read_text()


@pytest.mark.parametrize("name", NAMES)
def test_an_image_is_pinned(name: str) -> None:
    tag = containers()[name]["image"].rpartition(":")[2]
    # What is built here has the version that one gives it.
    assert tag == "dev" or re.search(r"\d+\.\d+\.\d+|\d+\.\d+-", tag), f"{name}: {tag}"


@pytest.mark.parametrize("file", BUILDS, ids=lambda file: file.parent.name)
def test_a_base_image_is_pinned(file: Path) -> None:
    bases = re.findall(r"^FROM (\S+)", file.read_text(), re.MULTILINE)
    assert bases
    for base in bases:
        assert re.search(r":\S*\d+\.\d+\.\d+", base), base


@pytest.mark.parametrize("name", NAMES)
def test_a_container_is_watched(name: str) -> None:
    container = containers()[name]
    if name in ONE_SHOT:
        assert container["restart"] == "no"
        assert "healthcheck" not in container
    else:
        assert container["restart"] == "unless-stopped"
        check = container["healthcheck"]
        assert check["test"][0] in {"CMD", "CMD-SHELL"}
        assert {"interval", "timeout", "retries"} <= set(check)


@pytest.mark.parametrize("name", NAMES)
def test_a_container_is_held_in(name: str) -> None:
    container = containers()[name]
    assert container["mem_limit"]
    assert "no-new-privileges:true" in container["security_opt"]
    assert not container.get("privileged")
    assert container.get("network_mode") != "host"
    assert container["logging"]["options"]["max-size"]
    if not name.startswith("airflow") and name not in WRITES:
        assert container["read_only"] is True
        assert container["cap_drop"] == ["ALL"]
    assert not [v for v in container.get("volumes", ()) if "docker.sock" in v]


@pytest.mark.parametrize("name", NAMES)
def test_ports_are_this_machines_alone(name: str) -> None:
    for port in containers()[name].get("ports", ()):
        assert port.startswith("127.0.0.1:"), f"{name}: {port}"


def test_no_port_is_taken_twice() -> None:
    ports = [p.split(":")[1] for c in containers().values() for p in c.get("ports", ())]
    fixed = [port for port in ports if port]
    assert len(fixed) == len(set(fixed))


@pytest.mark.parametrize("name", NAMES)
def test_a_container_waits_for_what_can_be_waited_for(name: str) -> None:
    container = containers()[name]
    profiles = set(container.get("profiles", ()))
    for other, given in container.get("depends_on", {}).items():
        needed = containers()[other]
        right = {"service_completed_successfully"} if other in ONE_SHOT else set()
        right = right or {"service_healthy", "service_started"}
        assert given["condition"] in right, f"{name} waits for {other}"
        # What a profile starts has all that it needs.
        assert not needed.get("profiles") or (profiles and profiles <= set(needed["profiles"]))


def test_volumes_are_declared_and_used() -> None:
    used_ones = {
        volume.partition(":")[0]
        for container in containers().values()
        for volume in container.get("volumes", ())
        if not volume.startswith((".", "/"))
    }
    assert used_ones == set(compose()["volumes"])


def test_files_of_the_checkout_are_there_and_read_only() -> None:
    for name, container in containers().items():
        for volume in container.get("volumes", ()):
            if volume.startswith("."):
                source, _, rest = volume.partition(":")
                assert (ROOT / source).exists(), f"{name}: {source}"
                assert rest.endswith(":ro"), f"{name}: {volume}"


def test_passwords_come_from_outside() -> None:
    """A password in the file itself would be everyone's."""
    text = FILE.read_text()
    secrets = re.findall(r"^ *(\w*(?:PASS|PASSWORD|SECRET|KEY)): *(.+)$", text, re.MULTILINE)
    assert {name for name, _ in secrets} >= {"POSTGRES_PASSWORD", "DATA_SOURCE_PASS"}
    for name, value in secrets:
        # moto takes any key; an anchor or alias leads to another line.
        given = value.strip('"')
        assert given.startswith(("${", "&", "*")) or name == "AWS_SECRET_ACCESS_KEY", name
    for user, password in re.findall(r"://([^:/@\s]*):([^@\s]+)@", text):
        assert password.startswith("${"), f"{user}: has a password in the file"


def test_what_is_missing_is_said() -> None:
    """A variable without a default is asked for by `:?` at least once, and in the example."""
    for name, defaults in used().items():
        assert len(defaults) <= 1, f"{name}: has two defaults"
        assert defaults or name in required(), f"{name}: has no default and is not asked for"
    assert required() <= set(example())
    with pytest.raises(KeyError):
        filled(FILE.read_text(), {})


def test_the_example_names_every_variable() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    named = dict(m.groups() for line in lines if (m := re.fullmatch(r"#?([A-Z_]+)=(.*)", line)))
    assert set(named) == {*used(), "COMPOSE_PROJECT_NAME", "COMPOSE_PROFILES"}
    for name, (default,) in ((n, d) for n, d in used().items() if d):
        # A default that is a path of the checkout says less than an example of one outside.
        assert named[name] == default or name == "KUBECONFIG_FILE", name
    profiles = {p for c in containers().values() for p in c.get("profiles", ())}
    words = set(re.findall(r"[a-z]+", (ROOT / ".env.example").read_text()))
    assert profiles <= words


def test_the_example_is_good_enough_for_airflow() -> None:
    assert len(example()["AIRFLOW_SECRET"]) >= 64
    assert len(base64.urlsafe_b64decode(example()["AIRFLOW_FERNET_KEY"])) == 32
    assert len(example()["APPROVALS_KEY"]) >= KEY_CHARACTERS
