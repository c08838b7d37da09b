"""One small generic input for every neutral operation: away from kinks, ties, edges and degenerate matrices."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Final

INPUTS: Final[Mapping[str, str]] = {
    "m": "[[0.625, -1.25, 2.125], [-0.75, 0.375, 1.375]]",
    "n": "[[1.375, 0.375, -0.875], [0.5, -2.25, 1.125]]",
    "p": "[[0.625, 1.25, 2.125], [0.75, 0.375, 1.5]]",
    "q": "[[1.375, 0.25, 0.875], [0.5, 2.25, 1.125]]",
    "u": "[[0.625, 0.125, 0.25], [0.75, 0.375, 0.875]]",
    "v": "[0.625, -1.25, 2.125]",
    "w": "[1.375, 0.25, -0.875]",
    "ascending": "[-0.5, 0.25, 1.0, 2.5]",
    "pair": "[0.25, -1.5]",
    "rows4": "[[0.625, -1.25, 2.125, 0.875], [-0.75, 0.375, 1.5, -2.25]]",
    "tall": "[[0.625, -1.25], [2.125, 0.375], [-0.75, 1.5]]",
    "square": "[[1.5, -0.25, 0.75], [0.5, 2.25, -1.125], [-0.625, 0.375, 1.75]]",
    "other": "[[0.25, 1.125, -0.5], [-1.75, 0.625, 0.875], [1.25, -0.375, 2.0]]",
    "two": "[[1.5, -0.25], [0.5, 2.25]]",
    "cube": "[[[0.5, -1.25], [2.0, 0.75], [1.5, -0.375]], [[-0.625, 1.125], [0.25, -2.25], [0.875, 1.75]]]",
    "cube2": "[[[1.25, 0.5], [-0.75, 2.125], [0.375, -1.5]], [[0.625, -0.25], [1.875, 0.125], [-1.0, 0.75]]]",
    "signal": "[[[0.5, -1.25, 2.0, 0.75, 1.5, -0.375], [-0.625, 1.125, 0.25, -2.25, 0.875, 1.75]]]",
    "filter1": "[[[0.5, -0.25], [1.25, 0.75]], [[-1.5, 0.375], [0.625, 2.0]]]",
    "image": "[[[[0.5, -1.25, 2.0, 0.75], [1.5, -0.375, 0.625, -2.0], [-0.75, 1.125, 0.25, 1.75], "
    "[0.875, -0.125, -1.5, 2.25]], [[1.0, 0.25, -0.5, 1.375], [-1.125, 2.125, 0.375, -0.25], "
    "[0.5, -1.75, 1.25, 0.125], [-2.25, 0.75, 1.625, -0.625]]]]",
    "filter2": "[[[[0.5, -0.25], [1.25, 0.75]], [[-1.5, 0.375], [0.625, 2.0]]], "
    "[[[1.125, 0.25], [-0.5, 1.75]], [[0.875, -1.25], [0.125, -0.75]]]]",
    "filters": "[[[[0.5, -0.25], [1.25, 0.75]]], [[[-1.5, 0.375], [0.625, 2.0]]]]",
    "volume": "[[[[[0.5, -1.25], [2.0, 0.75]], [[1.5, -0.375], [0.625, -2.0]]]]]",
    "filter3": "[[[[[0.75, 0.25], [-0.5, 1.25]]]]]",
    "heads": "[[[[0.5, -1.25], [2.0, 0.75], [1.5, -0.375]]]]",
    "heads2": "[[[[1.25, 0.5], [-0.75, 2.125], [0.375, -1.5]]]]",
    "heads3": "[[[[-0.5, 0.25], [1.75, -1.125], [0.625, 0.875]]]]",
    "weights4": "[1.25, -0.5, 0.75, 2.0]",
    "biases4": "[0.5, 0.25, -1.0, 0.125]",
    "three": "[[0.5, 0.25, 0.25], [0.125, 0.625, 0.25]]",
    "tensor": "[[[0.5, -0.25, 1.0], [1.25, 0.75, -0.5], [0.25, 2.0, 0.125]]]",
    "signs": "[[1.0, -1.0, 1.0], [-1.0, 1.0, 1.0]]",
    "gaps": "[[0.625, nan, 2.125], [-0.75, 0.375, 1.375]]",
    "shapes": "[[1.5, 0.5, 2.0], [0.75, 1.25, 3.0]]",
    "shapes2": "[[2.5, 1.5, 0.5], [1.75, 0.25, 1.0]]",
    "labels": "[2, 0]",
    "picks": "[2, 0, 2]",
    "corners": "[[0, 1], [1, 2]]",
    "along": "[[2, 0], [1, 1]]",
    "segments": "[1, 0, 1]",
    "mask": "[[True, False, True], [True, True, False]]",
    "flags": "[[False, False, True], [True, True, True]]",
}
"""Numbers that every data type holds exactly, by name; integers and booleans are not differentiated."""

_TABLE: Final = """
zeros((2, 3)) * m
ones((2, 3)) * m
full((2, 3), 1.5) * m
full_like(m, 1.5) * m
zeros_like(m) + m
ones_like(m) * m
eye(3) * square
arange(3)
linspace(0.0, 1.0, 5)
asarray([0.5, 1.5])

