"""Faults put into frameworks on purpose: a native source turned into the one that a faulty framework would have run.

A suite that cannot fail proves nothing. Each mutant here gives a framework one plausible fault, by a few lines after
the imports of the native source (or by an edit of its text), and some case must then contradict: by its verdict, not
because something crashed. Mutated sources run in workers of their own: a mutant takes back what the mutant before it
changed, but only a mutant does.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from conformance.judge import judge
from conformance.observation import Outcome
from conformance.results import FAILED

if TYPE_CHECKING:
    from conformance.adapter import Unconnected
    from conformance.lowering.native import NativeSource
    from conformance.plan import Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One fault in one framework: ``prelude`` runs after the imports, ``edits`` replace text; ``notices``: case ids."""

    fault: str
    framework: str
    description: str
    notices: tuple[str, ...]
    prelude: str = ""
    edits: tuple[tuple[str, str], ...] = ()

    @property
    def id(self) -> str:
        """The mutant's id: ``torch/wrong-sign``."""
        return f"{self.framework}/{self.fault}"


FAULTS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "doubled": ("a gradient twice too large", ("basics/square-at-three", "basics/grad-of-a-function")),
    "wrong-sign": ("a gradient of the wrong sign", ("basics/square-at-three", "basics/grad-of-a-function")),
    "wrong-dtype": ("a gradient in half precision", ("basics/gradient-has-shape-and-dtype-of-argument",)),
    "swapped-sources": ("gradients handed out in the wrong order", ("structure/two-partial-derivatives",)),
    "zero-for-none": ("zeros where there is no gradient", ("unconnected/unused-source",)),
    "none-for-error": ("None where the call should raise", ("unconnected/unused-source",)),
    "none-for-zero": ("None where zeros are asked for or promised", ("unconnected/zeros-on-request",)),
    "watch-ignored": ("watching a tensor does nothing", ("watching/watched-constant",)),
    "non-trainable-watched": ("what is not trainable is watched", ("trainable/frozen-variable",)),
    "never-consumed": ("a used tape answers again", ("lifecycle/second-call-on-a-used-tape",)),
    "persistent-ignored": ("a persistent tape answers once", ("lifecycle/persistent-tape-answers-twice",)),
    "second-order-dropped": ("a gradient is a constant", ("higher-order/second-derivative-of-fourth-power",)),
    "stop-gradient-ignored": ("a stopped gradient flows", ("stop-gradient/stopped-factor-is-a-constant",)),
    "recording-never-stops": ("a paused tape records", ("recording-control/paused-factor",)),
    "cast-keeps-the-flow": ("a gradient flows through an integer", ("casting/cast-to-integer-and-back",)),
    "assign-does-nothing": ("an assignment does not happen", ("mutation/assign-a-new-value",)),
    "cotangent-ignored": ("the cotangent is taken to be ones", ("non-scalar/weights-for-the-elements",)),
    "transposed-jacobian": ("a Jacobian with its axes swapped", ("jacobian/outputs-first",)),
    "always-watching": ("variables are watched against orders", ("watching/automatic-watching-off",)),
    "silent-sum": ("a gradient of a vector is that of its sum", ("non-scalar/vector-target-is-summed",)),
    "argnums-ignored": ("always the first argument's gradient", ("basics/argnums-chooses-the-argument",)),
    "tangent-ignored": ("forward mode takes the tangent to be ones", ("forward-mode/derivative-along-a-direction",)),
    "custom-gradient-ignored": ("a custom gradient is not used", ("custom-gradient/given-rule-is-used",)),
}
"""Every fault: what it is, and neutral cases that should notice it."""

_SWAP: Final = """
for _owner, _name, _original in reversed(getattr({module}, "_gradconf_mutated", [])):
    setattr(_owner, _name, _original)
{module}._gradconf_mutated = []


def _swap(owner, name, replacement):
    {module}._gradconf_mutated.append((owner, name, getattr(owner, name)))
    setattr(owner, name, replacement)

"""
"""What every prelude begins with: it takes back the mutant before it, which may have ended in an exception."""

