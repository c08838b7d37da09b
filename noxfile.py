"""The contributor's sessions: what CI runs, one by one, each in an environment of its own."""

import nox

nox.options.sessions = ["lint", "types", "tests"]
nox.options.default_venv_backend = "venv"

FRAMEWORKS = ("tensorflow-cpu", "torch", "jax")


def _install(session: nox.Session, *packages: str) -> None:
    session.install("-c", "constraints.txt", *packages)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format; ``nox -s lint -- --fix`` mends what can be mended."""
    _install(session, "ruff")
    session.run("ruff", "check", *session.posargs, ".")
    session.run("ruff", "format", *([] if "--fix" in session.posargs else ["--check"]), ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of the suite and of its tests."""
    _install(session, "-e", ".[dev]")
    session.run("mypy", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests of the suite; ``nox -s tests -- -k judge`` runs some of them."""
    _install(session, *FRAMEWORKS, "-e", ".[dev]")
    session.run("coverage", "run", "-m", "pytest", *session.posargs)
    session.run("coverage", "report")


@nox.session
def cases(session: nox.Session) -> None:
    """Run the cases through pytest on the three frameworks."""
    _install(session, *FRAMEWORKS, "-e", ".[dev]")
    session.run("pytest", "-n", "auto", "cases", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure the cost of the engine."""
    _install(session, *FRAMEWORKS, "-e", ".[dev]")
    session.run("python", "-m", "conformance.bench", *session.posargs)
