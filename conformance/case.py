"""The case model: what a YAML case file may say, as frozen pydantic models, and the JSON Schema made from them.

``conformance.load`` reads files into these; nothing here reads a file or knows a framework.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from conformance.errors import nearest
from conformance.expectation import ExpectationError, Expected, parse_expected
from conformance.points import SIGNATURES

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
FrameworkMode = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+(-(eager|compiled))?$")]
Sentence = Annotated[str, StringConstraints(min_length=3, max_length=2000)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
Mode = Literal["eager", "compiled"]
Device = Literal["cpu", "gpu"]
Dtype = Literal[
    "bool", "int8", "int16", "int32", "int64", "uint8",
    "float16", "bfloat16", "float32", "float64", "complex64", "complex128",
]  # fmt: skip
Way = Literal[
    "reverse", "forward",
    "reverse-over-reverse", "forward-over-reverse", "reverse-over-forward", "forward-over-forward",
    "consistency",
]  # fmt: skip


def _a_signature(value: str) -> str:
    if value not in SIGNATURES:
        raise ValueError(f"no signature {value!r}; one of {', '.join(SIGNATURES)}{nearest(value, SIGNATURES)}")
    return value


SignatureName = Annotated[
    str, AfterValidator(_a_signature), WithJsonSchema({"type": "string", "enum": list(SIGNATURES)})
]
KnownKind = Literal["bug", "wont-fix", "formula"]
"""``formula``: the framework has no such function; its nearest spelling is a formula of several operations, and what
is lost is lost by the formula, not by a rule of the framework."""
AxisValue = bool | int | float | str | list[Any]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _checked(value: dict[str, Any]) -> dict[str, Any]:
    parse_expected(value)  # its ExpectationError is a ValueError, and carries the path to what is wrong
    return value


class Tolerance(_Model):
    """A case's own bound, which needs a reason."""

    rtol: float = Field(default=0.0, ge=0)
    atol: float = Field(default=0.0, ge=0)
    because: Sentence


class Agreement(_Model):
    """How near the frameworks' answers must be to each other, for every observed name."""

    rtol: float = Field(default=0.0, ge=0)
    atol: float = Field(default=0.0, ge=0)


class Difference(_Model):
    """A documented difference of one framework (or one framework in one mode)."""

    expect: dict[str, Any] = Field(
        description="Replaces the entries of `expect` that it names; with `raises`, only what it names is expected."
    )
    because: Sentence
    covers: list[Identifier] = Field(default=[], description="The documented statements that say so.")

    _expect = field_validator("expect")(_checked)


class Known(_Model):
    """A known failure: it still runs, must fail, and in the way that `observed` describes."""

    framework: str
    versions: str = Field(default="", description="A version range such as '>=2.20,<2.22'; empty for every version.")
    device: Device | None = None
    mode: Mode | None = None
    issue: str | None = Field(default=None, description="The address of the upstream issue, where there is one.")
    kind: KnownKind
    because: Sentence
    observed: dict[str, Any] = Field(default={}, description="What is seen instead, in the forms of `expect`.")
    ends: Literal["crashed", "timed-out"] | None = Field(
        default=None, description="How the process ends, where the failure leaves nothing to observe."
    )

    _observed = field_validator("observed")(_checked)

    @model_validator(mode="after")
    def _recognised(self) -> Known:
        if bool(self.observed) == (self.ends is not None):
            raise ValueError("a known failure is recognised by what is observed, or by how the process ends; give one")
        return self

    def holds_for(self, labels: Mapping[str, str]) -> bool:
        """Return whether this may be a failure of the variant with these labels; those of derivative cases say more."""
        del labels
        return True


class Derivatives(_Model):
    """Which derivatives of a function are asked for: orders, ways to take them, and data types."""

    orders: list[Literal[1, 2]] = [1, 2]
    ways: Literal["all"] | list[Way] = "all"
    dtypes: list[Literal["float16", "bfloat16", "float32", "float64", "complex64", "complex128"]] = Field(
        default=[], description="Those of the signature, if none is named: the four real ones, or the two complex ones."
    )


class Oracle(_Model):
    """Why some expected numbers cannot be proved by the reference."""

    skip: list[str] = Field(description="The names in `expect` that the reference does not prove.")
    because: Sentence


