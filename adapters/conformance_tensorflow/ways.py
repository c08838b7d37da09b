"""How TensorFlow differentiates a function along a curve, way by way."""

from __future__ import annotations

from typing import Final

from conformance.lowering.derivative import Ways, second_order_ways

_DERIVATIVES: Final = """\
def reverse(g, t):
    with tf.GradientTape() as tape:
        tape.watch(t)
        y = g(t)
    return tape.gradient(y, t, unconnected_gradients=tf.UnconnectedGradients.ZERO)


def forward(g, t, v):
    with tf.autodiff.ForwardAccumulator(t, v) as accumulator:
        y = g(t)
    return accumulator.jvp(y, unconnected_gradients=tf.UnconnectedGradients.ZERO)
"""

_SETUP: Final = (
    """\
def array(value):
    return tf.constant(value, dtype=tf.DTYPE)


def shaped(f):
    def g(*inputs):
        y = f(*inputs)
        if not y.shape.is_fully_defined():
            with tf.init_scope():
                y.set_shape(f(*(tf.ones(x.shape, x.dtype) for x in inputs)).shape)
        return y
    return g


f = shaped(f)


def total(*inputs):
    y = f(*inputs)
    return tf.reduce_sum(y * tf.constant(uneven(y.shape, 13, 21), dtype=y.dtype))


def along(t, inputs, directions, bends):
    return total(*(x + t * u + t * t * w for x, u, w in zip(inputs, directions, bends)))


"""
    + _DERIVATIVES
    + """

def units(x):
    size = int(np.prod(x.shape))
    return tf.unstack(tf.reshape(tf.eye(size, dtype=x.dtype), (size, *x.shape)))


zero, one = array(0.0), array(1.0)
"""
)
"""A graph does not always know a shape before it runs (``tf.boolean_mask``): ``shaped`` takes that of an eager call, as
weights and rows of a Jacobian need it while they are traced."""

_REVERSE: Final = """\
def differentiate(inputs, directions, bends):
    slope = reverse(lambda t: along(t, inputs, directions, bends), zero)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(inputs)
        y = f(*inputs)
    rows = [
        tape.gradient(y, inputs, output_gradients=unit, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        for unit in units(y)
    ]
    jacobians = [tf.stack([tf.convert_to_tensor(row[i]) for row in rows]) for i in range(len(inputs)) if rows]
    return [slope, *jacobians]
"""

_FORWARD: Final = """\
def differentiate(inputs, directions, bends):
    slope = forward(lambda moved: total(*moved), inputs, directions)
    jacobians = []
    for i, x in enumerate(inputs):
        by_x = lambda moved: f(*inputs[:i], moved, *inputs[i + 1:])
        columns = [forward(by_x, x, unit) for unit in units(x)]
        jacobians += [tf.stack(columns, axis=-1)] if columns else []
    return [slope, *jacobians]
"""

_FORWARD_OVER_FORWARD: Final = """\
def differentiate(inputs, directions, bends):
    def slope(moved):
        return forward(lambda inputs: total(*inputs), *moved)

    return forward(slope, (inputs, directions), (directions, tuple(2 * w for w in bends)))
"""
"""The tangents alone tell the curve: ``inputs`` move with ``directions``, and these with ``2 * bends``. TensorFlow
traces a rule for each operation that it differentiates twice, and those of a written curve cost more than those of
``f``; its sum would also make 0.0 of an input that is -0.0."""

_PRODUCTS: Final = """\
def dense(gradients):
    return tf.nest.map_structure(tf.convert_to_tensor, gradients)


def pull(g, inputs, cotangent):
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        y = g(*inputs)
    cotangent = tf.cast(cotangent, y.dtype)
    return dense(tape.gradient(y, inputs, cotangent, unconnected_gradients=tf.UnconnectedGradients.ZERO))


def push(g, inputs, tangents):
    with tf.autodiff.ForwardAccumulator(inputs, tangents) as accumulator:
        y = g(*inputs)
    return dense(accumulator.jvp(y, unconnected_gradients=tf.UnconnectedGradients.ZERO))


def host(x):
    return np.asarray(x).astype(np.float64)
"""

