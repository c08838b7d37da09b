"""The neutral operations as text: a section a block, ``name(parameters) | meaning`` a line; read by ``operations``."""

from typing import Final

TABLE: Final = """
# creation
zeros(shape, dtype=None) | an array of zeros
ones(shape, dtype=None) | an array of ones
full(shape, fill_value, dtype=None) | an array filled with one value
zeros_like(x) | zeros of the shape and dtype of x
ones_like(x) | ones of the shape and dtype of x
eye(n_rows, dtype=None) | the identity matrix
arange(start, stop=None, step=1) | evenly spaced integers, as range
linspace(start, stop, num) | evenly spaced floating-point values, ends included
asarray(obj, dtype=None) | an array from numbers or nested lists
full_like(x, fill_value) | one value, in the shape and dtype of x

# elementwise
abs(x) | absolute value
negative(x) | -x
add(x1, x2) | x1 + x2
subtract(x1, x2) | x1 - x2
multiply(x1, x2) | x1 * x2
divide(x1, x2) | x1 / x2
pow(x1, x2) | x1 to the power x2
remainder(x1, x2) | remainder with the sign of the divisor
floor_divide(x1, x2) | the quotient rounded down
reciprocal(x) | 1 / x
square(x) | x * x
sqrt(x) | square root
rsqrt(x) | 1 / sqrt(x)
exp(x) | exponential
expm1(x) | exp(x) - 1, exact near zero
log(x) | natural logarithm
log1p(x) | log(1 + x), exact near zero
log2(x) | logarithm to base two
log10(x) | logarithm to base ten
sin(x) | sine
cos(x) | cosine
tan(x) | tangent
asin(x) | inverse sine
acos(x) | inverse cosine
atan(x) | inverse tangent
atan2(x1, x2) | inverse tangent of x1 / x2 in the right quadrant
sinh(x) | hyperbolic sine
cosh(x) | hyperbolic cosine
tanh(x) | hyperbolic tangent
asinh(x) | inverse hyperbolic sine
acosh(x) | inverse hyperbolic cosine
atanh(x) | inverse hyperbolic tangent
hypot(x1, x2) | sqrt(x1 ** 2 + x2 ** 2)
logaddexp(x1, x2) | log(exp(x1) + exp(x2))
sign(x) | -1, 0 or 1
floor(x) | rounded down
ceil(x) | rounded up
round(x) | rounded to the nearest integer, ties to even
trunc(x) | rounded towards zero
maximum(x1, x2) | the larger, element by element
minimum(x1, x2) | the smaller, element by element
clip(x, min, max) | limited to the interval [min, max]
where(condition, x1, x2) | x1 where the condition holds, else x2
equal(x1, x2) | x1 == x2
less(x1, x2) | x1 < x2
greater(x1, x2) | x1 > x2
logical_and(x1, x2) | both
logical_not(x) | not
isfinite(x) | neither infinite nor NaN
isnan(x) | is NaN
positive(x) | x itself
exp2(x) | 2 to the power x
cbrt(x) | real cube root
logaddexp2(x1, x2) | log2(2 ** x1 + 2 ** x2)
deg2rad(x) | degrees to radians
rad2deg(x) | radians to degrees
squared_difference(x1, x2) | (x1 - x2) ** 2
lerp(x1, x2, weight) | x1 + weight * (x2 - x1)
divide_no_nan(x1, x2) | x1 / x2, and 0 where x2 is 0
multiply_no_nan(x1, x2) | x1 * x2, and 0 where x2 is 0, whatever x1 is
fmod(x1, x2) | remainder with the sign of the dividend
copysign(x1, x2) | the magnitude of x1 with the sign of x2
clip_min(x, min) | limited from below
clip_max(x, max) | limited from above
not_equal(x1, x2) | x1 != x2
less_equal(x1, x2) | x1 <= x2
greater_equal(x1, x2) | x1 >= x2
logical_or(x1, x2) | one or both
logical_xor(x1, x2) | one but not both
isinf(x) | is infinite
signbit(x) | whether the sign is minus

# reductions and statistics
sum(x, axis=None, keepdims=False) | sum
prod(x, axis=None, keepdims=False) | product
mean(x, axis=None, keepdims=False) | arithmetic mean
var(x, axis=None, keepdims=False) | population variance
std(x, axis=None, keepdims=False) | population standard deviation
max(x, axis=None, keepdims=False) | largest element
min(x, axis=None, keepdims=False) | smallest element
all(x, axis=None) | whether all elements are true
any(x, axis=None) | whether any element is true
argmax(x, axis=None) | index of the largest element
argmin(x, axis=None) | index of the smallest element
cumulative_sum(x, axis=0) | running sums
cumulative_prod(x, axis=0) | running products
logsumexp(x, axis=None, keepdims=False) | log of the sum of exponentials
amax(x, axis=None, keepdims=False) | largest element, by the function whose gradient is shared by equal ones
amin(x, axis=None, keepdims=False) | smallest element, by the function whose gradient is shared by equal ones
max_values(x, axis) | largest element along one axis, by the function that also gives its index
min_values(x, axis) | smallest element along one axis, by the function that also gives its index
count_nonzero(x, axis=None) | number of elements that are not zero
nansum(x, axis=None, keepdims=False) | sum, NaN left out
nanmean(x, axis=None, keepdims=False) | arithmetic mean, NaN left out
sample_var(x) | variance of all elements, with n - 1 in the denominator
sample_std(x) | standard deviation of all elements, with n - 1 in the denominator
cov(x) | covariance matrix of the rows, with n - 1 in the denominator
corrcoef(x) | correlation matrix of the rows
median(x, axis=None) | middle element; of an even number, the mean of the two middle ones
lower_median(x) | middle element of all; of an even number, the lower of the two middle ones
quantile(x, q, axis=None) | q-quantile, interpolated linearly between the two nearest elements
cumulative_max(x, axis=0) | running maxima
cumulative_min(x, axis=0) | running minima
cumulative_logsumexp(x, axis=0) | running logarithms of sums of exponentials
diff(x, n=1, axis=-1) | n-th differences of neighbours along an axis
trapezoid(y, dx) | integral along the last axis by the trapezoidal rule

# sorting
sort(x, axis=-1) | ascending order
argsort(x, axis=-1) | indices of the ascending order
sort_descending(x, axis=-1) | descending order
top_k(x, k) | the k largest elements along the last axis, in descending order
searchsorted(x1, x2) | index at which each element of x2 would keep the vector x1 sorted, the lowest that does

# manipulation and indexing
reshape(x, shape) | the same elements in another shape
permute_dims(x, axes) | axes in another order
matrix_transpose(x) | the last two axes exchanged
expand_dims(x, axis) | a new axis of length one
squeeze(x, axis) | an axis of length one removed
broadcast_to(x, shape) | repeated to a larger shape
concat(arrays, axis=0) | joined along an axis
stack(arrays, axis=0) | joined along a new axis
flip(x, axis) | reversed along an axis
roll(x, shift, axis) | rotated along an axis
tile(x, repetitions) | the whole repeated
take(x, indices, axis=0) | elements picked by index along an axis
tril(x) | lower triangle
triu(x) | upper triangle
one_hot(x, num_classes) | indicator rows of integer labels
flatten(x) | all elements in one axis, the last axis running fastest
repeat(x, repetitions, axis) | each element repeated along an axis
moveaxis(x, source, destination) | one axis moved to another place
swapaxes(x, axis1, axis2) | two axes exchanged
meshgrid(x1, x2, index) | one of the two coordinate matrices of a grid, rows following x1
unstack(x, index, axis=0) | one of the arrays that lie along an axis
split(x, sections, index, axis=0) | one of equally long parts along an axis
pad(x, pad_width) | zeros put around; pad_width is a list [before, after] for each axis
pad_reflect(x, before, after) | each row of a matrix extended by its mirror image, the edge not repeated
pad_edge(x, before, after) | each row of a matrix extended by its edge elements
diag(x) | the matrix with the vector x as its diagonal
slice_axis(x, start, length, axis=0) | a stretch along an axis
dynamic_slice(x, begin, size) | a block, by its first index and its size along each axis
take_along_axis(x, indices, axis=-1) | one element for each index, matched along the other axes
gather_nd(x, indices) | elements or slices picked by the rows of indices
masked_fill(x, mask, value) | value where the mask holds, else x
boolean_mask(x, mask) | the elements where the mask holds, in one axis
at_set(x, indices, values) | x with the rows at distinct indices replaced
at_add(x, indices, values) | x with values added to the rows at indices, repeated indices each time
at_multiply(x, indices, values) | x with the rows at indices multiplied, repeated indices each time
at_min(x, indices, values) | x with the rows at indices lowered to values
at_max(x, indices, values) | x with the rows at indices raised to values
scatter_nd(indices, updates, shape) | zeros with updates added at the rows of indices

# linear algebra
matmul(x1, x2) | matrix product
outer(x1, x2) | outer product of two vectors
vecdot(x1, x2) | inner product of two vectors
tensordot(x1, x2, axes=2) | sum of products over several axes
linalg.det(x) | determinant
linalg.inv(x) | inverse
linalg.solve(x1, x2) | solution of a linear system
linalg.cholesky(x) | Cholesky factor, lower
linalg.trace(x) | sum of the diagonal
linalg.diagonal(x) | the diagonal
linalg.vector_norm(x, axis=None, keepdims=False, ord=2) | norm of all elements or along an axis
dot(x1, x2) | inner product of two vectors, nothing conjugated
matvec(x1, x2) | matrix times vector, or a stack of them
batch_matmul(x1, x2) | products of two stacks of matrices
kron(x1, x2) | Kronecker product of two matrices
bilinear(x1, x2, weight) | x1[b, i] * weight[o, i, j] * x2[b, j], summed over i and j
einsum_matmul(x1, x2) | einsum ij,jk->ik
einsum_batch_outer(x1, x2) | einsum bi,bj->bij
einsum_inner(x1, x2) | einsum ij,ij->
einsum_diagonal(x) | einsum ii->i
einsum_scores(x1, x2) | einsum bqd,bkd->bqk
linalg.cross(x1, x2) | cross product along the last axis
linalg.multi_dot(arrays) | product of several matrices
linalg.adjoint(x) | the last two axes exchanged and conjugated
linalg.pinv(x) | Moore-Penrose inverse
linalg.logabsdet(x) | logarithm of the absolute value of the determinant
linalg.logdet(x) | logarithm of the determinant of a positive definite matrix
linalg.qr_r_abs(x) | absolute values of the triangular factor of a reduced QR decomposition
linalg.qr_projector(x) | Q Q^T of a reduced QR decomposition: the projector onto the column space
linalg.svdvals(x) | singular values, descending
linalg.svd_polar(x) | U V^T of a reduced singular value decomposition: the nearest orthogonal matrix
linalg.eigvalsh(x) | eigenvalues of a symmetric matrix, ascending
linalg.eigh_projector(x) | v v^T of the eigenvector of a symmetric matrix for its lowest eigenvalue
linalg.matrix_norm(x) | Frobenius norm of a matrix
linalg.nuclear_norm(x) | sum of the singular values of a matrix
linalg.spectral_norm(x) | largest singular value of a matrix
linalg.matrix_power(x, n) | a square matrix multiplied n times
linalg.matrix_exp(x) | matrix exponential
linalg.triangular_solve(x1, x2) | solution of a lower triangular system
linalg.cholesky_solve(x1, x2) | solution of x1 x1^T x = x2 for a lower triangular x1
linalg.lu_solve(x1, x2) | solution of a linear system by its LU decomposition
linalg.lstsq(x1, x2) | least squares solution for a tall matrix of full rank

# types and hosts
astype(x, dtype) | cast to another data type
shape(x) | the shape, as a tuple of integers
to_numpy(x) | the same numbers as a NumPy array on the host
to_float(x) | one element as a Python float

# special functions
erf(x) | error function
erfc(x) | complementary error function
lgamma(x) | logarithm of the absolute value of the gamma function
digamma(x) | derivative of lgamma
erfinv(x) | inverse of erf
ndtr(x) | normal distribution function
log_ndtr(x) | logarithm of the normal distribution function
ndtri(x) | quantile of the normal distribution
logit(x) | log(x / (1 - x))
sinc(x) | sin(pi x) / (pi x), 1 at 0
xlogy(x1, x2) | x1 * log(x2), and 0 where x1 is 0
xlog1py(x1, x2) | x1 * log(1 + x2), and 0 where x1 is 0
entr(x) | -x * log(x), 0 at 0, and -inf below
rel_entr(x1, x2) | x1 * log(x1 / x2), and 0 where x1 is 0; neither of them negative
betaln(x1, x2) | logarithm of the beta function of positive x1 and x2
multigammaln(x, d) | logarithm of the d-dimensional gamma function
polygamma(n, x) | n-th derivative of digamma
zeta(x1, x2) | Hurwitz zeta function: sum of (k + x2) ** -x1, for x1 above 1 and a positive x2
igamma(x1, x2) | lower regularized incomplete gamma function, x1 the shape
igammac(x1, x2) | upper regularized incomplete gamma function, x1 the shape
betainc(x1, x2, x) | regularized incomplete beta function of the shapes x1 and x2
bessel_i0(x) | modified Bessel function of order 0
bessel_i0e(x) | exp(-|x|) times the modified Bessel function of order 0
bessel_i1(x) | modified Bessel function of order 1
bessel_i1e(x) | exp(-|x|) times the modified Bessel function of order 1
bessel_j0(x) | Bessel function of order 0
bessel_j1(x) | Bessel function of order 1
dawsn(x) | Dawson's integral
expi(x) | exponential integral Ei of positive x
spence(x) | dilogarithm of 1 - x
fresnel_sin(x) | Fresnel integral of sin(pi t^2 / 2)
fresnel_cos(x) | Fresnel integral of cos(pi t^2 / 2)

# neural networks
relu(x) | max(x, 0)
relu6(x) | min(max(x, 0), 6)
leaky_relu(x, negative_slope) | x where positive, else negative_slope * x
elu(x) | x where positive, else exp(x) - 1
gelu(x) | x times the normal distribution function of x
silu(x) | x * sigmoid(x)
softplus(x) | log(1 + exp(x))
sigmoid(x) | 1 / (1 + exp(-x))
softmax(x, axis=-1) | exponentials divided by their sum
log_softmax(x, axis=-1) | logarithm of softmax
selu(x) | scaled elu: 1.0507 * (x where positive, else 1.67326 * (exp(x) - 1))
celu(x, alpha) | x where positive, else alpha * (exp(x / alpha) - 1)
prelu(x, weight) | x where positive, else weight * x, for x[batch, channel] and a weight for each channel
hardtanh(x) | limited to the interval [-1, 1]
hardsigmoid(x) | relu6(x + 3) / 6
hardswish(x) | x * relu6(x + 3) / 6
mish(x) | x * tanh(softplus(x))
softsign(x) | x / (1 + |x|)
tanhshrink(x) | x - tanh(x)
softshrink(x, threshold) | moved towards zero by the threshold
hardshrink(x, threshold) | 0 where |x| is at most the threshold
threshold(x, threshold, value) | x where above the threshold, else value
gelu_tanh(x) | gelu by its approximation with tanh
quick_gelu(x) | x * sigmoid(1.702 * x)
squareplus(x) | (x + sqrt(x ** 2 + 4)) / 2
log_sigmoid(x) | logarithm of sigmoid
glu(x) | first half of the last axis times sigmoid of the second
swiglu(x) | silu of the first half of the last axis times the second
geglu(x) | gelu of the first half of the last axis times the second
crelu(x) | relu of x and of -x, joined along the last axis
softmin(x, axis=-1) | softmax of -x
masked_softmax(x, mask) | softmax along the last axis over the elements where the mask holds, 0 elsewhere
linear(x, weight, bias) | x weight^T + bias; weight has a row for each output
embedding(weight, indices) | rows of the weight

# scans and segments
scan_sum(x) | running sums along the first axis, by a general scan
scan_prod(x) | running products along the first axis, by a general scan
associative_scan_sum(x) | running sums along the first axis, by a parallel scan
associative_scan_prod(x) | running products along the first axis, by a parallel scan
segment_sum(x, segments, num_segments) | sums of the rows with the same segment number; 0 for none
segment_prod(x, segments, num_segments) | products of the rows with the same segment number; 1 for none
segment_max(x, segments, num_segments) | largest of the rows with the same segment number, none empty
segment_min(x, segments, num_segments) | smallest of the rows with the same segment number, none empty
segment_mean(x, segments, num_segments) | mean of the rows with the same segment number, none empty

# complex numbers
complex(real, imag) | the complex number of a real and an imaginary part
polar(abs, angle) | the complex number of an absolute value, not negative, and an angle
real(x) | real part
imag(x) | imaginary part
conj(x) | complex conjugate
angle(x) | angle in the complex plane, from -pi to pi

# Fourier transforms
fft.fft(x) | discrete Fourier transform of complex x along the last axis
fft.ifft(x) | inverse of fft, with the factor 1 / n
fft.fft2(x) | discrete Fourier transform of complex x along the last two axes
fft.ifft2(x) | inverse of fft2
fft.rfft(x) | the first n // 2 + 1 values of the transform of real x along the last axis
fft.irfft(x) | real inverse of rfft, of even length 2 * (m - 1)
fft.rfft2(x) | rfft along the last axis, then fft along the one before
fft.irfft2(x) | real inverse of rfft2, of even length along the last axis
fft.fftshift(x) | zero frequency moved to the middle of every axis
fft.ifftshift(x) | inverse of fftshift
fft.dct(x) | cosine transform of type 2 along the last axis: 2 * sum of x[n] cos(pi k (2n + 1) / 2N)

# normalisation
layer_norm(x, weight, bias, eps=1e-05) | rows: mean 0, population variance 1, times weight plus bias
rms_norm(x, weight, eps=1e-06) | rows divided by the root of their mean square plus eps, times weight
batch_norm(x, weight, bias, eps=1e-05) | columns: mean 0, population variance 1 over the batch, times weight plus bias
group_norm(x, weight, bias, num_groups, eps=1e-05) | layer_norm of groups of neighbours in a row
instance_norm(x, eps=1e-05) | x[batch, channel, place]: mean 0, population variance 1 over the places
standardize(x, eps=1e-05) | rows: mean 0, population variance 1; eps is added to the variance
l2_normalize(x) | divided by its Euclidean norm along the last axis
clip_by_norm(x, max_norm) | scaled down to a Euclidean norm of max_norm, where it is larger
global_norm(arrays) | Euclidean norm of the elements of several arrays together

# convolution and pooling
conv1d(x, weight, stride=1, padding=0) | correlation of x[batch, channel, place] with weight[out, in, place]
conv2d(x, weight, stride=1, padding=0, dilation=1) | correlation of x[batch, channel, y, x] with weight[out, in, y, x]
conv3d(x, weight) | correlation of x[batch, channel, z, y, x] with weight[out, in, z, y, x]
depthwise_conv2d(x, weight) | conv2d with a filter of its own for each channel; weight[channel, 1, y, x]
conv_transpose1d(x, weight, stride=1) | the adjoint of conv1d, of length (n - 1) * stride + k; weight[in, out, place]
conv_transpose2d(x, weight, stride=1) | the adjoint of conv2d; weight[in, out, y, x]
max_pool1d(x, window) | largest of each window of x[batch, channel, place], the windows side by side
max_pool2d(x, window, stride) | largest of each square window of x[batch, channel, y, x]
avg_pool1d(x, window) | mean of each window of x[batch, channel, place], the windows side by side
avg_pool2d(x, window, stride) | mean of each square window of x[batch, channel, y, x]
resize_nearest(x, factor) | x[batch, channel, y, x] enlarged by repeating elements
resize_bilinear(x, factor) | x[batch, channel, y, x] enlarged by linear interpolation between the centres

# attention
scaled_dot_product_attention(q, k, v) | softmax(q k^T / sqrt(d)) v, for x[batch, head, place, d]
causal_attention(q, k, v) | the same, where no place sees a later one

# losses
mse_loss(x, y) | mean of (x - y) ** 2
mae_loss(x, y) | mean of |x - y|
huber_loss(x, y, delta=1.0) | mean of d ** 2 / 2 up to delta, then delta * (|d| - delta / 2), for d = x - y
smooth_l1_loss(x, y, beta=1.0) | mean of d ** 2 / (2 * beta) up to beta, then |d| - beta / 2
log_cosh_loss(x, y) | mean of log(cosh(x - y))
hinge_loss(x, y) | mean of max(0, 1 - x * y) for labels y of 1 and -1
squared_hinge_loss(x, y) | mean of max(0, 1 - x * y) ** 2 for labels y of 1 and -1
soft_margin_loss(x, y) | mean of log(1 + exp(-x * y)) for labels y of 1 and -1
margin_ranking_loss(x1, x2, y, margin) | mean of max(0, margin - y * (x1 - x2))
bce_loss(x, y) | mean of -(y * log(x) + (1 - y) * log(1 - x)) for probabilities x
bce_with_logits_loss(x, y) | bce_loss of sigmoid(x)
cross_entropy_loss(x, labels) | mean of -log_softmax(x) at the label of each row
soft_cross_entropy_loss(x, y) | mean over rows of -sum(y * log_softmax(x))
smoothed_cross_entropy_loss(x, labels, smoothing) | soft_cross_entropy_loss with labels moved towards uniform
nll_loss(x, labels) | mean of -x at the label of each row, for log-probabilities x
kl_div_loss(x, y) | sum of y * (log(y) - x), for log-probabilities x
poisson_nll_loss(x, y) | mean of exp(x) - y * x
gaussian_nll_loss(x, y, var) | mean of (log(var) + (x - y) ** 2 / var) / 2
cosine_similarity(x1, x2) | cosine of the angle between rows
triplet_loss(anchor, positive, negative, margin) | mean over rows of max(0, |a - p| - |a - n| + margin), norms Euclidean

# distances
cdist(x1, x2) | Euclidean distances between the rows of one matrix and those of another
pairwise_distance(x1, x2) | Euclidean distance between rows at the same place
squared_distances(x1, x2) | squared Euclidean distances between the rows of one matrix and those of another
"""
