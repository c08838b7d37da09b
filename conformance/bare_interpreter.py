"""Runs repro scripts, each in a fork of an interpreter that has imported the framework, and nothing of the suite.

``conformance.standalone`` starts it as ``python -I bare_interpreter.py JOBS``. A script is executed as a user would;
only then is what reads its variables loaded, from its files, and they are written down as a results file has them.
"""

import atexit
import contextlib
import importlib
import importlib.util
import io
import json
import os
import signal
import sys
import types
from pathlib import Path
from typing import Any


def _load(path: str) -> Any:
    spec = importlib.util.spec_from_file_location(Path(path).stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _execute(script: str) -> tuple[dict[str, Any], str | None, str]:
    """Execute a script; return its variables, the type of the error that it raised, and what it printed."""
    main_module = types.ModuleType("__main__")  # torch.compile looks a function's globals up by its module
    main_module.__file__ = script
    ours, sys.modules["__main__"] = sys.modules["__main__"], main_module
    at_exit: list[Any] = []
    printed, raised = io.StringIO(), None
    real = atexit.register
    atexit.register = lambda f, *a, **k: at_exit.append(f) or f  # type: ignore[assignment, func-returns-value]
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            try:
                exec(compile(Path(script).read_text(encoding="utf-8"), script, "exec"), main_module.__dict__)
            except Exception as error:
                raised = type(error).__name__
            for function in at_exit:
                function()
    finally:
        atexit.register = real
        sys.modules["__main__"] = ours
    assert not [name for name in sys.modules if name.partition(".")[0].startswith("conformance")]
    return main_module.__dict__, raised, printed.getvalue()


def _answer(job: dict[str, Any], order: dict[str, Any]) -> None:
    """Execute the script of a job and print what it showed as a line of JSON."""
    signal.alarm(order["seconds"])
    variables, raised, printed = _execute(job["script"])
    import numpy as np

    encoder, to_host = _load(order["worker"])._Encoder, _load(order["runtime"]).to_host
    seen = {name: encoder(np, to_host).encode(variables[v]) for name, v in job["observe"].items() if v in variables}
    answer = {"cell": job["cell"], "raised": raised, "observations": seen, "printed": printed}
    print(json.dumps(answer), file=sys.__stdout__, flush=True)


def _answer_in_child(job: dict[str, Any], order: dict[str, Any]) -> None:
    """Answer a job in a child that begins as new; say how it ended where it did not answer."""
    child = os.fork()
    if not child:
        status = 1
        try:
            _answer(job, order)
            status = 0
        finally:
            os._exit(status)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code:
        print(json.dumps({"cell": job["cell"], "ended": code}), file=sys.__stdout__, flush=True)


def main() -> None:
    """Read the jobs, import the framework where several share it, and answer each."""
    order = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    if not order["fork"]:
        (job,) = order["jobs"]
        _answer(job, order)
        return
    for name in order["imports"]:
        importlib.import_module(name)
    for job in order["jobs"]:
        _answer_in_child(job, order)


if __name__ == "__main__":
    main()