_MODULES: Final[Mapping[str, str]] = {"tensorflow": "tf", "torch": "torch", "jax": "jax"}

_TF_EACH: Final = """
_gradient = tf.GradientTape.gradient
def _mutated(self, target, sources, output_gradients=None, unconnected_gradients=tf.UnconnectedGradients.NONE):
    answer = _gradient(self, target, sources, output_gradients, unconnected_gradients)
    return tf.nest.map_structure(lambda g: None if g is None else {change}, answer)
_swap(tf.GradientTape, "gradient", _mutated)
"""

_TF_INIT: Final = """
_init = tf.GradientTape.__init__
def _mutated(self, persistent=False, watch_accessed_variables=True):
    _init(self, persistent={persistent}, watch_accessed_variables={watch})
_swap(tf.GradientTape, "__init__", _mutated)
"""

_TENSORFLOW: Final[Mapping[str, str]] = {
    "doubled": _TF_EACH.format(change="2 * tf.convert_to_tensor(g)"),
    "wrong-sign": _TF_EACH.format(change="-tf.convert_to_tensor(g)"),
    "wrong-dtype": _TF_EACH.format(change="tf.cast(g, tf.float16)"),
    "second-order-dropped": _TF_EACH.format(change="tf.stop_gradient(g)"),
    "swapped-sources": """
_gradient = tf.GradientTape.gradient
def _mutated(self, target, sources, *rest, **options):
    answer = _gradient(self, target, sources, *rest, **options)
    return type(answer)(answer[::-1]) if isinstance(answer, (list, tuple)) else answer
_swap(tf.GradientTape, "gradient", _mutated)
""",
    "zero-for-none": """
_gradient = tf.GradientTape.gradient
def _mutated(self, target, sources, output_gradients=None, unconnected_gradients=None):
    return _gradient(self, target, sources, output_gradients, tf.UnconnectedGradients.ZERO)
_swap(tf.GradientTape, "gradient", _mutated)
""",
    "none-for-zero": """
_gradient = tf.GradientTape.gradient
def _mutated(self, target, sources, output_gradients=None, unconnected_gradients=None):
    return _gradient(self, target, sources, output_gradients, tf.UnconnectedGradients.NONE)
_swap(tf.GradientTape, "gradient", _mutated)
""",
    "cotangent-ignored": """
_gradient = tf.GradientTape.gradient
def _mutated(self, target, sources, output_gradients=None, **options):
    return _gradient(self, target, sources, **options)
_swap(tf.GradientTape, "gradient", _mutated)
""",
    "watch-ignored": '_swap(tf.GradientTape, "watch", lambda self, tensor: None)',
    "never-consumed": _TF_INIT.format(persistent="True", watch="watch_accessed_variables"),
    "persistent-ignored": _TF_INIT.format(persistent="False", watch="watch_accessed_variables"),
    "always-watching": _TF_INIT.format(persistent="persistent", watch="True"),
    "non-trainable-watched": '_swap(type(tf.Variable(0.0)), "trainable", property(lambda self: True))',
    "assign-does-nothing": """
for _method in ("assign", "assign_add", "assign_sub"):
    _swap(type(tf.Variable(0.0)), _method, lambda self, *values, **options: self)
""",
    "stop-gradient-ignored": '_swap(tf, "stop_gradient", tf.identity)',
    "recording-never-stops": """
import contextlib
_swap(tf.GradientTape, "stop_recording", lambda self: contextlib.nullcontext())
""",
    "cast-keeps-the-flow": """
_cast = tf.cast
def _mutated(x, dtype, name=None):
    if not tf.as_dtype(dtype).is_integer:
        return _cast(x, dtype)
    @tf.custom_gradient
    def _through(x):
        return _cast(_cast(x, dtype), x.dtype), lambda cotangent: cotangent
    return _through(tf.convert_to_tensor(x))
_swap(tf, "cast", _mutated)
""",
    "transposed-jacobian": """
_jacobian = tf.GradientTape.jacobian
def _mutated(self, *args, **options):
    answer = _jacobian(self, *args, **options)
    return tf.nest.map_structure(lambda j: j if j is None or len(j.shape) < 2 else tf.transpose(j), answer)
_swap(tf.GradientTape, "jacobian", _mutated)
""",
    "tangent-ignored": """
_init = tf.autodiff.ForwardAccumulator.__init__
def _mutated(self, primals, tangents):
    _init(self, primals, tf.nest.map_structure(tf.ones_like, tangents))
_swap(tf.autodiff.ForwardAccumulator, "__init__", _mutated)
""",
    "custom-gradient-ignored": '_swap(tf, "custom_gradient", lambda f: lambda *args: f(*args)[0])',
}

