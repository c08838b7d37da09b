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


def _product(first: Rows, second: Rows) -> Rows:
    columns = list(zip(*second, strict=True))
    return [[context.fdot(row, column) for column in columns] for row in first]


def _adjoint(rows: Rows) -> Rows:
    return [[a.conjugate() for a in column] for column in zip(*rows, strict=True)]


def _elements(rows: Rows) -> Elements:
    return objects([value for row in rows for value in row], (len(rows), len(rows[0])))


def pseudo_inverse(matrix: Elements) -> Elements:
    """Return the Moore-Penrose inverse of a matrix of full rank; raise where the rank is less."""
    rows: Rows = matrix.tolist()
    adjoint = _adjoint(rows)
    if len(rows) >= len(rows[0]):
        return solution(_elements(_product(adjoint, rows)), _elements(adjoint))
    turned = solution(_elements(_product(rows, adjoint)), _elements(rows))
    return _elements(_adjoint(turned.tolist()))


def upper_factor(matrix: Elements) -> Elements:
    """Return the triangular factor of the reduced QR decomposition, its diagonal positive, by Gram and Schmidt.

    Raise where the first columns are linearly dependent: the factor is not unique there.
    """
    height, width = matrix.shape
    size = min(height, width)
    basis: Rows = []
    factor: Rows = [[context.zero] * width for _ in range(size)]
    for column in range(width):
        rest = list(matrix[:, column])
        for place, vector in enumerate(basis):
            share = context.fdot(rest, vector, conjugate=True)
            factor[place][column] = share
            rest = [a - share * b for a, b in zip(rest, vector, strict=True)]
        if column < size:
            length = context.norm(rest)
            if length <= context.sqrt(context.eps) * context.norm(list(matrix[:, column])):
                raise ValueError("a matrix whose first columns are linearly dependent has no unique factors")
            factor[column][column] = length
            basis.append([quotient(a, length) for a in rest])
    return _elements(factor)


def _decomposed(matrix: Elements) -> tuple[Any, Any, Any]:
    whole = context.matrix(matrix.tolist())
    complex_ = any(isinstance(a, context.mpc) for a in matrix.flat)
    answer: tuple[Any, Any, Any] = context.svd_c(whole) if complex_ else context.svd_r(whole)
    return answer


def singular_values(matrix: Elements) -> Elements:
    """Return the singular values, descending."""
    values = sorted((abs(a) for a in _decomposed(matrix)[1]), reverse=True)
    return objects(values, (len(values),))


def polar_factor(matrix: Elements) -> Elements:
    """Return U V^H of the reduced singular value decomposition; raise where the rank is not full: it is not unique."""
    left, values, right = _decomposed(matrix)
    sizes = [abs(value) for value in values]
    if min(sizes) <= context.sqrt(context.eps) * max(sizes):
        raise ValueError("a matrix of less than full rank has no unique polar factor")
    return _elements((left * right).tolist())


def _symmetric(matrix: Elements) -> tuple[list[Any], Any]:
    """Return eigenvalues and eigenvectors, in columns, of the symmetric part; all frameworks read that or a half."""
    size = len(matrix)
    rows = [[(matrix[i, j] + matrix[j, i]) / 2 for j in range(size)] for i in range(size)]
    values, vectors = context.eigsy(context.matrix(rows))
    return list(values), vectors


def symmetric_eigenvalues(matrix: Elements) -> Elements:
    """Return the eigenvalues of the symmetric part of a real matrix, ascending."""
    values = sorted(_symmetric(matrix)[0])
    return objects(values, (len(values),))


def lowest_projector(matrix: Elements) -> Elements:
    """Return v v^T for the eigenvector of the lowest eigenvalue of the symmetric part."""
    values, vectors = _symmetric(matrix)
    lowest = values.index(min(values))
    vector = [vectors[row, lowest] for row in range(len(values))]
    return _elements([[a * b for b in vector] for a in vector])


def exponential(matrix: Elements) -> Elements:
    """Return the matrix exponential: the power series of a matrix halved often enough, then squared as often."""
    rows: Rows = matrix.tolist()
    size = len(rows)
    largest = max(context.fsum(abs(a) for a in row) for row in rows)
    halvings = 0
    while largest > 0.5:
        largest, halvings = largest / 2, halvings + 1
    scaled = [[a / 2**halvings for a in row] for row in rows]
    total: Rows = identity(size).tolist()
    term: Rows = identity(size).tolist()
    for order in range(1, 10 * context.dps):
        term = [[a / order for a in row] for row in _product(term, scaled)]
        total = [[a + b for a, b in zip(one, two, strict=True)] for one, two in zip(total, term, strict=True)]
        if all(abs(a) <= context.eps / 2**halvings for row in term for a in row):
            break
    for _ in range(halvings):
        total = _product(total, total)
    return _elements(total)
