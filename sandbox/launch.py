"""`python -I -S launch.py FOLDER PART`: become a part's program, as FOLDER/PART.json says.

The supervisor starts every part through this, so that its own configuration needs neither
quoting nor secrets, and what was started is on record. It runs before any package can be found,
so it imports the standard library only.
"""

import json
import os
import sys
import time


def main() -> None:
    """Write the record, and replace this process by the program."""
    folder, name = sys.argv[1:]
    with open(f"{folder}/{name}.json", "rb") as file:  # noqa: PTH123
        wanted = json.load(file)
    record = {"pid": os.getpid(), "time": time.time(), "fingerprint": wanted["fingerprint"]}
    new = f"{folder}/.{name}.started.{os.getpid()}"
    with open(new, "w") as file:  # noqa: PTH123
        json.dump(record, file)
    os.replace(new, f"{folder}/{name}.started")  # noqa: PTH105
    os.umask(0o022)
    os.chdir(wanted["directory"])
    argv = wanted["command"]
    try:
        os.execvpe(argv[0], argv, {**os.environ, **wanted["environment"]})  # noqa: S606
    except OSError as error:
        print(f"{name}: {argv[0]} cannot be started: {error}", file=sys.stderr, flush=True)
        sys.exit(127)


if __name__ == "__main__":
    main()
