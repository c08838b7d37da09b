"""Computes the neutral operations of linear algebra on exact arrays."""

from __future__ import annotations

import builtins
import functools
import math
from typing import Any

import numpy as np

from conformance_reference.arrays import (
    Array,
    as_objects,
    asarray,
    astype,
    context,
    convert,
    each,
    kind_of,
    objects,
    operands,
    product,
    promote,
)
from conformance_reference.elementwise import abs, conj, log, multiply, pow, sqrt, square
from conformance_reference.loops import Axis, axes_of, count_along, floating, matrices
from conformance_reference.manipulation import matrix_transpose, permute_dims, reshape, stack, tril
from conformance_reference.matrices import (
    determinant,
    exponential,
    identity,
    lower_factor,
    lowest_projector,
    polar_factor,
    pseudo_inverse,
    singular_values,
    solution,
    symmetric_eigenvalues,
    upper_factor,
)
from conformance_reference.reductions import max, min, sum

__all__ = [
    "batch_diagonal", "batch_matmul", "bilinear", "dot", "einsum_batch_outer", "einsum_diagonal", "einsum_inner",
    "einsum_matmul", "einsum_scores", "kron", "linalg_adjoint", "linalg_cholesky", "linalg_cholesky_solve",
    "linalg_cross", "linalg_det", "linalg_diagonal", "linalg_eigh_projector", "linalg_eigvalsh", "linalg_inv",
    "linalg_logabsdet", "linalg_logdet", "linalg_lstsq", "linalg_lu_solve", "linalg_matrix_exp",
    "linalg_matrix_norm", "linalg_matrix_power", "linalg_multi_dot", "linalg_nuclear_norm", "linalg_pinv",
    "linalg_qr_projector", "linalg_qr_r_abs", "linalg_solve", "linalg_spectral_norm", "linalg_svd_polar",
    "linalg_svdvals", "linalg_trace", "linalg_triangular_solve", "linalg_vector_norm", "matmul", "matvec", "outer",
    "tensordot", "vecdot",
]  # fmt: skip


# linear algebra


def matmul(x1: Any, x2: Any) -> Array:
    """Return the matrix product."""
    return product(asarray(x1), asarray(x2))


def outer(x1: Any, x2: Any) -> Array:
    """Return the outer product of two vectors."""
    return reshape(x1, (-1, 1)) * reshape(x2, (1, -1))


def vecdot(x1: Any, x2: Any) -> Array:
    """Return the inner product of two vectors, the first conjugated."""
    first = asarray(x1)
    if kind_of(first.dtype) == 3:
        first = Array(each(context.conj, first.data), first.dtype)
    return sum(first * asarray(x2), axis=-1)


def tensordot(x1: Any, x2: Any, axes: Any = 2) -> Array:
    """Return the sum of products over several axes."""
    one, two = asarray(x1), asarray(x2)
    if isinstance(axes, list | tuple):
        left, right = (axes_of(part, x.ndim) for part, x in zip(axes, (one, two), strict=True))
    else:
        left, right = tuple(range(one.ndim - int(axes), one.ndim)), tuple(range(int(axes)))
    kept_left = [a for a in range(one.ndim) if a not in left]
    kept_right = [a for a in range(two.ndim) if a not in right]
    rows = permute_dims(one, [*kept_left, *left]).data.reshape((count_along(one, kept_left), count_along(one, left)))
    columns = permute_dims(two, [*right, *kept_right]).data.reshape(
        (count_along(two, right), count_along(two, kept_right))
    )
    shape = tuple(one.shape[a] for a in kept_left) + tuple(two.shape[a] for a in kept_right)
    return reshape(product(Array(rows, one.dtype), Array(columns, two.dtype)), shape)


def linalg_det(x: Any) -> Array:
    """Return the determinant."""
    return matrices(x, determinant)


def linalg_inv(x: Any) -> Array:
    """Return the inverse."""
    return matrices(x, lambda matrix: solution(matrix, identity(len(matrix))))


