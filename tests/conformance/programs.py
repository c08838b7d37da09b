"""Programs that exercise every word of the language, with the names that are observed of each."""

from typing import Final

PROGRAMS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "nested": (
        """\
x = variable(2.0)
with tape() as outer:
    with tape() as inner:
        y = x ** 4
    first = inner.gradient(y, x)
second = outer.gradient(first, x)
""",
        ("first", "second"),
    ),
    "third-derivative": (
        """\
x = variable(2.0)
with tape() as t3:
    with tape() as t2:
        with tape() as t1:
            y = x ** 4
        d1 = t1.gradient(y, x)
    d2 = t2.gradient(d1, x)
d3 = t3.gradient(d2, x)
""",
        ("y", "d1", "d2", "d3"),
    ),
    "watch": (
        """\
c = constant(3.0)
with tape() as t:
    t.watch(c)
    y = c ** 2
g = t.gradient(y, c)
""",
        ("g", "y"),
    ),
    "intermediate-source": (
        """\
x = constant(3.0)
with tape() as t:
    t.watch(x)
    mid = x * x
    out = mid * mid
g = t.gradient(out, mid)
""",
        ("g",),
    ),
    "persistent": (
        """\
x = variable([1.0, 3.0])
with tape(persistent=True) as t:
    y = x * x
    z = sum(y * y)
gz = t.gradient(z, x)
gy = t.gradient(z, y)
""",
        ("gz", "gy"),
    ),
    "nested-sources": (
        """\
x, y = variable(2.0), variable(3.0)
with tape() as t:
    z = x ** 2 + 3.0 * x * y + y ** 3
g = t.gradient(z, {'x': x, 'y': [y]})
""",
        ("z", "g"),
    ),
    "list-of-sources": (
        """\
x, y = variable(2.0), variable(3.0)
with tape() as t:
    z = x ** 2 + 3.0 * x * y + y ** 3
g = t.gradient(z, [x, y])
""",
        ("z", "g"),
    ),
    "second-call": (
        """\
x = variable(2.0)
with tape() as t:
    y = x ** 2
first = t.gradient(y, x)
second = t.gradient(y, x)
""",
        ("first", "second"),
    ),
    "computed-before-the-tape": (
        """\
x = variable(3.0)
y = x ** 2
with tape() as t:
    z = y + 1.0
g = t.gradient(z, x)
""",
        ("z", "g"),
    ),
    "cast-to-integer": (
        """\
x = variable(2.7)
with tape() as t:
    y = astype(astype(x, int32), float32) * 3.0
g = t.gradient(y, x)
""",
        ("y", "g"),
    ),
    "assign-inside": (
        """\
x0, x1 = variable(3.0), variable(0.0)
with tape() as t:
    x1.assign_add(x0)
    y = x1 ** 2
g = t.gradient(y, x1)
""",
        ("y", "g", "x1"),
    ),
    "training": (
        """\
x = constant(xs)
y = constant(ys)
w = variable([[0.5]])
b = variable([0.0])
for epoch in range(20):
    with tape() as t:
        loss = mean(square(x @ w + b - y))
    gw, gb = t.gradient(loss, [w, b])
    w.assign_sub(0.1 * gw)
    b.assign_sub(0.1 * gb)
    track(loss)
    track(w)
""",
        ("loss", "w", "b"),
    ),
    "stop-recording": (
        """\
x = variable(3.0)
with tape() as t:
    y = x ** 2
    with t.stop_recording():
        z = y * x
    w = z * x
g = t.gradient(w, x)
""",
        ("g", "z"),
    ),
    "jacobian": (
        """\
x = variable([1.0, 2.0])
with tape(persistent=True) as t:
    y = stack([x[0] ** 2, x[0] * x[1]])
j = t.jacobian(y, x)
""",
        ("j",),
    ),
    "batch-jacobian": (
        """\
x = variable([[1.0, 2.0],[3.0,4.0]])
with tape() as t:
    y = x ** 2
j = t.batch_jacobian(y, x)
""",
        ("j",),
    ),
    "output-gradients": (
        """\
x = variable([1.0, 2.0])
with tape() as t:
    y = x ** 2
g = t.gradient(y, x, output_gradients=constant([1.0, 10.0]))
""",
        ("g",),
    ),
    "while": (
        """\
v = variable(1.5)
with tape() as t:
    y = v
    while y < 10.0:
        y = y * v
g = t.gradient(y, v)
""",
        ("g",),
    ),
    "if": (
        """\
x = constant(1.0)
v0, v1 = variable(2.0), variable(2.0)
with tape() as t:
    if x > 0.0:
        r = v0 * 1.0
    else:
        r = v1 ** 2
g0 = t.gradient(r, v0)
""",
        ("g0",),
    ),
    "module": (
        """\
m = module(b=variable(1.0), w=variable(2.0))
with tape() as t:
    y = (m.w * 3.0 + m.b) ** 2
g = t.gradient(y, m.trainable_variables)
""",
        ("g",),
    ),
    "module-variable": (
        """\
m = module(b=variable(1.0), w=variable(2.0))
with tape() as t:
    y = (m.w * 3.0 + m.b) ** 2
g = t.gradient(y, m.w)
""",
        ("g",),
    ),
    "functions": (
        """\
def f(x, y):
    return x ** 2 * y
x = constant(3.0)
y = constant(2.0)
g = grad(f)(x, y)
both = grad(f, argnums=(0, 1))(x, y)
value, slope = value_and_grad(f)(x, y)
""",
        ("g", "both", "value", "slope"),
    ),
    "gradient-of-gradient": (
        """\
def f(x):
    return sin(x)
df = grad(f)
ddf = grad(df)
x = constant(1.0)
a = df(x)
b = ddf(x)
""",
        ("a", "b"),
    ),
    "products": (
        """\
def f(x):
    return x ** 3
x = constant(2.0)
v = constant(1.0)
y, dy = jvp(f, (x,), (v,))
z, pullback = vjp(f, x)
g = pullback(v)
h = hvp(f, x, v)
""",
        ("y", "dy", "z", "g", "h"),
    ),
    "hessian-and-vmap": (
        """\
def f(x):
    return sum(x ** 3)
x = constant([1.0, 2.0])
h = hessian(f)(x)
j = jacobian(f)(x)
def s(x):
    return x ** 2
r = vmap(grad(s))(x)
""",
        ("h", "j", "r"),
    ),
    "custom-gradient": (
        """\
@custom_gradient
def f(x):
    y = x ** 2
    def backward(cotangent):
        return cotangent * x
    return y, backward
x = variable(3.0)
with tape() as t:
    y = f(x)
g = t.gradient(y, x)
""",
        ("y", "g"),
    ),
    "checkpoint": (
        """\
def f(x):
    return sin(x) * x
x = variable(3.0)
safe = checkpoint(f)
with tape() as t:
    y = safe(x)
g = t.gradient(y, x)
""",
        ("y", "g"),
    ),
    "stop-gradient": (
        """\
x = variable(3.0)
with tape() as t:
    y = stop_gradient(x) * x
g = t.gradient(y, x)
""",
        ("g",),
    ),
    "unconnected-options": (
        """\
x, y = variable([2.0, 2.0]), variable(3.0)
with tape() as t:
    z = y ** 2
g = t.gradient(z, x, unconnected="zero")
h = t.gradient(z, [x, y], unconnected="none")
""",
        ("g", "h"),
    ),
    "several-targets": (
        """\
v = variable(2.0)
with tape(persistent=True) as t:
    a = v ** 2
    b = 1.0 / v
together = t.gradient({'a': a, 'b': b}, v)
ga = t.gradient(a, v)
""",
        ("ga", "together"),
    ),
    "rebound-in-a-loop": (
        """\
x = variable(2.0)
for i in range(2):
    with tape() as t:
        y = x + 1.0
    g = t.gradient(y, x)
    track(g)
    x = x + 1.0
""",
        ("g",),
    ),
    "gradient-inside-its-tape": (
        """\
x = variable(2.0)
with tape(persistent=True) as t:
    y = x ** 3
    g = t.gradient(y, x)
    z = g * x
h = t.gradient(z, x)
""",
        ("g", "h"),
    ),
    "structured-control-flow": (
        """\
x = variable(3.0)
rows = constant([1.0, 2.0, 3.0])
def double(v):
    return v * 2.0
def halve(v):
    return v * 0.5
def small(v):
    return v < 20.0
def step(carry, row):
    return carry * row
with tape(persistent=True) as t:
    a = cond(x > 0.0, double, halve, x)
    b = while_loop(small, double, x)
    c = scan(step, x, rows)
    last = c[2]
da = t.gradient(a, x)
dc = t.gradient(last, x)
""",
        ("a", "b", "c", "da", "dc"),
    ),
    "random-numbers": (
        """\
x = variable(3.0)
with tape() as t:
    y = sum(x * random_normal((4,), 7) + random_uniform((4,), 7))
g = t.gradient(y, x)
""",
        ("g",),
    ),
    "compiled-function": (
        """\
@jit
def f(v):
    return v ** 3
x = variable(2.0)
with tape() as t:
    y = f(x)
g = t.gradient(y, x)
h = grad(jit(grad(f)))(constant(2.0))
""",
        ("y", "g", "h"),
    ),
    "nan-checks": (
        """\
x = variable(-1.0)
with nan_checks():
    with tape() as t:
        y = sqrt(x)
    g = t.gradient(y, x)
""",
        ("y", "g"),
    ),
    "closed-over-source": (
        """\
w = variable(3.0)
def f(v):
    return v * w * w
safe = checkpoint(f)
a = constant(2.0)
with tape() as t:
    y = safe(a)
g = t.gradient(y, w)
""",
        ("g",),
    ),
    "gradient-in-a-pause": (
        """\
x = variable(3.0)
with tape(persistent=True) as t:
    y = x * x
    with t.stop_recording():
        g = t.gradient(y, x)
        z = x * 2.0
    u = z * z
h = t.gradient(u, z)
""",
        ("g", "h"),
    ),
}
