from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from fieldday.errors import Permanent, Retryable
from fieldday.processes import (
    CommandFailed,
    CommandMissing,
    CommandTimedOut,
    attached,
    end_attached,
    program,
    run,
)
from tests.patience import PATIENCE

PYTHON = sys.executable


def python(code: str, *arguments: str) -> list[str]:
    return [PYTHON, "-c", code, *arguments]


def test_gives_output_and_code() -> None:
    done = run(
        python("import sys; print('out'); print('err', file=sys.stderr)"), timeout=20 * PATIENCE
    )
    assert (done.code, done.stdout, done.stderr) == (0, "out\n", "err\n")
    assert done.seconds > 0


def test_environment_directory_and_input_reach_the_program(tmp_path: Path) -> None:
    code = "import os, sys; print(os.environ['A'], os.getcwd(), sys.stdin.read())"
    done = run(python(code), timeout=20 * PATIENCE, env={"A": "1"}, cwd=tmp_path, input="hello")
    assert done.stdout == f"1 {tmp_path} hello\n"


def test_output_that_is_not_utf8_is_not_fatal() -> None:
    code = "import sys; sys.stdout.buffer.write(bytes([0xff, 0x41]))"
    assert run(python(code), timeout=20 * PATIENCE).stdout == "\ufffdA"


def test_a_failure_says_what_was_run_and_what_it_said() -> None:
    with pytest.raises(CommandFailed, match=r"exited with 3\. it broke") as caught:
        run(
            python("import sys; sys.exit(print('it broke', file=sys.stderr) or 3)"),
            timeout=20 * PATIENCE,
        )
    assert caught.value.completed.code == 3
    assert not isinstance(caught.value, (Permanent, Retryable))
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301


def test_a_failure_can_be_left_to_the_caller() -> None:
    assert run(python("raise SystemExit(4)"), timeout=20 * PATIENCE, check=False).code == 4


def test_long_output_is_trimmed_to_its_end() -> None:
    with pytest.raises(CommandFailed) as caught:
        run(python("raise SystemExit('x' * 100000 + 'the end')"), timeout=20 * PATIENCE)
    assert str(caught.value).endswith("the end")
    assert len(str(caught.value)) < 5000


def test_a_signal_is_named() -> None:
    with pytest.raises(CommandFailed, match="killed by SIGKILL"):
        run(python("import os; os.kill(os.getpid(), 9)"), timeout=20 * PATIENCE)
    assert program._ending(-99) == "killed by signal 99"


def test_a_missing_program_is_permanent() -> None:
    with pytest.raises(CommandMissing, match=r"no-such-program: not found\. Install it"):
        run(["no-such-program"], timeout=1)
    with pytest.raises(CommandMissing, match="is not a folder"):
        run([PYTHON], timeout=1, cwd=Path("/no/such/folder"))


def test_an_argument_that_is_too_long_is_permanent() -> None:
    with pytest.raises(CommandMissing, match="cannot be started"):
        run([PYTHON, "x" * 10_000_000], timeout=1)


def test_secrets_stay_out_of_errors() -> None:
    code = "import os, sys; sys.exit(' '.join([*sys.argv[1:], os.environ['DB_PASSWORD']]))"
    argv = python(code, "tok-123456", "postgres://me:hunter22@db/x")
    with pytest.raises(CommandFailed) as caught:
        run(argv, timeout=20 * PATIENCE, env={"DB_PASSWORD": "swordfish"}, secrets=["tok-123456"])
    for secret in ("tok-123456", "hunter22", "swordfish"):
        assert secret not in str(caught.value)
        assert secret not in repr(caught.value.completed)
    assert "postgres://***@db/x" in str(caught.value)


SPAWNS = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
with open(sys.argv[1], "w") as file:
    file.write(str(child.pid))