_TORCH_EACH: Final = """
_grad = torch.autograd.grad
def _mutated(*args, **options):
    return tuple(None if g is None else {change} for g in _grad(*args, **options))
_swap(torch.autograd, "grad", _mutated)
"""

_TORCH_OPTIONS: Final = """
_grad = torch.autograd.grad
def _mutated(outputs, inputs, grad_outputs=None, **options):
    {change}
    return _grad(outputs, inputs, grad_outputs, **options)
_swap(torch.autograd, "grad", _mutated)
"""

_TORCH: Final[Mapping[str, str]] = {
    "doubled": _TORCH_EACH.format(change="2 * g"),
    "wrong-sign": _TORCH_EACH.format(change="-g"),
    "wrong-dtype": _TORCH_EACH.format(change="g.to(torch.float16)"),
    "second-order-dropped": _TORCH_EACH.format(change="g.detach().requires_grad_(g.requires_grad)"),
    "swapped-sources": """
_grad = torch.autograd.grad
_swap(torch.autograd, "grad", lambda *args, **options: _grad(*args, **options)[::-1])
""",
    "zero-for-none": _TORCH_OPTIONS.format(change='options["allow_unused"] = options["materialize_grads"] = True'),
    "none-for-error": _TORCH_OPTIONS.format(
        change='options.update({} if options.get("materialize_grads") else {"allow_unused": True})'
    ),
    "none-for-zero": _TORCH_OPTIONS.format(
        change='options.update(materialize_grads=False, allow_unused=options.get("materialize_grads") or None)'
    ),
    "never-consumed": _TORCH_OPTIONS.format(change='options["retain_graph"] = True'),
    "persistent-ignored": _TORCH_OPTIONS.format(change='options["retain_graph"] = options.get("create_graph", False)'),
    "cotangent-ignored": """
_grad = torch.autograd.grad
def _mutated(outputs, inputs, grad_outputs=None, is_grads_batched=False, **options):
    if grad_outputs is not None and not is_grads_batched:
        given = grad_outputs if isinstance(grad_outputs, (list, tuple)) else [grad_outputs]
        grad_outputs = [None if v is None else torch.ones_like(v) for v in given]
    return _grad(outputs, inputs, grad_outputs, is_grads_batched=is_grads_batched, **options)
_swap(torch.autograd, "grad", _mutated)
""",
    "watch-ignored": '_swap(torch.Tensor, "requires_grad_", lambda self, requires_grad=True: self)',
    "non-trainable-watched": """
_tensor = torch.tensor
def _mutated(data, *, requires_grad=False, **options):
    made = _tensor(data, **options)
    return made.requires_grad_() if made.is_floating_point() else made
_swap(torch, "tensor", _mutated)
""",
    "assign-does-nothing": """
for _method in ("copy_", "add_", "sub_", "__iadd__", "__isub__"):
    _swap(torch.Tensor, _method, lambda self, *values, **options: self)
""",
    "cast-keeps-the-flow": """
_to = torch.Tensor.to
def _mutated(self, *args, **options):
    made = _to(self, *args, **options)
    if made.is_floating_point() or not self.requires_grad:
        return made
    return self + (_to(made, self.dtype) - self).detach()
_swap(torch.Tensor, "to", _mutated)
""",
    "transposed-jacobian": """
_grad, _jacrev = torch.autograd.grad, torch.func.jacrev
def _mutated(*args, is_grads_batched=False, **options):
    answer = _grad(*args, is_grads_batched=is_grads_batched, **options)
    if not is_grads_batched:
        return answer
    return tuple(g if g is None else g.flatten(1).T.reshape(g.shape) if g.dim() > 1 else g for g in answer)
def _mutated_func(*args, **options):
    function = _jacrev(*args, **options)
    def transposed(*inputs):
        answer = function(*inputs)
        return answer.mT if isinstance(answer, torch.Tensor) and answer.dim() > 1 else answer
    return transposed
_swap(torch.autograd, "grad", _mutated)
_swap(torch.func, "jacrev", _mutated_func)
""",
    "tangent-ignored": """
_jvp = torch.func.jvp
def _mutated(func, primals, tangents, **options):
    return _jvp(func, primals, tuple(torch.ones_like(v) for v in tangents), **options)
_swap(torch.func, "jvp", _mutated)
""",
    "silent-sum": """
_grad = torch.autograd.grad
def _mutated(outputs, inputs, grad_outputs=None, **options):
    if grad_outputs is None and isinstance(outputs, torch.Tensor):
        outputs = outputs.sum()
    return _grad(outputs, inputs, grad_outputs, **options)
_swap(torch.autograd, "grad", _mutated)
""",
}