class Case(_Model):
    """One case: a program, native sources or a function, what must be observed, and which statements it covers."""

    id: Identifier
    title: Sentence
    covers: list[Identifier] = []
    refutes: list[Identifier] = []
    program: Text | None = None
    native: dict[str, Text] | None = None
    function: Text | None = Field(
        default=None, description="A derivative case: one `def f(...)`, differentiated in every way at every point."
    )
    signature: SignatureName | None = Field(default=None, description="The kind of function, for `points: catalogue`.")
    points: Literal["catalogue"] | dict[Identifier, dict[str, Any]] | None = Field(
        default=None, description="`catalogue`, or named points: an input for each argument, and `because`."
    )
    derivatives: Derivatives | None = None
    documented: dict[Identifier, dict[str, list[str]]] = Field(
        default={},
        description="Statements on points of a derivative case where the derivative is a choice, each with the values "
        "of the case's axes, and of `point`, that it speaks of.",
    )
    expect: dict[str, Any] = {}
    differs: dict[FrameworkMode, Difference] = {}
    unsupported: dict[FrameworkMode, Sentence] = Field(
        default={}, description="Frameworks (or framework-mode) in which the concept does not exist, with the reason."
    )
    known: list[Known] = []
    for_each: dict[str, list[AxisValue] | dict[str, dict[str, Any]]] = Field(
        default={},
        description="Axes: a list of values, or labelled rows of several names. Names stand for themselves in the "
        "program and as $name in expect and data.",
    )
    data: dict[str, AxisValue] = Field(default={}, description="`seed`, and arrays made by NumPy: name to expression.")
    modes: list[Mode] = ["eager", "compiled"]
    devices: list[Device] = ["cpu", "gpu"]
    dtypes: list[Dtype] = Field(default=[], description="Expands the axis `dtype`; float64 turns JAX's x64 mode on.")
    timeout: float | None = Field(default=None, gt=0, le=3600, description="Seconds.")
    tags: list[Identifier] = []
    tolerance: Tolerance | None = None
    agreement: Agreement | None = None
    oracle: Oracle | None = None
    note: Sentence | None = Field(default=None, description="What a reader should know beyond the title.")

    @model_validator(mode="after")
    def _one_kind(self) -> Case:
        if [self.program, self.native, self.function].count(None) != 2:
            raise ExpectationError("a case has a program, native sources or a function; give exactly one of them", ())
        if self.function is not None:
            _check_derivative(self)
            return self
        if self.points is not None or self.derivatives is not None or self.signature is not None or self.documented:
            raise ExpectationError("points, signature, derivatives and documented belong to a case with a function", ())
        if "expect" not in self.model_fields_set:
            raise ExpectationError("a case needs `expect`", ())
        if self.native is None:
            _check_below(self.expect, ("expect",))
        else:
            for framework, expect in self.expect.items():
                if framework not in self.native:
                    allowed = ", ".join(self.native)
                    problem = f"expect.{framework}: a native case expects by framework; one of {allowed}"
                    raise ExpectationError(problem + nearest(framework, self.native), ("expect", framework))
                if not isinstance(expect, dict):
                    problem = f"expect.{framework}: takes a mapping of names to expectations"
                    raise ExpectationError(problem, ("expect", framework))
                _check_below(expect, ("expect", framework))
            missing = [framework for framework in self.native if framework not in self.expect]
            if missing:
                problem = f"native.{missing[0]}: expect says nothing of it; add expect.{missing[0]}"
                raise ExpectationError(problem, ("native", missing[0]))
        if not self.covers and not self.refutes and not any(d.covers for d in self.differs.values()):
            raise ExpectationError("covers no documented statement; name at least one under covers or refutes", ())
        return self

    def difference(self, framework: str, mode: str) -> Difference | None:
        """Return the documented difference that applies, the more specific one first."""
        return self.differs.get(f"{framework}-{mode}") or self.differs.get(framework)


def _check_derivative(case: Case) -> None:
    """Refuse a derivative case that lacks a part, or has one of another kind."""
    if case.derivatives is None or case.points is None:
        raise ExpectationError("a function needs points and derivatives; give `points:` and `derivatives:`", ())
    if case.points == "catalogue" and case.signature is None:
        raise ExpectationError("points: catalogue takes those of a signature; give `signature:`", ("points",))
    if case.known:
        problem = "known: known failures of a derivative case stand in the file beside it; see `gradconf known --help`"
        raise ExpectationError(problem, ("known",))
    for name in ("expect", "differs", "data", "dtypes", "agreement", "tolerance", "oracle"):
        if getattr(case, name):
            problem = f"{name}: a derivative case is held against the exact value; take it out"
            raise ExpectationError(problem, (name,))


def _check_below(expect: dict[str, Any], path: tuple[str, ...]) -> None:
    try:
        parse_expected(expect)
    except ExpectationError as error:
        raise ExpectationError(str(error), (*path, *error.path)) from error


class CaseFile(_Model):
    """A case file: its area and its cases."""

    area: Identifier
    about: Sentence | None = Field(default=None, description="What this group of cases asks, in a sentence or two.")
    cases: list[Case]


def expected_names(mapping: dict[str, Any]) -> Expected:
    """Return the parsed expectations of a mapping that has been validated."""
    return parse_expected(mapping)