abs(m)
negative(m)
positive(m)
add(m, n)
subtract(m, n)
multiply(m, n)
divide(m, n)
pow(p, n)
remainder(m, n)
floor_divide(m, n)
reciprocal(m)
square(m)
sqrt(p)
rsqrt(p)
exp(m)
exp2(m)
expm1(m)
log(p)
log1p(p)
log2(p)
log10(p)
cbrt(m)
sin(m)
cos(m)
tan(m)
asin(u)
acos(u)
atan(m)
atan2(m, n)
sinh(m)
cosh(m)
tanh(m)
asinh(m)
acosh(p + 1.5)
atanh(u)
hypot(m, n)
logaddexp(m, n)
logaddexp2(m, n)
deg2rad(m)
rad2deg(m)
squared_difference(m, n)
lerp(m, n, 0.25)
divide_no_nan(m, n)
multiply_no_nan(m, n)
fmod(m, n)
copysign(m, n)
sign(m)
floor(m)
ceil(m)
round(m)
trunc(m)
maximum(m, n)
minimum(m, n)
clip(m, -1.0, 1.0)
clip_min(m, -1.0)
clip_max(m, 1.0)
where(mask, m, n)
equal(m, n)
not_equal(m, n)
less(m, n)
less_equal(m, n)
greater(m, n)
greater_equal(m, n)
logical_and(mask, flags)
logical_or(mask, flags)
logical_xor(mask, flags)
logical_not(mask)
isfinite(m)
isinf(m)
isnan(gaps)
signbit(m)

sum(m)
sum(m, axis=1)
prod(m)
prod(m, axis=0)
mean(m)
mean(m, axis=1, keepdims=True)
var(m)
var(m, axis=1)
std(m)
max(m)
max(m, axis=1)
min(m)
min(m, axis=0)
amax(m)
amax(m, axis=1, keepdims=True)
amin(m)
amin(m, axis=1)
max_values(m, 1)
min_values(m, 1)
all(mask, axis=1)
any(mask, axis=1)
argmax(m, axis=1)
argmin(m)
count_nonzero(m)
nansum(gaps)
nanmean(gaps, axis=1)
sample_var(m)
sample_std(m)
cov(m)
corrcoef(m)
median(m)
median(m, axis=1)
lower_median(m)
quantile(m, 0.375)
quantile(m, 0.25, axis=1)
cumulative_sum(m)
cumulative_sum(m, axis=1)
cumulative_prod(m)
cumulative_prod(m, axis=1)
cumulative_max(m)
cumulative_min(m)
cumulative_logsumexp(m)
cumulative_logsumexp(m, axis=1)
logsumexp(m)
logsumexp(m, axis=1)
diff(m)
diff(m, n=2)
trapezoid(m, 0.5)

sort(m)
sort(m, axis=0)
sort_descending(m)
argsort(m)
sort(m, axis=0)
top_k(m, 2)
searchsorted(ascending, pair)