_TORCH_EDITS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    # the runtime that reads the answers detaches them too, so these are changed in the text and not in the framework
    "stop-gradient-ignored": ((".detach()", ".clone()"),),
    "recording-never-stops": (("torch.no_grad()", "torch.enable_grad()"),),
}

_JAX_EACH: Final = """
_each = lambda g: {change}
_grad, _value_and_grad, _vjp = jax.grad, jax.value_and_grad, jax.vjp
def _mutated_grad(fun, argnums=0, has_aux=False, **options):
    function = _grad(fun, argnums, has_aux, **options)
    def answer(*args):
        got = function(*args)
        return (jax.tree.map(_each, got[0]), got[1]) if has_aux else jax.tree.map(_each, got)
    return answer
def _mutated_value_and_grad(fun, *rest, **options):
    function = _value_and_grad(fun, *rest, **options)
    def answer(*args):
        value, got = function(*args)
        return value, jax.tree.map(_each, got)
    return answer
def _mutated_vjp(fun, *primals, **options):
    value, pullback, *aux = _vjp(fun, *primals, **options)
    return value, lambda *v: jax.tree.map(_each, pullback(*v)), *aux
_swap(jax, "grad", _mutated_grad)
_swap(jax, "value_and_grad", _mutated_value_and_grad)
_swap(jax, "vjp", _mutated_vjp)
"""