def linalg_solve(x1: Any, x2: Any) -> Array:
    """Return the solution of a linear system; a right side with one axis is one vector."""
    left, right = floating(x1), floating(x2)
    dtype = operands(left, right)[2]
    vector = right.ndim == 1
    sides = right.data.reshape((-1, 1)) if vector else right.data
    stacks = np.broadcast_shapes(left.shape[:-2], sides.shape[:-2])
    lefts = np.broadcast_to(left.data, (*stacks, *left.shape[-2:]))
    rights = np.broadcast_to(sides, (*stacks, *sides.shape[-2:]))
    values = [value for place in np.ndindex(*stacks) for value in solution(lefts[place], rights[place]).flat]
    shape = (*stacks, *sides.shape[-2:])
    return Array(objects(values, shape[:-1] if vector else shape), dtype)


def linalg_cholesky(x: Any) -> Array:
    """Return the lower Cholesky factor."""
    return matrices(x, lower_factor)


def linalg_diagonal(x: Any) -> Array:
    """Return the diagonal of the last two axes."""
    x = asarray(x)
    return Array(as_objects(np.diagonal(x.data, axis1=-2, axis2=-1)), x.dtype)


def linalg_trace(x: Any) -> Array:
    """Return the sum of the diagonal."""
    return sum(linalg_diagonal(x), axis=-1)


def linalg_vector_norm(x: Any, axis: Axis = None, keepdims: bool = False, ord: Any = 2) -> Array:
    """Return the ``ord``-norm of all elements or along an axis."""
    sizes = abs(floating(x))
    if ord == 2:
        return sqrt(sum(square(sizes), axis, keepdims))
    if ord == math.inf:
        return max(sizes, axis, keepdims)
    if ord == -math.inf:
        return min(sizes, axis, keepdims)
    if ord == 0:
        return astype(sum(sizes != 0, axis, keepdims), sizes.dtype)
    return pow(sum(pow(sizes, ord), axis, keepdims), 1 / context.mpf(ord))


def batch_diagonal(rows: Any) -> Array:
    """Return, of the Jacobian of a batch by a batch, the blocks of each member by itself: ``bmbn`` to ``bmn``."""
    rows = asarray(rows)
    return stack([rows[member, :, member] for member in range(len(rows))])


def dot(x1: Any, x2: Any) -> Array:
    """Return the inner product of two vectors, nothing conjugated."""
    return sum(multiply(x1, x2))


def matvec(x1: Any, x2: Any) -> Array:
    """Return matrix times vector."""
    return product(asarray(x1), asarray(x2)[..., None])[..., 0]


def batch_matmul(x1: Any, x2: Any) -> Array:
    """Return the products of two stacks of matrices."""
    return product(asarray(x1), asarray(x2))


def kron(x1: Any, x2: Any) -> Array:
    """Return the Kronecker product of two matrices."""
    one, two = asarray(x1), asarray(x2)
    size = (one.shape[0] * two.shape[0], one.shape[1] * two.shape[1])
    return reshape(multiply(one[:, None, :, None], two[None, :, None, :]), size)


def _einsum(equation: str, *arrays: Any) -> Array:
    parts = [asarray(part) for part in arrays]
    dtype = functools.reduce(promote, [part.dtype for part in parts])
    result = as_objects(np.einsum(equation, *[part.data for part in parts]))
    return Array(each(lambda a: convert(a, dtype), result), dtype)


def bilinear(x1: Any, x2: Any, weight: Any) -> Array:
    """Return x1[b, i] * weight[o, i, j] * x2[b, j], summed over i and j."""
    return _einsum("bi,oij,bj->bo", x1, weight, x2)


def einsum_matmul(x1: Any, x2: Any) -> Array:
    """Return ij,jk->ik."""
    return _einsum("ij,jk->ik", x1, x2)


def einsum_batch_outer(x1: Any, x2: Any) -> Array:
    """Return bi,bj->bij."""
    return _einsum("bi,bj->bij", x1, x2)


def einsum_inner(x1: Any, x2: Any) -> Array:
    """Return ij,ij->."""
    return _einsum("ij,ij->", x1, x2)


