"""Runs repro scripts one after the other in an interpreter that has the framework and nothing of the suite.

Started by ``test_every_cell.py`` as ``python -I bare_interpreter.py JOBS``. Each script is a file, executed as a user
would; what its variables hold is then written down in the form that the results file has.
"""

import atexit
import contextlib
import importlib.util
import io
import json
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


def _run(script: str, observe: dict[str, str], encoder: Any) -> dict[str, Any]:
    main_module = types.ModuleType("__main__")  # torch.compile looks a function's globals up by its module
    main_module.__file__ = script
    ours, sys.modules["__main__"] = sys.modules["__main__"], main_module
    space: dict[str, Any] = main_module.__dict__
    at_exit: list[Any] = []
    printed, raised = io.StringIO(), None
    real = atexit.register
    atexit.register = lambda f, *a, **k: at_exit.append(f) or f  # type: ignore[assignment, func-returns-value]
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            try:
                exec(compile(Path(script).read_text(encoding="utf-8"), script, "exec"), space)
            except Exception as error:
                raised = type(error).__name__
            for function in at_exit:
                function()
    finally:
        atexit.register = real
        sys.modules["__main__"] = ours
    values = {name: encoder().encode(space[variable]) for name, variable in observe.items() if variable in space}
    return {"raised": raised, "observations": values, "printed": printed.getvalue()}


def main() -> None:
    """Read the jobs, run them, and print a JSON line for each."""
    jobs = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    runtime, worker = _load(jobs["runtime"]), _load(jobs["worker"])
    import numpy as np

    for job in jobs["scripts"]:
        with runtime.isolate("cpu", 0):
            answer = _run(job["script"], job["observe"], lambda: worker._Encoder(np, runtime.to_host))
        print(json.dumps({"cell": job["cell"], **answer}), file=sys.__stdout__, flush=True)
    assert not [name for name in sys.modules if name.split(".")[0] == "conformance"]


if __name__ == "__main__":
    main()