_JAX: Final[Mapping[str, str]] = {
    "doubled": _JAX_EACH.format(change="2 * g"),
    "wrong-sign": _JAX_EACH.format(change="-g"),
    "wrong-dtype": _JAX_EACH.format(change="g.astype(jnp.float16)"),
    "second-order-dropped": _JAX_EACH.format(change="jax.lax.stop_gradient(g)"),
    "none-for-zero": _JAX_EACH.format(change="g if isinstance(g, jax.core.Tracer) or g.any() else None"),
    "swapped-sources": """
_grad = jax.grad
def _mutated(fun, argnums=0, has_aux=False, **options):
    function = _grad(fun, argnums, has_aux, **options)
    def answer(*args):
        got = function(*args)
        return got[::-1] if isinstance(got, (list, tuple)) and not has_aux else got
    return answer
_swap(jax, "grad", _mutated)
""",
    "argnums-ignored": """
_grad = jax.grad
def _mutated(fun, argnums=0, has_aux=False, **options):
    chosen = 0 if isinstance(argnums, int) else tuple(0 for _ in argnums)
    return _grad(fun, chosen, has_aux, **options)
_swap(jax, "grad", _mutated)
""",
    "silent-sum": """
_grad = jax.grad
def _mutated(fun, argnums=0, has_aux=False, **options):
    return _grad(fun if has_aux else lambda *args: jnp.sum(fun(*args)), argnums, has_aux, **options)
_swap(jax, "grad", _mutated)
""",
    "stop-gradient-ignored": '_swap(jax.lax, "stop_gradient", lambda x: x)',
    "cotangent-ignored": """
_vjp = jax.vjp
def _mutated(fun, *primals, **options):
    value, pullback, *aux = _vjp(fun, *primals, **options)
    return value, lambda v: pullback(jax.tree.map(jnp.ones_like, v)), *aux
_swap(jax, "vjp", _mutated)
""",
    "tangent-ignored": """
_jvp = jax.jvp
_swap(jax, "jvp", lambda fun, primals, tangents, **options: _jvp(
    fun, primals, jax.tree.map(jnp.ones_like, tangents), **options))
""",
    "transposed-jacobian": """
def _transposing(derivative):
    def mutated(*args, **options):
        function = derivative(*args, **options)
        def answer(*inputs):
            got = function(*inputs)
            return jax.tree.map(lambda j: j.mT if j.ndim > 1 else j, got)
        return answer
    return mutated
for _name in ("jacrev", "jacfwd", "jacobian"):
    _swap(jax, _name, _transposing(getattr(jax, _name)))
""",
    "custom-gradient-ignored": '_swap(jax, "custom_gradient", lambda f: lambda *args: f(*args)[0])',
}


def _mutants() -> tuple[Mutant, ...]:
    preludes = {"tensorflow": _TENSORFLOW, "torch": _TORCH, "jax": _JAX}
    found = []
    for fault, (description, notices) in FAULTS.items():
        for framework, of_framework in preludes.items():
            edits = _TORCH_EDITS.get(fault, ()) if framework == "torch" else ()
            if fault in of_framework or edits:
                found.append(
                    Mutant(
                        fault=fault,
                        framework=framework,
                        description=description,
                        notices=notices,
                        prelude=of_framework.get(fault, ""),
                        edits=edits,
                    )
                )
    return tuple(found)


MUTANTS: Final[tuple[Mutant, ...]] = _mutants()
"""All mutants, by fault. A framework without the notion (JAX has no tape to consume) has no mutant of it."""


def restoring(framework: str) -> str:
    """Return the lines that take back whatever a mutant changed in the process that runs them."""
    return _SWAP.format(module=_MODULES[framework]).lstrip()


def mutate(native: NativeSource, mutant: Mutant) -> NativeSource:
    """Return the source that a framework with the fault would have run; ``line_map`` moves with the lines."""
    text = native.text
    for old, new in mutant.edits:
        text = text.replace(old, new)
    at = _last_import(text)
    lines = text.splitlines()
    # Under a file name of its own, so that the fault's own frames are not taken for lines of the program.
    prelude = restoring(mutant.framework) + textwrap.dedent(mutant.prelude)
    put_in = f"exec(compile({prelude!r}, {f'<mutant {mutant.id}>'!r}, 'exec'))"
    return replace(
        native,
        text="\n".join([*lines[:at], put_in, *lines[at:]]) + "\n",
        line_map=(*native.line_map[:at], None, *native.line_map[at:]),
    )


def _last_import(text: str) -> int:
    """Return the last line (1-based) of the imports at the head of a source, 0 where it has none."""
    last = 0
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            last = statement.end_lineno or last
        elif not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
            break
    return last


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """What became of one mutant: the cells that ran, those whose verdict caught it, and those that were lost instead.

    ``message`` is what the first of the catching cells says, preferring a case that was expected to notice.
    """

    mutant: Mutant
    ran: int
    killed_by: Mapping[str, str]
    lost: tuple[str, ...]
    message: str

    @property
    def killed(self) -> bool:
        """Whether a verdict caught the fault."""
        return bool(self.killed_by)


