"""The control plane's clients: kubeconfigs, tokens, and what is said when kubectl fails."""

from __future__ import annotations

import base64
import csv
import json
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox import kubernetes, pki, roles
from sandbox.errors import SandboxError
from sandbox.parts import node
from sandbox.parts.context import Context
from sandbox.ports import Ports

# Remembers what it was asked, and answers what the test says.
_KUBECTL = """#!/bin/sh
cd "$(dirname "$0")"
for word; do printf '%s\\n' "$word"; done > asked
cat > given
cat answer
cat refusal >&2
exit "$(cat code)"
"""


class Kubectl:
    """A kubectl of the test's, in the sandbox's folder of programs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        program = folder / "kubectl"
        program.write_text(_KUBECTL)
        program.chmod(0o755)
        self.answers()

    def answers(self, answer: str = "", refusal: str = "", code: int = 0) -> None:
        for name, content in (("answer", answer), ("refusal", refusal), ("code", str(code))):
            (self.folder / name).write_text(content)
        (self.folder / "asked").unlink(missing_ok=True)

    @property
    def asked(self) -> list[str]:
        """The arguments of the last call; empty when there was none."""
        path = self.folder / "asked"
        return path.read_text().splitlines() if path.exists() else []

    @property
    def given(self) -> str:
        """Its standard input."""
        return (self.folder / "given").read_text()


@pytest.fixture
def kubectl(context: Context) -> Kubectl:
    pki.ensure(context.layout, context.block)
    return Kubectl(context.layout.bin)


_APPLY = ["apply", "--server-side", "--force-conflicts", "--field-manager=fieldday"]


def test_manifests_win_over_what_others_changed(context: Context, kubectl: Kubectl) -> None:
    kubernetes.apply(context, "kind: List\n")
    config = str(context.layout.kubeconfigs / "admin.yaml")
    assert kubectl.asked == ["--kubeconfig", config, *_APPLY, "--filename", "-"]
    assert kubectl.given == "kind: List\n"


def test_a_refusal_is_said_in_its_own_words(context: Context, kubectl: Kubectl) -> None:
    kubectl.answers(refusal="x" * 5000 + "error: forbidden\n", code=1)
    with pytest.raises(SandboxError) as raised:
        kubernetes.apply(context, "kind: List\n")
    said = str(raised.value)
    assert said.startswith("kubectl apply: xxx")
    assert said.endswith("xerror: forbidden. See the log of kube-apiserver.")
    assert len(said) < 1700


def test_without_kubectl_it_is_said(context: Context) -> None:
    with pytest.raises(SandboxError, match=r"^kubectl get: .*No such file.*See the log"):
        kubernetes.kubectl(context, "get", "nodes")


def test_a_kubectl_that_hangs_is_given_up(
    context: Context, kubectl: Kubectl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kubernetes, "_KUBECTL_SECONDS", 0.2)
    (kubectl.folder / "kubectl").write_text("#!/bin/sh\nexec sleep 600\n")
    with pytest.raises(SandboxError, match=r"^kubectl get: .*timed out after 0\.2 seconds"):
        kubernetes.kubectl(context, "get", "nodes")


def test_large_manifests_are_applied_once_a_cluster(context: Context, kubectl: Kubectl) -> None:
    kubernetes.apply_once(context, "crds", "one")
    assert kubectl.given == "one"
    kubectl.answers()
    kubernetes.apply_once(context, "crds", "one")
    assert kubectl.asked == []
    kubectl.answers(refusal="no", code=1)
    with pytest.raises(SandboxError, match="no"):
        kubernetes.apply_once(context, "crds", "two")
    kubectl.answers()
    kubernetes.apply_once(context, "crds", "two")
    assert kubectl.given == "two"


def test_the_node_s_rights_are_applied_before_its_start(context: Context, kubectl: Kubectl) -> None:
    part = node.part(context)
    part.prepare()
    assert kubectl.asked[2:] == [*_APPLY, "--filename", "-"]
    assert kubectl.given == node.manifest(context)
    assert (context.layout.data / "node").is_dir()
    kubectl.answers(refusal="error: etcdserver: no space", code=1)
    with pytest.raises(RuntimeError, match=r"etcdserver: no space\. See the log of kube-apiserver"):
        part.prepare()


def test_every_user_s_token_is_in_its_kubeconfig(context: Context, kubectl: Kubectl) -> None:
    kubernetes.write_kubeconfigs(context)
    with kubernetes.token_file(context).open(newline="") as file:
        known = {user: (token, groups) for token, user, _, groups in csv.reader(file)}
    assert known["fieldday-admin"][1] == "system:masters"
    for role, user, groups in kubernetes.TOKEN_USERS:
        document = yaml.safe_load(kubernetes.kubeconfig(context, role).read_text())
        assert known[user] == (document["users"][0]["user"]["token"], ",".join(groups))
        cluster = document["clusters"][0]["cluster"]
        assert cluster["server"] == f"https://127.0.0.1:{context.ports['kube-apiserver']}"
        authority = base64.b64decode(cluster["certificate-authority-data"])
        assert authority == (context.layout.pki / "ca.crt").read_bytes()


# -- roles -------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def helm(context: Context) -> Path:
    """A helm that gives its own arguments, as a comment, for a chart."""
    program = context.layout.folder(context.layout.bin) / "helm"
    program.write_text('#!/bin/sh\necho "# $*"\n')
    program.chmod(0o755)
    return program


def test_the_platform_s_chart_is_applied_with_what_the_sandbox_adds(
    context: Context, kubectl: Kubectl, accepted: set[str]
) -> None:
    good = role_token(days=365)
    accepted.add(good)
    kubectl.answers(good)
    roles.ensure(context)
    kubectl.answers()
    roles.ensure(context)
    assert "name: fieldday-metrics" in kubectl.given
    assert "# template fieldday-platform " in kubectl.given
    assert kubectl.given.rstrip().endswith("helm/platform/values-sandbox.yaml")


def test_a_chart_that_helm_refuses_is_said(context: Context, kubectl: Kubectl, helm: Path) -> None:
    helm.write_text("#!/bin/sh\necho 'Error: roles: no' >&2\nexit 1\n")
    with pytest.raises(SandboxError, match=r"^helm template: Error: roles: no\. Fix .*platform"):
        roles.ensure(context)
    assert kubectl.asked == []


def role_token(days: float) -> str:
    """A token that looks like a service account's."""
    claims = json.dumps({"exp": int(time.time() + days * 86_400)}).encode()
    return f"header.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.signature"