def einsum_diagonal(x: Any) -> Array:
    """Return ii->i."""
    return _einsum("ii->i", x)


def einsum_scores(x1: Any, x2: Any) -> Array:
    """Return bqd,bkd->bqk."""
    return _einsum("bqd,bkd->bqk", x1, x2)


def linalg_cross(x1: Any, x2: Any) -> Array:
    """Return the cross product along the last axis."""
    one, two = asarray(x1), asarray(x2)
    parts = [
        one[..., (i + 1) % 3] * two[..., (i + 2) % 3] - one[..., (i + 2) % 3] * two[..., (i + 1) % 3] for i in range(3)
    ]
    return stack(parts, axis=-1)


def linalg_multi_dot(arrays: Any) -> Array:
    """Return the product of several matrices."""
    return functools.reduce(product, [asarray(part) for part in arrays])


def linalg_adjoint(x: Any) -> Array:
    """Return the last two axes exchanged and conjugated."""
    return conj(matrix_transpose(x))


def linalg_pinv(x: Any) -> Array:
    """Return the Moore-Penrose inverse of a matrix of full rank."""
    return matrices(x, pseudo_inverse)


def linalg_logabsdet(x: Any) -> Array:
    """Return the logarithm of the absolute value of the determinant."""
    return log(abs(linalg_det(x)))


def linalg_logdet(x: Any) -> Array:
    """Return the logarithm of the determinant."""
    return log(linalg_det(x))


def linalg_qr_r_abs(x: Any) -> Array:
    """Return the absolute values of the triangular factor of a QR decomposition."""
    return abs(matrices(x, upper_factor))


def linalg_qr_projector(x: Any) -> Array:
    """Return the projector onto the column space."""
    return product(floating(x), linalg_pinv(x))


def linalg_svdvals(x: Any) -> Array:
    """Return the singular values, descending."""
    return matrices(x, singular_values)


def linalg_svd_polar(x: Any) -> Array:
    """Return the nearest orthogonal matrix."""
    return matrices(x, polar_factor)


def linalg_eigvalsh(x: Any) -> Array:
    """Return the eigenvalues of the symmetric part of a real matrix, ascending."""
    return matrices(x, symmetric_eigenvalues)


def linalg_eigh_projector(x: Any) -> Array:
    """Return v v^T of the eigenvector for the lowest eigenvalue."""
    return matrices(x, lowest_projector)


def linalg_matrix_norm(x: Any) -> Array:
    """Return the Frobenius norm."""
    return sqrt(sum(square(abs(floating(x))), axis=(-2, -1)))


def linalg_nuclear_norm(x: Any) -> Array:
    """Return the sum of the singular values."""
    return sum(linalg_svdvals(x), axis=-1)


def linalg_spectral_norm(x: Any) -> Array:
    """Return the largest singular value."""
    return max(linalg_svdvals(x), axis=-1)


def linalg_matrix_power(x: Any, n: int) -> Array:
    """Return a square matrix multiplied n times; its inverse, for a negative n."""
    x = floating(x) if n >= 0 else linalg_inv(x)
    return functools.reduce(product, [x] * builtins.abs(n), Array(identity(x.shape[-1]), x.dtype))


def linalg_matrix_exp(x: Any) -> Array:
    """Return the matrix exponential."""
    return matrices(x, exponential)


def linalg_triangular_solve(x1: Any, x2: Any) -> Array:
    """Return the solution of a lower triangular system."""
    return linalg_solve(tril(x1), x2)


def linalg_cholesky_solve(x1: Any, x2: Any) -> Array:
    """Return the solution of x1 x1^T x = x2 for a lower triangular x1."""
    factor = tril(x1)
    return linalg_solve(product(factor, linalg_adjoint(factor)), x2)


def linalg_lu_solve(x1: Any, x2: Any) -> Array:
    """Return the solution of a linear system."""
    return linalg_solve(x1, x2)


def linalg_lstsq(x1: Any, x2: Any) -> Array:
    """Return the least squares solution for a tall matrix of full rank."""
    return product(linalg_pinv(x1), asarray(x2))