reshape(m, (3, 2))
flatten(m)
permute_dims(cube, (2, 0, 1))
matrix_transpose(m)
moveaxis(cube, 0, 2)
swapaxes(cube, 0, 2)
expand_dims(m, 1)
squeeze(heads, 0)
broadcast_to(v, (2, 3))
repeat(m, 2, 1)
concat([m, n])
concat([m, n], axis=1)
stack([m, n])
stack([m, n], axis=1)
unstack(m, 1)
unstack(m, 1, axis=1)
split(tall, 3, 1)
split(rows4, 2, 1, axis=1)
meshgrid(v, pair, 0)
meshgrid(v, pair, 1)
flip(m, 1)
roll(m, 1, 1)
tile(m, (2, 1))
pad(m, [[1, 0], [2, 1]])
pad_reflect(m, 2, 1)
pad_edge(m, 2, 1)
diag(v)
take(tall, picks)
take(m, picks, axis=1)
take(v, picks)
slice_axis(tall, 1, 2)
slice_axis(rows4, 1, 2, axis=1)
dynamic_slice(rows4, [0, 1], [2, 2])
take_along_axis(m, along)
gather_nd(m, corners)
masked_fill(m, mask, 1.5)
boolean_mask(m, mask)
at_set(square, labels, m)
at_add(square, picks, other)
at_multiply(square, picks, other)
at_min(square, labels, m)
at_max(square, labels, m)
scatter_nd(corners, pair, (2, 3))
tril(square)
triu(square)
one_hot(labels, 3)

scan_sum(tall)
scan_prod(tall)
associative_scan_sum(tall)
associative_scan_prod(tall)
segment_sum(tall, segments, 3)
segment_prod(tall, segments, 3)
segment_max(tall, segments, 2)
segment_min(tall, segments, 2)
segment_mean(tall, segments, 2)

matmul(m, tall)
dot(v, w)
matvec(m, v)
batch_matmul(cube, matrix_transpose(cube2))
outer(v, w)
vecdot(v, w)
tensordot(m, n, axes=2)
kron(m, two)
bilinear(m, n, tensor)
einsum_matmul(m, tall)
einsum_batch_outer(m, n)
einsum_inner(m, n)
einsum_diagonal(square)
einsum_scores(cube, cube2)
linalg.det(square)
linalg.inv(square)
linalg.solve(square, other)
linalg.cholesky(matmul(square, matrix_transpose(square)))
linalg.trace(square)
linalg.diagonal(square)
linalg.vector_norm(m)
linalg.vector_norm(m, axis=1, ord=3)
linalg.vector_norm(m, ord=1)
linalg.cross(m, n)
linalg.multi_dot([m, square, tall])
linalg.adjoint(complex(m, n))
linalg.pinv(tall)
linalg.logabsdet(square)
linalg.logdet(matmul(square, matrix_transpose(square)))
linalg.qr_r_abs(tall)
linalg.qr_projector(tall)
linalg.svdvals(tall)
linalg.svd_polar(tall)
linalg.eigvalsh(square + matrix_transpose(square))
linalg.eigh_projector(square + matrix_transpose(square))
linalg.matrix_norm(m)
linalg.nuclear_norm(m)
linalg.spectral_norm(m)
linalg.matrix_power(square, 3)
linalg.matrix_exp(square)
linalg.triangular_solve(square, other)
linalg.cholesky_solve(tril(square), other)
linalg.cholesky_solve(square, other)
linalg.lu_solve(square, other)
linalg.lstsq(square @ tall, tall)

astype(m, float32)
shape(m)
to_numpy(constant([0.5, 1.5]))
to_float(constant(0.5))

complex(m, n)
polar(p, n)
real(complex(m, n) * complex(n, p))
imag(complex(m, n) * complex(n, p))
conj(complex(m, n))
angle(complex(m, n))

fft.fft(complex(m, n))
fft.ifft(complex(m, n))
fft.fft2(complex(m, n))
fft.ifft2(complex(m, n))
fft.rfft(rows4)
fft.irfft(complex(m, n))
fft.rfft2(rows4)
fft.irfft2(complex(m, n))
fft.fftshift(m)
fft.ifftshift(m)
fft.dct(rows4)

erf(m)
erfc(m)
erfinv(u)
ndtr(m)
log_ndtr(m)
ndtri(u)
lgamma(p)
digamma(p)
logit(u)
sinc(m)
xlogy(m, p)
xlog1py(m, p)
entr(p)
rel_entr(p, q)
betaln(p, q)
multigammaln(p + 1.0, 3)
polygamma(1, p)
polygamma(2, p)
zeta(2.5, p)
igamma(shapes, p)
igammac(shapes, p)
betainc(shapes, shapes2, u)
bessel_i0(m)
bessel_i0e(m)
bessel_i1(m)
bessel_i1e(m)
bessel_j0(p)
bessel_j1(p)
dawsn(m)
expi(p)
spence(p)
fresnel_sin(m)
fresnel_cos(m)