@pytest.fixture
def accepted(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The tokens that the API server accepts."""
    tokens: set[str] = set()

    def status(context: Context, port: str, path: str, token: str = "") -> int:
        assert (port, path) == ("kube-apiserver", "/api")
        return 200 if token in tokens else 401

    monkeypatch.setattr(roles, "status", status)
    return tokens


def config(context: Context, role: str = "releaser") -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(kubernetes.kubeconfig(context, role).read_text())
    return found


def test_roles_keep_a_token_that_works(
    context: Context, kubectl: Kubectl, accepted: set[str]
) -> None:
    good = role_token(days=365)
    accepted.add(good)
    kubectl.answers(good + "\n")
    roles.ensure(context)
    assert config(context)["users"][0]["user"]["token"] == good
    assert "--duration=8760h" in kubectl.asked
    kubectl.answers("another")
    roles.ensure(context)
    # The last call was for the rights, none for a token.
    assert "apply" in kubectl.asked
    assert config(context)["users"][0]["user"]["token"] == good


@pytest.mark.parametrize(
    "old",
    [role_token(days=89), role_token(days=-1), "no token", "a.b.c", ""],
    ids=["ends soon", "has ended", "words", "three words", "none"],
)
def test_a_token_that_works_no_longer_is_replaced(
    context: Context, kubectl: Kubectl, accepted: set[str], old: str
) -> None:
    accepted |= {old}
    kubernetes.write_kubeconfig(context, "releaser", old)
    kubectl.answers("a new one\n")
    roles.ensure(context)
    assert config(context)["users"][0]["user"]["token"] == "a new one"


def take_a_new_authority(context: Context, kubectl: Kubectl, accepted: set[str]) -> None:
    """Give the roles working tokens, then make the certificate authority anew."""
    good = role_token(days=365)
    accepted.add(good)
    kubectl.answers(good)
    roles.ensure(context)
    (context.layout.pki / "ca.key").unlink()
    pki.ensure(context.layout, context.block)


def test_a_role_s_kubeconfig_follows_the_port_and_the_authority(
    context: Context, kubectl: Kubectl, accepted: set[str]
) -> None:
    take_a_new_authority(context, kubectl, accepted)
    moved = Ports({**context.ports.numbers, "kube-apiserver": 20_999})
    there = Context(context.layout, moved, context.secrets, context.block)
    roles.ensure(there)
    cluster = config(there)["clusters"][0]["cluster"]
    assert cluster["server"] == "https://127.0.0.1:20999"
    authority = base64.b64decode(cluster["certificate-authority-data"])
    assert authority == (context.layout.pki / "ca.crt").read_bytes()


def test_a_new_authority_alone_is_followed_too(
    context: Context, kubectl: Kubectl, accepted: set[str]
) -> None:
    take_a_new_authority(context, kubectl, accepted)
    roles.ensure(context)
    cluster = config(context)["clusters"][0]["cluster"]
    authority = base64.b64decode(cluster["certificate-authority-data"])
    assert authority == (context.layout.pki / "ca.crt").read_bytes()
