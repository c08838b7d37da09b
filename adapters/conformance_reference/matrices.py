"""Computes determinants, inverses, solutions and Cholesky factors of mpmath matrices, by plain elimination."""

from __future__ import annotations

from typing import Any, Final

from conformance_reference.arrays import Elements, context, objects, quotient

_BY_COFACTORS: Final = 4
"""Up to this size a determinant is a sum of products: no division, so exact for a singular matrix as well."""

Rows = list[list[Any]]


def determinant(matrix: Elements) -> Any:
    """Return the determinant of one square matrix."""
    rows: Rows = matrix.tolist()
    if len(rows) <= _BY_COFACTORS:
        return _cofactors(rows)
    result = context.one
    size = len(rows)
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(rows[row][column]))
        if rows[pivot][column] == 0:
            return context.zero
        if pivot != column:
            rows[pivot], rows[column] = rows[column], rows[pivot]
            result = -result
        result = result * rows[column][column]
        for row in range(column + 1, size):
            factor = quotient(rows[row][column], rows[column][column])
            rows[row] = [a - factor * b for a, b in zip(rows[row], rows[column], strict=True)]
    return result


def _cofactors(rows: Rows) -> Any:
    if not rows:
        return context.one
    total = context.zero
    for column, factor in enumerate(rows[0]):
        minor = [row[:column] + row[column + 1 :] for row in rows[1:]]
        term = factor * _cofactors(minor)
        total = total + (term if column % 2 == 0 else -term)
    return total


def solution(matrix: Elements, right: Elements) -> Elements:
    """Return the solution of ``matrix @ x == right`` for a matrix of right sides; raise where there is none."""
    rows: Rows = [list(a) + list(b) for a, b in zip(matrix.tolist(), right.tolist(), strict=True)]
    size = len(rows)
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(rows[row][column]))
        if rows[pivot][column] == 0:
            raise ValueError("a singular matrix has no inverse")
        rows[pivot], rows[column] = rows[column], rows[pivot]
        lead = rows[column][column]
        rows[column] = [quotient(a, lead) for a in rows[column]]
        for row in range(size):
            if row != column:
                factor = rows[row][column]
                rows[row] = [a - factor * b for a, b in zip(rows[row], rows[column], strict=True)]
    return objects([value for row in rows for value in row[size:]], right.shape)


def identity(size: int) -> Elements:
    """Return the identity matrix."""
    return objects([context.mpf(i == j) for i in range(size) for j in range(size)], (size, size))


def lower_factor(matrix: Elements) -> Elements:
    """Return the Cholesky factor of the symmetric part of one matrix; not-a-number where it is not positive definite.

    The symmetric part, because every framework gives the derivative of that: a change of one triangle counts half.
    """
    size = len(matrix)
    rows: Rows = [[(matrix[i, j] + matrix[j, i].conjugate()) / 2 for j in range(size)] for i in range(size)]
    factor: Rows = [[context.zero] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            rest = rows[i][j]
            for k in range(j):
                rest = rest - factor[i][k] * factor[j][k].conjugate()
            if i == j:
                rest = rest.real
                factor[i][i] = context.sqrt(rest) if rest >= 0 else context.nan
            else:
                factor[i][j] = quotient(rest, factor[j][j])
    return objects([value for row in factor for value in row], (size, size))
