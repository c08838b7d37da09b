"""The neutral operations in JAX's own spelling, one line each."""

SPELLINGS = """
zeros(shape, dtype=None): jnp.zeros(shape, dtype=dtype)
ones(shape, dtype=None): jnp.ones(shape, dtype=dtype)
full(shape, fill_value, dtype=None): jnp.full(shape, fill_value, dtype=dtype)
zeros_like(x): jnp.zeros_like(x)
ones_like(x): jnp.ones_like(x)
eye(n_rows, dtype=None): jnp.eye(n_rows, dtype=dtype)
arange(start): jnp.arange(start)
arange(start, stop): jnp.arange(start, stop)
arange(start, stop, step): jnp.arange(start, stop, step)
linspace(start, stop, num): jnp.linspace(start, stop, num)
asarray(obj, dtype=None): jnp.asarray(obj, dtype=dtype)

abs(x): jnp.abs(x)
negative(x): jnp.negative(x)
add(x1, x2): jnp.add(x1, x2)
subtract(x1, x2): jnp.subtract(x1, x2)
multiply(x1, x2): jnp.multiply(x1, x2)
divide(x1, x2): jnp.divide(x1, x2)
pow(x1, x2): jnp.power(x1, x2)
remainder(x1, x2): jnp.remainder(x1, x2)
floor_divide(x1, x2): jnp.floor_divide(x1, x2)
reciprocal(x): jnp.reciprocal(x)
square(x): jnp.square(x)
sqrt(x): jnp.sqrt(x)
rsqrt(x): jax.lax.rsqrt(x)
exp(x): jnp.exp(x)
expm1(x): jnp.expm1(x)
log(x): jnp.log(x)
log1p(x): jnp.log1p(x)
log2(x): jnp.log2(x)
log10(x): jnp.log10(x)
sin(x): jnp.sin(x)
cos(x): jnp.cos(x)
tan(x): jnp.tan(x)
asin(x): jnp.asin(x)
acos(x): jnp.acos(x)
atan(x): jnp.atan(x)
atan2(x1, x2): jnp.atan2(x1, x2)
sinh(x): jnp.sinh(x)
cosh(x): jnp.cosh(x)
tanh(x): jnp.tanh(x)
asinh(x): jnp.asinh(x)
acosh(x): jnp.acosh(x)
atanh(x): jnp.atanh(x)
hypot(x1, x2): jnp.hypot(x1, x2)
logaddexp(x1, x2): jnp.logaddexp(x1, x2)
sign(x): jnp.sign(x)
floor(x): jnp.floor(x)
ceil(x): jnp.ceil(x)
round(x): jnp.round(x)
trunc(x): jnp.trunc(x)
maximum(x1, x2): jnp.maximum(x1, x2)
minimum(x1, x2): jnp.minimum(x1, x2)
clip(x, min, max): jnp.clip(x, min, max)
where(condition, x1, x2): jnp.where(condition, x1, x2)
equal(x1, x2): jnp.equal(x1, x2)
less(x1, x2): jnp.less(x1, x2)
greater(x1, x2): jnp.greater(x1, x2)
logical_and(x1, x2): jnp.logical_and(x1, x2)
logical_not(x): jnp.logical_not(x)
isfinite(x): jnp.isfinite(x)
isnan(x): jnp.isnan(x)

sum(x, axis=None, keepdims=False): jnp.sum(x, axis=axis, keepdims=keepdims)
prod(x, axis=None, keepdims=False): jnp.prod(x, axis=axis, keepdims=keepdims)
mean(x, axis=None, keepdims=False): jnp.mean(x, axis=axis, keepdims=keepdims)
var(x, axis=None, keepdims=False): jnp.var(x, axis=axis, keepdims=keepdims)
std(x, axis=None, keepdims=False): jnp.std(x, axis=axis, keepdims=keepdims)
max(x, axis=None, keepdims=False): jnp.max(x, axis=axis, keepdims=keepdims)
min(x, axis=None, keepdims=False): jnp.min(x, axis=axis, keepdims=keepdims)
all(x, axis=None): jnp.all(x, axis=axis)
any(x, axis=None): jnp.any(x, axis=axis)
argmax(x, axis=None): jnp.argmax(x, axis=axis)
argmin(x, axis=None): jnp.argmin(x, axis=axis)
cumulative_sum(x, axis=0): jnp.cumsum(x, axis)
cumulative_prod(x, axis=0): jnp.cumprod(x, axis)
logsumexp(x, axis=None, keepdims=False): jax.nn.logsumexp(x, axis=axis, keepdims=keepdims)

sort(x, axis=-1): jnp.sort(x, axis=axis)
argsort(x, axis=-1): jnp.argsort(x, axis=axis)

reshape(x, shape): jnp.reshape(x, shape)
permute_dims(x, axes): jnp.permute_dims(x, axes)
matrix_transpose(x): jnp.matrix_transpose(x)
expand_dims(x, axis): jnp.expand_dims(x, axis)
squeeze(x, axis): jnp.squeeze(x, axis)
broadcast_to(x, shape): jnp.broadcast_to(x, shape)
concat(arrays, axis=0): jnp.concatenate(arrays, axis=axis)
stack(arrays, axis=0): jnp.stack(arrays, axis=axis)
flip(x, axis): jnp.flip(x, axis)
roll(x, shift, axis): jnp.roll(x, shift, axis)
tile(x, repetitions): jnp.tile(x, repetitions)
take(x, indices): x[indices]
take(x, indices, axis): jnp.take(x, indices, axis=axis)
tril(x): jnp.tril(x)
triu(x): jnp.triu(x)
one_hot(x, num_classes): jax.nn.one_hot(x, num_classes)

matmul(x1, x2): jnp.matmul(x1, x2)
outer(x1, x2): jnp.outer(x1, x2)
vecdot(x1, x2): jnp.vecdot(x1, x2)
tensordot(x1, x2, axes=2): jnp.tensordot(x1, x2, axes=axes)
linalg.det(x): jnp.linalg.det(x)
linalg.inv(x): jnp.linalg.inv(x)
linalg.solve(x1, x2): jnp.linalg.solve(x1, x2)
linalg.cholesky(x): jnp.linalg.cholesky(x)
linalg.trace(x): jnp.trace(x)
linalg.diagonal(x): jnp.diagonal(x)
linalg.vector_norm(x): jnp.linalg.norm(x)
linalg.vector_norm(x, axis=None, keepdims=False, ord=2):
    jnp.linalg.vector_norm(x, axis=axis, keepdims=keepdims, ord=ord)

astype(x, dtype): x.astype(dtype)
shape(x): x.shape
to_numpy(x): np.asarray(x)
to_float(x): float(x)

erf(x): jax.scipy.special.erf(x)
erfc(x): jax.scipy.special.erfc(x)
lgamma(x): jax.scipy.special.gammaln(x)
digamma(x): jax.scipy.special.digamma(x)

relu(x): jax.nn.relu(x)
relu6(x): jax.nn.relu6(x)
leaky_relu(x, negative_slope): jax.nn.leaky_relu(x, negative_slope)
elu(x): jax.nn.elu(x)
gelu(x): jax.nn.gelu(x, approximate=False)
silu(x): jax.nn.silu(x)
softplus(x): jax.nn.softplus(x)
sigmoid(x): jax.nn.sigmoid(x)
softmax(x, axis=-1): jax.nn.softmax(x, axis=axis)
log_softmax(x, axis=-1): jax.nn.log_softmax(x, axis=axis)

full_like(x, fill_value): jnp.full_like(x, fill_value)

positive(x): jnp.positive(x)
exp2(x): jnp.exp2(x)
cbrt(x): jnp.cbrt(x)
logaddexp2(x1, x2): jnp.logaddexp2(x1, x2)
deg2rad(x): jnp.deg2rad(x)
rad2deg(x): jnp.rad2deg(x)
squared_difference(x1, x2): jnp.square(x1 - x2)
lerp(x1, x2, weight): x1 + weight * (x2 - x1)
divide_no_nan(x1, x2): jnp.where(x2 == 0, 0, x1 / jnp.where(x2 == 0, 1, x2))
multiply_no_nan(x1, x2): jnp.where((x2 == 0) & ~jnp.isfinite(x1), 0, x1) * x2
fmod(x1, x2): jnp.fmod(x1, x2)
copysign(x1, x2): jnp.copysign(x1, x2)
clip_min(x, min): jnp.clip(x, min=min)
clip_max(x, max): jnp.clip(x, max=max)
not_equal(x1, x2): jnp.not_equal(x1, x2)
less_equal(x1, x2): jnp.less_equal(x1, x2)
greater_equal(x1, x2): jnp.greater_equal(x1, x2)
logical_or(x1, x2): jnp.logical_or(x1, x2)
logical_xor(x1, x2): jnp.logical_xor(x1, x2)
isinf(x): jnp.isinf(x)
signbit(x): jnp.signbit(x)

amax(x, axis=None, keepdims=False): jnp.amax(x, axis=axis, keepdims=keepdims)
amin(x, axis=None, keepdims=False): jnp.amin(x, axis=axis, keepdims=keepdims)
max_values(x, axis): unsupported: JAX's maxima do not give the index
min_values(x, axis): unsupported: JAX's minima do not give the index
count_nonzero(x, axis=None): jnp.count_nonzero(x, axis=axis)
nansum(x, axis=None, keepdims=False): jnp.nansum(x, axis=axis, keepdims=keepdims)
nanmean(x, axis=None, keepdims=False): jnp.nanmean(x, axis=axis, keepdims=keepdims)
sample_var(x): jnp.var(x, ddof=1)
sample_std(x): jnp.std(x, ddof=1)
cov(x): jnp.cov(x)
corrcoef(x): jnp.corrcoef(x)
median(x, axis=None): jnp.median(x, axis=axis)
lower_median(x): jnp.quantile(x, 0.5, method='lower')
quantile(x, q, axis=None): jnp.quantile(x, q, axis=axis)
cumulative_max(x, axis=0): jax.lax.cummax(x, axis=axis)
cumulative_min(x, axis=0): jax.lax.cummin(x, axis=axis)
cumulative_logsumexp(x, axis=0): jax.lax.cumlogsumexp(x, axis=axis)
diff(x, n=1, axis=-1): jnp.diff(x, n=n, axis=axis)
trapezoid(y, dx): jnp.trapezoid(y, dx=dx)

sort_descending(x, axis=-1): jnp.sort(x, axis=axis, descending=True)
top_k(x, k): jax.lax.top_k(x, k)[0]
searchsorted(x1, x2): jnp.searchsorted(x1, x2)

flatten(x): jnp.ravel(x)
repeat(x, repetitions, axis): jnp.repeat(x, repetitions, axis=axis)
moveaxis(x, source, destination): jnp.moveaxis(x, source, destination)
swapaxes(x, axis1, axis2): jnp.swapaxes(x, axis1, axis2)
meshgrid(x1, x2, index): jnp.meshgrid(x1, x2, indexing='ij')[index]
unstack(x, index, axis=0): jnp.unstack(x, axis=axis)[index]
split(x, sections, index, axis=0): jnp.split(x, sections, axis=axis)[index]
pad(x, pad_width): jnp.pad(x, pad_width)
pad_reflect(x, before, after): jnp.pad(x, [(0, 0), (before, after)], mode='reflect')
pad_edge(x, before, after): jnp.pad(x, [(0, 0), (before, after)], mode='edge')
diag(x): jnp.diag(x)
slice_axis(x, start, length, axis=0): jax.lax.dynamic_slice_in_dim(x, start, length, axis=axis)
dynamic_slice(x, begin, size): jax.lax.dynamic_slice(x, begin, size)
take_along_axis(x, indices, axis=-1): jnp.take_along_axis(x, indices, axis)
gather_nd(x, indices): x[tuple(jnp.moveaxis(indices, -1, 0))]
masked_fill(x, mask, value): jnp.where(mask, value, x)
boolean_mask(x, mask): x[mask]
at_set(x, indices, values): x.at[indices].set(values)
at_add(x, indices, values): x.at[indices].add(values)
at_multiply(x, indices, values): x.at[indices].multiply(values)
at_min(x, indices, values): x.at[indices].min(values)
at_max(x, indices, values): x.at[indices].max(values)
scatter_nd(indices, updates, shape):
    jnp.zeros(shape, updates.dtype).at[tuple(jnp.moveaxis(indices, -1, 0))].add(updates)

scan_sum(x): jax.lax.scan(lambda total, row: (total + row, total + row), jnp.zeros_like(x[0]), x)[1]
scan_prod(x): jax.lax.scan(lambda total, row: (total * row, total * row), jnp.ones_like(x[0]), x)[1]
associative_scan_sum(x): jax.lax.associative_scan(jnp.add, x)
associative_scan_prod(x): jax.lax.associative_scan(jnp.multiply, x)
segment_sum(x, segments, num_segments): jax.ops.segment_sum(x, segments, num_segments)
segment_prod(x, segments, num_segments): jax.ops.segment_prod(x, segments, num_segments)
segment_max(x, segments, num_segments): jax.ops.segment_max(x, segments, num_segments)
segment_min(x, segments, num_segments): jax.ops.segment_min(x, segments, num_segments)
segment_mean(x, segments, num_segments):
    jax.ops.segment_sum(x, segments, num_segments) / jax.ops.segment_sum(jnp.ones_like(x), segments, num_segments)

dot(x1, x2): jnp.dot(x1, x2)
matvec(x1, x2): jnp.matvec(x1, x2)
batch_matmul(x1, x2): jax.lax.batch_matmul(x1, x2)
kron(x1, x2): jnp.kron(x1, x2)
bilinear(x1, x2, weight): jnp.einsum('bi,oij,bj->bo', x1, weight, x2)
einsum_matmul(x1, x2): jnp.einsum('ij,jk->ik', x1, x2)
einsum_batch_outer(x1, x2): jnp.einsum('bi,bj->bij', x1, x2)
einsum_inner(x1, x2): jnp.einsum('ij,ij->', x1, x2)
einsum_diagonal(x): jnp.einsum('ii->i', x)
einsum_scores(x1, x2): jnp.einsum('bqd,bkd->bqk', x1, x2)
linalg.cross(x1, x2): jnp.linalg.cross(x1, x2)
linalg.multi_dot(arrays): jnp.linalg.multi_dot(arrays)
linalg.adjoint(x): jnp.conj(jnp.matrix_transpose(x))
linalg.pinv(x): jnp.linalg.pinv(x)
linalg.logabsdet(x): jnp.linalg.slogdet(x).logabsdet
linalg.logdet(x): jnp.linalg.slogdet(x).logabsdet
linalg.qr_r_abs(x): jnp.abs(jnp.linalg.qr(x).R)
linalg.qr_projector(x): jnp.linalg.qr(x).Q @ jnp.linalg.qr(x).Q.mT
linalg.svdvals(x): jnp.linalg.svdvals(x)
linalg.svd_polar(x): jnp.linalg.svd(x, full_matrices=False).U @ jnp.linalg.svd(x, full_matrices=False).Vh
linalg.eigvalsh(x): jnp.linalg.eigvalsh(x)
linalg.eigh_projector(x): jnp.linalg.eigh(x).eigenvectors[:, :1] @ jnp.linalg.eigh(x).eigenvectors[:, :1].mT
linalg.matrix_norm(x): jnp.linalg.matrix_norm(x)
linalg.nuclear_norm(x): jnp.linalg.matrix_norm(x, ord='nuc')
linalg.spectral_norm(x): jnp.linalg.matrix_norm(x, ord=2)
linalg.matrix_power(x, n): jnp.linalg.matrix_power(x, n)
linalg.matrix_exp(x): jax.scipy.linalg.expm(x)
linalg.triangular_solve(x1, x2): jax.scipy.linalg.solve_triangular(x1, x2, lower=True)
linalg.cholesky_solve(x1, x2): jax.scipy.linalg.cho_solve((x1, True), x2)
linalg.lu_solve(x1, x2): jax.scipy.linalg.lu_solve(jax.scipy.linalg.lu_factor(x1), x2)
linalg.lstsq(x1, x2): jnp.linalg.lstsq(x1, x2)[0]

complex(real, imag): jax.lax.complex(real, imag)
polar(abs, angle): jax.lax.complex(abs * jnp.cos(angle), abs * jnp.sin(angle))
real(x): jnp.real(x)
imag(x): jnp.imag(x)
conj(x): jnp.conj(x)
angle(x): jnp.angle(x)

fft.fft(x): jnp.fft.fft(x)
fft.ifft(x): jnp.fft.ifft(x)
fft.fft2(x): jnp.fft.fft2(x)
fft.ifft2(x): jnp.fft.ifft2(x)
fft.rfft(x): jnp.fft.rfft(x)
fft.irfft(x): jnp.fft.irfft(x)
fft.rfft2(x): jnp.fft.rfft2(x)
fft.irfft2(x): jnp.fft.irfft2(x)
fft.fftshift(x): jnp.fft.fftshift(x)
fft.ifftshift(x): jnp.fft.ifftshift(x)
fft.dct(x): jax.scipy.fft.dct(x)

erfinv(x): jax.scipy.special.erfinv(x)
ndtr(x): jax.scipy.special.ndtr(x)
log_ndtr(x): jax.scipy.special.log_ndtr(x)
ndtri(x): jax.scipy.special.ndtri(x)
logit(x): jax.scipy.special.logit(x)
sinc(x): jnp.sinc(x)
xlogy(x1, x2): jax.scipy.special.xlogy(x1, x2)
xlog1py(x1, x2): jax.scipy.special.xlog1py(x1, x2)
entr(x): jax.scipy.special.entr(x)
rel_entr(x1, x2): jax.scipy.special.rel_entr(x1, x2)
betaln(x1, x2): jax.scipy.special.betaln(x1, x2)
multigammaln(x, d): jax.scipy.special.multigammaln(x, d)
polygamma(n, x): jax.scipy.special.polygamma(n, x)
zeta(x1, x2): jax.scipy.special.zeta(x1, x2)
igamma(x1, x2): jax.scipy.special.gammainc(x1, x2)
igammac(x1, x2): jax.scipy.special.gammaincc(x1, x2)
betainc(x1, x2, x): jax.scipy.special.betainc(x1, x2, x)
bessel_i0(x): jax.scipy.special.i0(x)
bessel_i0e(x): jax.scipy.special.i0e(x)
bessel_i1(x): jax.scipy.special.i1(x)
bessel_i1e(x): jax.scipy.special.i1e(x)
bessel_j0(x): jax.scipy.special.bessel_jn(x, v=0)[0]
bessel_j1(x): jax.scipy.special.bessel_jn(x, v=1)[1]
dawsn(x): jax.scipy.special.dawsn(x)
expi(x): jax.scipy.special.expi(x)
spence(x): jax.scipy.special.spence(x)
fresnel_sin(x): jax.scipy.special.fresnel(x)[0]
fresnel_cos(x): jax.scipy.special.fresnel(x)[1]

selu(x): jax.nn.selu(x)
celu(x, alpha): jax.nn.celu(x, alpha)
prelu(x, weight): jnp.where(x > 0, x, weight * x)
hardtanh(x): jax.nn.hard_tanh(x)
hardsigmoid(x): jax.nn.hard_sigmoid(x)
hardswish(x): jax.nn.hard_swish(x)
mish(x): jax.nn.mish(x)
softsign(x): jax.nn.soft_sign(x)
tanhshrink(x): x - jnp.tanh(x)
softshrink(x, threshold): jnp.sign(x) * jax.nn.relu(jnp.abs(x) - threshold)
hardshrink(x, threshold): jnp.where(jnp.abs(x) > threshold, x, 0)
threshold(x, threshold, value): jnp.where(x > threshold, x, value)
gelu_tanh(x): jax.nn.gelu(x)
quick_gelu(x): x * jax.nn.sigmoid(1.702 * x)
squareplus(x): jax.nn.squareplus(x)
log_sigmoid(x): jax.nn.log_sigmoid(x)
glu(x): jax.nn.glu(x)
swiglu(x): jax.nn.silu(jnp.split(x, 2, axis=-1)[0]) * jnp.split(x, 2, axis=-1)[1]
geglu(x): jax.nn.gelu(jnp.split(x, 2, axis=-1)[0], approximate=False) * jnp.split(x, 2, axis=-1)[1]
crelu(x): jnp.concatenate([jax.nn.relu(x), jax.nn.relu(-x)], axis=-1)
softmin(x, axis=-1): jax.nn.softmax(-x, axis=axis)
masked_softmax(x, mask): jax.nn.softmax(x, where=mask)
linear(x, weight, bias): x @ weight.T + bias
embedding(weight, indices): jnp.take(weight, indices, axis=0)

layer_norm(x, weight, bias, eps=1e-05): jax.nn.standardize(x, epsilon=eps) * weight + bias
rms_norm(x, weight, eps=1e-06): x * jax.lax.rsqrt(jnp.mean(x ** 2, axis=-1, keepdims=True) + eps) * weight
batch_norm(x, weight, bias, eps=1e-05): jax.nn.standardize(x, axis=0, epsilon=eps) * weight + bias
group_norm(x, weight, bias, num_groups, eps=1e-05):
    jax.nn.standardize(x.reshape(x.shape[0], num_groups, -1), epsilon=eps).reshape(x.shape) * weight + bias
instance_norm(x, eps=1e-05): jax.nn.standardize(x, epsilon=eps)
standardize(x, eps=1e-05): jax.nn.standardize(x, epsilon=eps)
l2_normalize(x): x / jnp.linalg.norm(x, axis=-1, keepdims=True)
clip_by_norm(x, max_norm): x * (max_norm / jnp.maximum(jnp.linalg.norm(x), max_norm))
global_norm(arrays): jnp.sqrt(jnp.sum(jnp.stack([jnp.sum(part ** 2) for part in arrays])))

conv1d(x, weight, stride=1, padding=0): jax.lax.conv_general_dilated(x, weight, (stride,), [(padding, padding)])
conv2d(x, weight, stride=1, padding=0, dilation=1):
    jax.lax.conv_general_dilated(x, weight, (stride, stride), [(padding, padding), (padding, padding)],
    rhs_dilation=(dilation, dilation))
conv3d(x, weight): jax.lax.conv(x, weight, (1, 1, 1), 'VALID')
depthwise_conv2d(x, weight): jax.lax.conv_general_dilated(x, weight, (1, 1), 'VALID', feature_group_count=x.shape[1])
conv_transpose1d(x, weight, stride=1):
    jax.lax.conv_transpose(x, weight, (stride,), [(weight.shape[2] - 1, weight.shape[2] - 1)],
    dimension_numbers=('NCH', 'OIH', 'NCH'), transpose_kernel=True)
conv_transpose2d(x, weight, stride=1):
    jax.lax.conv_transpose(x, weight, (stride, stride), [(weight.shape[2] - 1, weight.shape[2] - 1),
    (weight.shape[3] - 1, weight.shape[3] - 1)], dimension_numbers=('NCHW', 'OIHW', 'NCHW'), transpose_kernel=True)
max_pool1d(x, window): jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 1, window), (1, 1, window), 'VALID')
max_pool2d(x, window, stride):
    jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 1, window, window), (1, 1, stride, stride), 'VALID')
avg_pool1d(x, window): jax.lax.reduce_window(x, 0.0, jax.lax.add, (1, 1, window), (1, 1, window), 'VALID') / window
avg_pool2d(x, window, stride):
    jax.lax.reduce_window(x, 0.0, jax.lax.add, (1, 1, window, window), (1, 1, stride, stride), 'VALID') / window **
    2
resize_nearest(x, factor): jax.image.resize(x, (*x.shape[:2], x.shape[2] * factor, x.shape[3] * factor), 'nearest')
resize_bilinear(x, factor): jax.image.resize(x, (*x.shape[:2], x.shape[2] * factor, x.shape[3] * factor), 'bilinear')

scaled_dot_product_attention(q, k, v):
    jnp.swapaxes(jax.nn.dot_product_attention(jnp.swapaxes(q, 1, 2), jnp.swapaxes(k, 1, 2), jnp.swapaxes(v, 1, 2)),
    1, 2)
causal_attention(q, k, v):
    jnp.swapaxes(jax.nn.dot_product_attention(jnp.swapaxes(q, 1, 2), jnp.swapaxes(k, 1, 2), jnp.swapaxes(v, 1, 2),
    is_causal=True), 1, 2)

mse_loss(x, y): jnp.mean((x - y) ** 2)
mae_loss(x, y): jnp.mean(jnp.abs(x - y))
huber_loss(x, y, delta=1.0):
    jnp.mean(jnp.where(jnp.abs(x - y) < delta, (x - y) ** 2 / 2, delta * (jnp.abs(x - y) - delta / 2)))
smooth_l1_loss(x, y, beta=1.0):
    jnp.mean(jnp.where(jnp.abs(x - y) < beta, (x - y) ** 2 / (2 * beta), jnp.abs(x - y) - beta / 2))
log_cosh_loss(x, y): jnp.mean(jnp.logaddexp(x - y, y - x) - math.log(2))
hinge_loss(x, y): jnp.mean(jax.nn.relu(1 - x * y))
squared_hinge_loss(x, y): jnp.mean(jax.nn.relu(1 - x * y) ** 2)
soft_margin_loss(x, y): jnp.mean(jax.nn.softplus(-x * y))
margin_ranking_loss(x1, x2, y, margin): jnp.mean(jax.nn.relu(margin - y * (x1 - x2)))
bce_loss(x, y): -jnp.mean(y * jnp.log(x) + (1 - y) * jnp.log1p(-x))
bce_with_logits_loss(x, y): jnp.mean(jax.nn.softplus(x) - x * y)
cross_entropy_loss(x, labels): -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(x), labels[:, None], axis=-1))
soft_cross_entropy_loss(x, y): -jnp.mean(jnp.sum(y * jax.nn.log_softmax(x), axis=-1))
smoothed_cross_entropy_loss(x, labels, smoothing):
    -jnp.mean(jnp.sum(((1 - smoothing) * jax.nn.one_hot(labels, x.shape[-1]) + smoothing / x.shape[-1]) *
    jax.nn.log_softmax(x), axis=-1))
nll_loss(x, labels): -jnp.mean(jnp.take_along_axis(x, labels[:, None], axis=-1))
kl_div_loss(x, y): jnp.sum(jax.scipy.special.xlogy(y, y) - y * x)
poisson_nll_loss(x, y): jnp.mean(jnp.exp(x) - y * x)
gaussian_nll_loss(x, y, var): jnp.mean(jnp.log(var) + (x - y) ** 2 / var) / 2
cosine_similarity(x1, x2): jnp.sum(x1 * x2, axis=-1) / (jnp.linalg.norm(x1, axis=-1) * jnp.linalg.norm(x2, axis=-1))
triplet_loss(anchor, positive, negative, margin):
    jnp.mean(jax.nn.relu(jnp.linalg.norm(anchor - positive, axis=-1) - jnp.linalg.norm(anchor - negative, axis=-1) +
    margin))

cdist(x1, x2): jnp.linalg.norm(x1[:, None] - x2[None, :], axis=-1)
pairwise_distance(x1, x2): jnp.linalg.norm(x1 - x2, axis=-1)
squared_distances(x1, x2): jnp.sum((x1[:, None] - x2[None, :]) ** 2, axis=-1)
"""