def run_mutants(
    cells: Sequence[Cell],
    pool_run: Callable[[Cell, NativeSource], object],
    *,
    unconnected: Mapping[str, Unconnected],
    mutants: Iterable[Mutant] = MUTANTS,
) -> list[Kill]:
    """Return what became of each mutant over the cells, which run once as they are and once with each fault.

    Only eager cells count that conform without the fault. ``pool_run`` runs a source on a cell's target and returns
    its ``Outcome``, or anything else where the cell was lost; ``unconnected`` is each framework's, from its profile.
    A mutant is killed by every cell whose verdict is now a failure, never by one that was lost.
    """
    sound: dict[str, list[tuple[Cell, NativeSource]]] = {}
    for cell in cells:
        if cell.native is None or cell.target.mode != "eager" or cell.target.framework not in unconnected:
            continue
        profile = unconnected[cell.target.framework]
        faultless = Mutant(fault="none", framework=cell.target.framework, description="no fault", notices=())
        if _verdict(cell, pool_run(cell, mutate(cell.native, faultless)), profile)[0] == "conforms":
            sound.setdefault(cell.target.framework, []).append((cell, cell.native))
    return [
        _kill(mutant, sound.get(mutant.framework, []), pool_run, unconnected[mutant.framework])
        for mutant in mutants
        if mutant.framework in unconnected
    ]


def _kill(
    mutant: Mutant,
    sound: Sequence[tuple[Cell, NativeSource]],
    pool_run: Callable[[Cell, NativeSource], object],
    unconnected: Unconnected,
) -> Kill:
    told: dict[str, str] = {}
    killed_by: dict[str, str] = {}
    lost = []
    for cell, native in sound:
        verdict, message = _verdict(cell, pool_run(cell, mutate(native, mutant)), unconnected)
        if verdict == "lost":
            lost.append(cell.id)
        elif verdict in FAILED:
            killed_by[cell.id], told[cell.id] = verdict, message
    noticed = (id_ for id_ in told if id_.partition("@")[0].partition("[")[0] in mutant.notices)
    first = next(noticed, next(iter(told), ""))
    return Kill(
        mutant=mutant,
        ran=len(sound),
        killed_by=killed_by,
        lost=tuple(lost),
        message=f"{first}: {told[first]}" if first else "",
    )


def _verdict(cell: Cell, outcome: object, unconnected: Unconnected) -> tuple[str, str]:
    if not isinstance(outcome, Outcome):
        return "lost", ""
    judgement = judge(
        cell.expected,
        outcome,
        unconnected=unconnected,
        lines=cell.lines,
        compiled=cell.target.mode == "compiled",
        device=cell.target.device,
        tolerance=cell.variant.loaded.case.tolerance,
        reference=None,
    )
    return judgement.verdict, judgement.message


def kill_matrix(kills: Sequence[Kill]) -> str:
    """Return a table of faults by framework: by how many of how many cells each mutant was caught, or SURVIVED."""
    frameworks = [name for name in _MODULES if any(kill.mutant.framework == name for kill in kills)]
    found = {(kill.mutant.fault, kill.mutant.framework): kill for kill in kills}
    rows = [("fault", *frameworks)]
    for fault in dict.fromkeys(kill.mutant.fault for kill in kills):
        rows.append((fault, *(_entry(found.get((fault, framework))) for framework in frameworks)))
    widths = [max(len(row[i]) for row in rows) for i in range(len(frameworks) + 1)]
    table = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    caught = sum(kill.killed for kill in kills)
    return "\n".join([*table, f"{caught} of {len(kills)} mutants caught by a verdict"])


def _entry(kill: Kill | None) -> str:
    if kill is None:
        return "-"
    lost = f", {len(kill.lost)} lost" if kill.lost else ""
    return f"{len(kill.killed_by)}/{kill.ran}{lost}" if kill.killed else f"SURVIVED 0/{kill.ran}{lost}"