time.sleep(3600)
"""


def spawned_pid(path: Path) -> int:
    deadline = time.monotonic() + 10 * PATIENCE
    while time.monotonic() < deadline:
        if path.exists() and (text := path.read_text()):
            return int(text)
        time.sleep(0.01)
    raise AssertionError("it did not start")


def gone(pid: int) -> bool:
    try:
        psutil.Process(pid).wait(timeout=10 * PATIENCE)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return False
    return True


def test_secrets_of_this_process_stay_out_of_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__API_AUTH__JWT_SECRET", "correct-horse")
    with pytest.raises(CommandFailed) as caught:
        run(
            ["sh", "-c", 'echo "$AIRFLOW__API_AUTH__JWT_SECRET" >&2; exit 1'], timeout=10 * PATIENCE
        )
    assert "correct-horse" not in str(caught.value)
    assert "***" in str(caught.value)


def test_what_is_not_ours_gets_none_of_our_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "correct-horse")
    monkeypatch.setenv("TF_VAR_database_password", "battery-staple")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    given = run(["env"], timeout=10 * PATIENCE, env={"MINE": "1"}, bare=True).stdout.splitlines()
    names = {line.partition("=")[0] for line in given}
    assert {"PATH", "HOME", "LC_ALL", "MINE"} <= names
    assert not {"AIRFLOW__CORE__FERNET_KEY", "TF_VAR_database_password"} & names


def test_a_timeout_ends_the_program_and_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "pid"
    real = subprocess.Popen.communicate

    def begun(self: subprocess.Popen[str], *args: object, **kwargs: object) -> object:
        spawned_pid(file)
        return real(self, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(subprocess.Popen, "communicate", begun)
    with pytest.raises(CommandTimedOut, match=r"not done after 1 s, ended"):
        run(python(SPAWNS, str(file)), timeout=1)
    assert gone(spawned_pid(file))


def test_a_program_that_ignores_sigterm_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attached, "_GRACE_SECONDS", 0.2)
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(3600)"
    with pytest.raises(CommandTimedOut):
        run(python(code), timeout=0.5)


def test_an_interruption_ends_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "pid"
    real = subprocess.Popen.communicate
    calls: list[int] = []

    def interrupted(self: subprocess.Popen[str], *args: object, **kwargs: object) -> object:
        if not calls:
            calls.append(spawned_pid(file))
            raise KeyboardInterrupt
        return real(self, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(subprocess.Popen, "communicate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(python(SPAWNS, str(file)), timeout=20 * PATIENCE)
    assert gone(calls[0])


def test_end_all_ends_what_another_thread_waits_for(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    errors: list[BaseException] = []

    def wait() -> None:
        try:
            run(python(SPAWNS, str(file)), timeout=30 * PATIENCE)
        except CommandFailed as e:
            errors.append(e)

    thread = threading.Thread(target=wait)
    thread.start()
    pid = spawned_pid(file)
    end_attached()
    thread.join(timeout=10 * PATIENCE)
    assert "killed by SIGTERM" in str(errors[0])
    assert gone(pid)


def test_a_killed_parent_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    code = (
        "import sys; from fieldday.processes import run\n"
        "run([sys.executable, '-c', 'import os, sys, time;"
        ' open(sys.argv[1], "w").write(str(os.getpid())); time.sleep(3600)\', sys.argv[1]],'
        " timeout=60)"
    )
    plugins = Path(attached.__file__).parents[2]
    parent = subprocess.Popen(
        python(code, str(file)), env={**os.environ, "PYTHONPATH": str(plugins)}
    )
    pid = spawned_pid(file)
    parent.kill()
    parent.wait()
    assert gone(pid)


def test_works_where_setpriv_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attached, "_dies_with_parent", list)
    assert run(python("print(1)"), timeout=20 * PATIENCE).stdout == "1\n"


def test_a_relative_program_is_in_the_folder_where_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "check.sh").write_text("#!/bin/sh\necho here\n")
    (tmp_path / "check.sh").chmod(0o755)
    assert run(["./check.sh"], timeout=10 * PATIENCE, cwd=tmp_path).stdout == "here\n"
    monkeypatch.chdir(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with pytest.raises(CommandMissing, match=r"check\.sh: not found"):
        run(["./check.sh"], timeout=10 * PATIENCE, cwd=elsewhere)
