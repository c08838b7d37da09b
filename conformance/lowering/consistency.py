"""The gradient of a function taken in pairs of ways that must agree, at every point: one native program a data type.

Each check gives two lists of arrays. What a framework is asked with (``mapped``, ``compiled``, ``recomputed``) stands
in its ``ways`` module, beside what of this is independent there.
"""

from __future__ import annotations

from typing import Final

CHECKS: Final = '''\
def gradient(*inputs):
    return pull(total, inputs, one)


def dot(xs, ys):
    return float(sum(np.sum(host(x) * host(y)) for x, y in zip(xs, ys)))


fast = compiled(gradient)


def sides(inputs, directions, bends, others):
    """What must agree: by name a function that gives the two sides."""
    before = [host(x).copy() for x in inputs]
    plain = gradient(*inputs)
    return {
        "forward against reverse": lambda: ([push(total, inputs, directions)], [array(dot(plain, directions))]),
        "Hessian symmetry": lambda: (
            [array(dot(push(gradient, inputs, bends), directions))],
            [array(dot(push(gradient, inputs, directions), bends))],
        ),
        "vmap against one alone": lambda: ([g[1] for g in mapped(gradient)(*map(twice, inputs))], plain),
        "checkpoint against plain": lambda: (recomputed(*inputs), plain),
        "compiled against eager": lambda: (fast(*inputs), plain),
        "compiled after another shape": lambda: ([fast(*others), fast(*inputs)][1], plain),
        "called again": lambda: (gradient(*inputs), plain),
        "inputs unchanged": lambda: (inputs, [array(x) for x in before]),
    }


def ask(values, others):
    inputs = tuple(array(value) for value in values)
    directions = tuple(array(uneven(x.shape, 29, 27 + 11 * i)) for i, x in enumerate(inputs))
    bends = tuple(array(uneven(x.shape, 19, 6 + 7 * i)) for i, x in enumerate(inputs))
    found = {}
    for check, both in sides(inputs, directions, bends, tuple(array(value) for value in others)).items():
        try:
            found[check] = [[host(x) for x in side] for side in both()]
        except Exception as error:
            found[check] = f"raised {type(error).__name__}: {error}"
    return found
'''

LOOP: Final = """\
answers = {}
for name, values in points.items():
    shapes = [np.shape(value) for value in values]
    others = next((p for p in points.values() if [np.shape(value) for value in p] != shapes), values)
    try:
        answers[name] = ask(values, others)
    except Exception as error:
        answers[name] = f"raised {type(error).__name__}: {error}"
"""
