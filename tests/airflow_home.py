"""Airflow without a database, a config file or a home of its own.

Airflow reads these variables when it is imported, so a `conftest.py` imports this file first.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

_HOME = tempfile.mkdtemp(prefix="fieldday-airflow-")
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
os.environ.update({"AIRFLOW_HOME": _HOME, "AIRFLOW__CORE__LOAD_EXAMPLES": "False"})
