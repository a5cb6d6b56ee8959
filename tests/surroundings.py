"""What tests find around them: another home, time zone, language and umask than the machine's.

So a test that depends on one of them without saying so fails everywhere, and not just on somebody's machine.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

# The date differs from that of UTC for most of the day; the language is the one of programs without any.
VARIABLES = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "LANG": "C"}
UNSET = ("LANGUAGE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
UMASK = 0o027
# jsii unpacks the providers into this folder of the home, 600 MB; all sessions share it.
JSII_CACHE = "JSII_RUNTIME_PACKAGE_CACHE_ROOT"


class Surroundings:
    """The plugin of pytest that puts a session into other surroundings, and the machine's back at its end."""

    def __init__(self) -> None:
        self._home = tempfile.mkdtemp(prefix="home-of-tests-")
        self._variables = dict(os.environ)
        os.environ.setdefault(JSII_CACHE, str(_jsii_cache()))
        os.environ.update(VARIABLES, HOME=self._home)
        for name in UNSET:
            os.environ.pop(name, None)
        time.tzset()
        self._umask = os.umask(UMASK)

    def pytest_unconfigure(self) -> None:
        os.umask(self._umask)
        for name in (*VARIABLES, *UNSET, JSII_CACHE, "HOME"):
            os.environ.pop(name, None)
            if name in self._variables:
                os.environ[name] = self._variables[name]
        time.tzset()
        shutil.rmtree(self._home, ignore_errors=True)


def _jsii_cache() -> Path:
    """Return the folder that jsii takes where none is named (`defaultCacheRoot` of @jsii/kernel)."""
    folder = "Library/Caches/com.amazonaws.jsii" if sys.platform == "darwin" else ".cache/aws/jsii"
    return Path.home() / folder / "package-cache"
