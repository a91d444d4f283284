"""Imports the modules named as arguments, and prints as JSON what else that did.

A program of its own and no test: what a test session has imported already would hide what an import does.
"""

import importlib
import json
import os
import sys
import threading
from pathlib import Path

CALLS = {
    "socket.bind",
    "socket.connect",
    "socket.getaddrinfo",
    "subprocess.Popen",
    "os.fork",
    "os.posix_spawn",
    "os.system",
    "_thread.start_new_thread",
}
OURS = f"{os.sep}services{os.sep}warmline{os.sep}"
MODULE_BODY = "<module>"
PASSED_THROUGH = ("os.py", "_collections_abc.py", "<frozen os>", "<frozen _collections_abc>")


class Watch:
    """Notes what happens while a module is imported."""

    def __init__(self):
        self.importing = ""
        self.effects = {}
        self.missing = {}

    def note(self, what):
        self.effects.setdefault(self.importing, []).append(what)

    def hear(self, event, _arguments):
        if event in CALLS and ours_runs():
            self.note(event)

    def import_module(self, name):
        threads, folder = threading.active_count(), Path.cwd()
        self.importing = name
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            self.missing[name] = error.name or str(error)
        if threading.active_count() > threads:
            self.note("leaves a thread running")
        if Path.cwd() != folder:
            self.note("changes the working directory")


WATCH = Watch()


class WatchedEnvironment(type(os.environ)):
    """The environment, which notes where we read it ourselves; a library may look at the locale."""

    def __getitem__(self, key):
        if ours_reads():
            WATCH.note(f"reads the variable {key}")
        return super().__getitem__(key)

    def __iter__(self):
        if ours_reads():
            WATCH.note("reads the environment")
        return super().__iter__()


def ours_reads():
    frame = sys._getframe(2)
    while frame and frame.f_code.co_filename.endswith(PASSED_THROUGH):
        frame = frame.f_back
    return frame is not None and OURS in frame.f_code.co_filename


def ours_runs():
    """Tell whether the innermost module being imported is ours: what a library does at its own import is its affair."""
    frame = sys._getframe(2)
    while frame and frame.f_code.co_name != MODULE_BODY:
        frame = frame.f_back
    return frame is not None and OURS in frame.f_code.co_filename


if __name__ == "__main__":
    sys.addaudithook(WATCH.hear)
    os.environ.__class__ = WatchedEnvironment
    for module in sys.argv[1:]:
        WATCH.import_module(module)
    sys.stdout.write(json.dumps({"effects": WATCH.effects, "missing": WATCH.missing}) + "\n")