_CONSISTENCY: Final = """\
def mapped(g):
    return lambda *inputs: tf.vectorized_map(lambda one_of_each: g(*one_of_each), inputs)


def twice(x):
    return tf.stack([x, x])


def compiled(g):
    return tf.function(g)


def recomputed(*inputs):
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        y = tf.recompute_grad(total)(*inputs)
    return dense(tape.gradient(y, inputs, unconnected_gradients=tf.UnconnectedGradients.ZERO))
"""
"""TensorFlow's forward mode is made of its reverse rules (it differentiates the backward function): forward against
reverse finds a reverse rule that is not linear in the cotangent or not differentiable itself, never a wrong one, and
Hessian symmetry finds a wrong rule only where its own derivative is right. vectorized_map's converters, tf.function and
recompute_grad have code of their own: these checks are independent of the rules. Gradients of gathers are
IndexedSlices: ``dense`` takes them.
Source: https://www.tensorflow.org/api_docs/python/tf/autodiff/ForwardAccumulator, seen with TensorFlow 2.21."""

_COMPLEX_SETUP: Final = (
    _SETUP[: _SETUP.index("def total")]
    + """\
def total(*inputs):
    y = f(*inputs)
    answer = tf.reduce_sum(tf.math.real(y) * tf.constant(uneven_real(y.shape, 13, 21), dtype=tf.REAL))
    if y.dtype.is_complex:
        answer += tf.reduce_sum(tf.math.imag(y) * tf.constant(uneven_real(y.shape, 13, 28), dtype=tf.REAL))
    return answer


def along(t, inputs, directions, bends):
    s = tf.cast(t, tf.DTYPE)
    return total(*(x + s * u + s * s * w for x, u, w in zip(inputs, directions, bends)))


"""
    + _DERIVATIVES
    + """

def units(x):
    unit = np.eye(int(np.prod(x.shape))).reshape(-1, *x.shape)
    return [array(part * element) for element in unit for part in (1, 1j)]


zero, one = tf.constant(0.0, dtype=tf.REAL), tf.constant(1.0, dtype=tf.REAL)
"""
)

_COMPLEX_REVERSE: Final = """\
def differentiate(inputs, directions, bends):
    slope = reverse(lambda t: along(t, inputs, directions, bends), zero)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        y = total(*inputs)
    return [slope, *tape.gradient(y, inputs, unconnected_gradients=tf.UnconnectedGradients.ZERO)]
"""

_COMPLEX_FORWARD: Final = """\
def differentiate(inputs, directions, bends):
    slope = forward(lambda t: along(t, inputs, directions, bends), zero, one)
    by_parts = []
    for i, x in enumerate(inputs):
        by_x = lambda moved: total(*inputs[:i], moved, *inputs[i + 1:])
        by_parts.append(tf.stack([forward(by_x, x, unit) for unit in units(x)]))
    return [slope, *by_parts]
"""

WAYS: Final = Ways(
    imports=("import numpy as np", "import tensorflow as tf"),
    setup=_SETUP,
    ways={
        "reverse": _REVERSE,
        "forward": _FORWARD,
        **second_order_ways({"reverse": "reverse({g}, {t})", "forward": "forward({g}, {t}, one)"}),
        "forward-over-forward": _FORWARD_OVER_FORWARD,
    },
    compiled="@tf.function",
    products=_PRODUCTS,
    complex_setup=_COMPLEX_SETUP,
    complex_ways={"reverse": _COMPLEX_REVERSE, "forward": _COMPLEX_FORWARD},
    consistency=_CONSISTENCY,
    imaginary_sign=1,  # https://github.com/tensorflow/tensorflow/issues/3348: the conjugate of the derivative
    no_rule=("gradient registry has no entry", "No gradient defined", "gradient is not implemented",
             "is not differentiable", "not differentiable with respect to"),
    no_kernel=("Could not find device for node", "is not in the list of allowed values",
               "not in list of allowed values", "No OpKernel was registered", "CPU implementations do not yet support",
               "requires tf.float32 or tf.float64 inputs", "does not support matrices of type",
               "They must be consistent, and one of [tf.float32, tf.float64]"),
)  # fmt: skip
"""Source: https://www.tensorflow.org/api_docs/python/tf/autodiff/ForwardAccumulator, seen with TensorFlow 2.21."""