relu(m)
relu6(m)
leaky_relu(m, 0.25)
prelu(m, v)
elu(m)
selu(m)
celu(m, 1.5)
gelu(m)
gelu_tanh(m)
quick_gelu(m)
silu(m)
softplus(m)
softsign(m)
softshrink(m, 0.5)
hardshrink(m, 0.5)
threshold(m, 0.5, 0.25)
tanhshrink(m)
hardtanh(m)
hardsigmoid(m)
hardswish(m)
mish(m)
squareplus(m)
sigmoid(m)
log_sigmoid(m)
glu(rows4)
swiglu(rows4)
geglu(rows4)
crelu(m)
softmax(m)
log_softmax(m)
softmin(m)
masked_softmax(m, mask)
linear(m, square, v)
embedding(square, picks)

layer_norm(m, v, w)
layer_norm(m, v, w, eps=0.125)
rms_norm(m, v)
batch_norm(tall, pair, pair)
group_norm(rows4, weights4, biases4, 2)
instance_norm(cube)
standardize(m)
l2_normalize(m)
clip_by_norm(m, 1.5)
global_norm([m, v])

conv1d(signal, filter1)
conv1d(signal, filter1, stride=2, padding=1)
conv2d(image, filter2)
conv2d(image, filter2, stride=2, padding=1)
conv2d(image, filter2, dilation=2)
conv3d(volume, filter3)
depthwise_conv2d(image, filters)
conv_transpose1d(signal, filter1)
conv_transpose1d(signal, filter1, stride=2)
conv_transpose2d(image, filter2)
conv_transpose2d(image, filter2, stride=2)
max_pool1d(signal, 2)
max_pool2d(image, 2, 2)
max_pool2d(image, 2, 1)
avg_pool1d(signal, 2)
avg_pool2d(image, 2, 2)
avg_pool2d(image, 2, 1)
resize_nearest(image, 2)
resize_bilinear(image, 2)

scaled_dot_product_attention(heads, heads2, heads3)
causal_attention(heads, heads2, heads3)

mse_loss(m, n)
mae_loss(m, n)
huber_loss(m, n)
huber_loss(m, n, delta=1.5)
smooth_l1_loss(m, n)
smooth_l1_loss(m, n, beta=1.5)
log_cosh_loss(m, n)
hinge_loss(m, signs)
squared_hinge_loss(m, signs)
soft_margin_loss(m, signs)
margin_ranking_loss(m, n, signs, 0.5)
bce_loss(u, three)
bce_with_logits_loss(m, three)
cross_entropy_loss(m, labels)
soft_cross_entropy_loss(m, three)
smoothed_cross_entropy_loss(m, labels, 0.25)
nll_loss(m, labels)
kl_div_loss(m, three)
poisson_nll_loss(m, p)
gaussian_nll_loss(m, n, p)
cosine_similarity(m, n)
triplet_loss(m, n, p, 3.0)

cdist(m, n)
pairwise_distance(m, n)
squared_distances(m, n)
"""

CONSTANT: Final = frozenset({"signs", "three", "shapes", "shapes2"})
"""Labels, and the shapes of distributions, which are not differentiated."""


def samples() -> tuple[str, ...]:
    """Return the calls, each one an expression over the names of ``INPUTS``."""
    return tuple(line for line in _TABLE.splitlines() if line)


def operation_of(call: str) -> str:
    """Return the operation that a sample is for: the outermost call."""
    node = next(node for node in ast.walk(ast.parse(call, mode="eval")) if isinstance(node, ast.Call))
    return ast.unparse(node.func)


def inputs_of(call: str) -> list[str]:
    """Return the names of ``INPUTS`` that a sample uses, each once, in order."""
    tree = ast.parse(call, mode="eval")
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called]
    return [name for name in dict.fromkeys(names) if name in INPUTS]


def differentiated(call: str) -> list[str]:
    """Return the inputs that a sample is differentiated by."""
    return [name for name in inputs_of(call) if "." in INPUTS[name] and name not in CONSTANT]
