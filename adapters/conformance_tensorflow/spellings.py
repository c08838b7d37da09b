"""The neutral operations in TensorFlow's own spelling, one line each."""

SPELLINGS = """
zeros(shape, dtype=None): tf.zeros(shape, dtype=dtype)
ones(shape, dtype=None): tf.ones(shape, dtype=dtype)
full(shape, fill_value): tf.fill(shape, fill_value)
full(shape, fill_value, dtype): tf.cast(tf.fill(shape, fill_value), dtype)
zeros_like(x): tf.zeros_like(x)
ones_like(x): tf.ones_like(x)
eye(n_rows, dtype=None): tf.eye(n_rows, dtype=dtype)
arange(start): tf.range(start)
arange(start, stop): tf.range(start, stop)
arange(start, stop, step): tf.range(start, stop, step)
linspace(start, stop, num): tf.linspace(start, stop, num)
asarray(obj, dtype=None): tf.convert_to_tensor(obj, dtype=dtype)

abs(x): tf.abs(x)
negative(x): tf.negative(x)
add(x1, x2): tf.add(x1, x2)
subtract(x1, x2): tf.subtract(x1, x2)
multiply(x1, x2): tf.multiply(x1, x2)
divide(x1, x2): tf.divide(x1, x2)
pow(x1, x2): tf.pow(x1, x2)
remainder(x1, x2): tf.math.floormod(x1, x2)
floor_divide(x1, x2): tf.math.floordiv(x1, x2)
reciprocal(x): tf.math.reciprocal(x)
square(x): tf.square(x)
sqrt(x): tf.sqrt(x)
rsqrt(x): tf.math.rsqrt(x)
exp(x): tf.exp(x)
expm1(x): tf.math.expm1(x)
log(x): tf.math.log(x)
log1p(x): tf.math.log1p(x)
log2(x): tf.experimental.numpy.log2(x)
log10(x): tf.experimental.numpy.log10(x)
sin(x): tf.sin(x)
cos(x): tf.cos(x)
tan(x): tf.tan(x)
asin(x): tf.asin(x)
acos(x): tf.acos(x)
atan(x): tf.atan(x)
atan2(x1, x2): tf.atan2(x1, x2)
sinh(x): tf.sinh(x)
cosh(x): tf.cosh(x)
tanh(x): tf.tanh(x)
asinh(x): tf.asinh(x)
acosh(x): tf.acosh(x)
atanh(x): tf.atanh(x)
hypot(x1, x2): tf.experimental.numpy.hypot(x1, x2)
logaddexp(x1, x2): tf.experimental.numpy.logaddexp(x1, x2)
sign(x): tf.sign(x)
floor(x): tf.floor(x)
ceil(x): tf.math.ceil(x)
round(x): tf.round(x)
trunc(x): tf.keras.ops.trunc(x)
maximum(x1, x2): tf.maximum(x1, x2)
minimum(x1, x2): tf.minimum(x1, x2)
clip(x, min, max): tf.clip_by_value(x, min, max)
where(condition, x1, x2): tf.where(condition, x1, x2)
equal(x1, x2): tf.equal(x1, x2)
less(x1, x2): tf.less(x1, x2)
greater(x1, x2): tf.greater(x1, x2)
logical_and(x1, x2): tf.logical_and(x1, x2)
logical_not(x): tf.logical_not(x)
isfinite(x): tf.math.is_finite(x)
isnan(x): tf.math.is_nan(x)

sum(x, axis=None, keepdims=False): tf.reduce_sum(x, axis=axis, keepdims=keepdims)
prod(x, axis=None, keepdims=False): tf.reduce_prod(x, axis=axis, keepdims=keepdims)
mean(x, axis=None, keepdims=False): tf.reduce_mean(x, axis=axis, keepdims=keepdims)
var(x, axis=None, keepdims=False): tf.math.reduce_variance(x, axis=axis, keepdims=keepdims)
std(x, axis=None, keepdims=False): tf.math.reduce_std(x, axis=axis, keepdims=keepdims)
max(x, axis=None, keepdims=False): tf.reduce_max(x, axis=axis, keepdims=keepdims)
min(x, axis=None, keepdims=False): tf.reduce_min(x, axis=axis, keepdims=keepdims)
all(x, axis=None): tf.reduce_all(x, axis=axis)
any(x, axis=None): tf.reduce_any(x, axis=axis)
argmax(x): tf.argmax(tf.reshape(x, [-1]))
argmax(x, axis): tf.argmax(x, axis=axis)
argmin(x): tf.argmin(tf.reshape(x, [-1]))
argmin(x, axis): tf.argmin(x, axis=axis)
cumulative_sum(x, axis=0): tf.cumsum(x, axis=axis)
cumulative_prod(x, axis=0): tf.math.cumprod(x, axis=axis)
logsumexp(x, axis=None, keepdims=False): tf.reduce_logsumexp(x, axis=axis, keepdims=keepdims)

sort(x, axis=-1): tf.sort(x, axis=axis)
argsort(x, axis=-1): tf.argsort(x, axis=axis)

reshape(x, shape): tf.reshape(x, shape)
permute_dims(x, axes): tf.transpose(x, axes)
matrix_transpose(x): tf.linalg.matrix_transpose(x)
expand_dims(x, axis): tf.expand_dims(x, axis)
squeeze(x, axis): tf.squeeze(x, axis)
broadcast_to(x, shape): tf.broadcast_to(x, shape)
concat(arrays, axis=0): tf.concat(arrays, axis)
stack(arrays, axis=0): tf.stack(arrays, axis=axis)
flip(x, axis): tf.reverse(x, [axis])
roll(x, shift, axis): tf.roll(x, shift, axis)
tile(x, repetitions): tf.tile(x, repetitions)
take(x, indices, axis=0): tf.gather(x, indices, axis=axis)
tril(x): tf.linalg.band_part(x, -1, 0)
triu(x): tf.linalg.band_part(x, 0, -1)
one_hot(x, num_classes): tf.one_hot(x, num_classes)

matmul(x1, x2): tf.matmul(x1, x2)
outer(x1, x2): tf.tensordot(x1, x2, 0)
vecdot(x1, x2): tf.tensordot(x1, x2, 1)
tensordot(x1, x2, axes=2): tf.tensordot(x1, x2, axes)
linalg.det(x): tf.linalg.det(x)
linalg.inv(x): tf.linalg.inv(x)
linalg.solve(x1, x2): tf.linalg.solve(x1, x2)
linalg.cholesky(x): tf.linalg.cholesky(x)
linalg.trace(x): tf.linalg.trace(x)
linalg.diagonal(x): tf.linalg.diag_part(x)
linalg.vector_norm(x, axis=None, keepdims=False): tf.norm(x, axis=axis, keepdims=keepdims)
linalg.vector_norm(x, ord, axis=None, keepdims=False): tf.norm(x, ord=ord, axis=axis, keepdims=keepdims)

astype(x, dtype): tf.cast(x, dtype)
shape(x): tuple(x.shape)
to_numpy(x): x.numpy()
to_float(x): float(x)

erf(x): tf.math.erf(x)
erfc(x): tf.math.erfc(x)
lgamma(x): tf.math.lgamma(x)
digamma(x): tf.math.digamma(x)

relu(x): tf.nn.relu(x)
relu6(x): tf.nn.relu6(x)
leaky_relu(x, negative_slope): tf.nn.leaky_relu(x, alpha=negative_slope)
elu(x): tf.nn.elu(x)
gelu(x): tf.nn.gelu(x)
silu(x): tf.nn.silu(x)
softplus(x): tf.nn.softplus(x)
sigmoid(x): tf.sigmoid(x)
softmax(x, axis=-1): tf.nn.softmax(x, axis=axis)
log_softmax(x, axis=-1): tf.nn.log_softmax(x, axis=axis)

full_like(x, fill_value): tf.fill(tf.shape(x), tf.cast(fill_value, x.dtype))

positive(x): tf.experimental.numpy.positive(x)
exp2(x): tf.experimental.numpy.exp2(x)
cbrt(x): tf.experimental.numpy.cbrt(x)
logaddexp2(x1, x2): tf.experimental.numpy.logaddexp2(x1, x2)
deg2rad(x): tf.experimental.numpy.deg2rad(x)
rad2deg(x): tf.experimental.numpy.rad2deg(x)
squared_difference(x1, x2): tf.math.squared_difference(x1, x2)
lerp(x1, x2, weight): x1 + weight * (x2 - x1)
divide_no_nan(x1, x2): tf.math.divide_no_nan(x1, x2)
multiply_no_nan(x1, x2): tf.math.multiply_no_nan(x1, x2)
fmod(x1, x2): tf.truncatemod(x1, x2)
copysign(x1, x2): unsupported: TensorFlow has no copysign
clip_min(x, min): tf.maximum(x, min)
clip_max(x, max): tf.minimum(x, max)
not_equal(x1, x2): tf.not_equal(x1, x2)
less_equal(x1, x2): tf.less_equal(x1, x2)
greater_equal(x1, x2): tf.greater_equal(x1, x2)
logical_or(x1, x2): tf.logical_or(x1, x2)
logical_xor(x1, x2): tf.math.logical_xor(x1, x2)
isinf(x): tf.math.is_inf(x)
signbit(x): tf.experimental.numpy.signbit(x)

amax(x, axis=None, keepdims=False): tf.experimental.numpy.amax(x, axis=axis, keepdims=keepdims)
amin(x, axis=None, keepdims=False): tf.experimental.numpy.amin(x, axis=axis, keepdims=keepdims)
max_values(x, axis): unsupported: TensorFlow's maxima do not give the index
min_values(x, axis): unsupported: TensorFlow's minima do not give the index
count_nonzero(x, axis=None): tf.math.count_nonzero(x, axis=axis)
nansum(x, axis=None, keepdims=False): tf.experimental.numpy.nansum(x, axis=axis, keepdims=keepdims)
nanmean(x, axis=None, keepdims=False): tf.experimental.numpy.nanmean(x, axis=axis, keepdims=keepdims)
sample_var(x): tf.reduce_sum(tf.square(x - tf.reduce_mean(x))) / (x.shape.num_elements() - 1)
sample_std(x): tf.sqrt(tf.reduce_sum(tf.square(x - tf.reduce_mean(x))) / (x.shape.num_elements() - 1))
cov(x): unsupported: covariances are in TensorFlow Probability
corrcoef(x): tf.keras.ops.corrcoef(x)
median(x, axis=None): tf.keras.ops.median(x, axis=axis)
lower_median(x): tf.sort(tf.reshape(x, [-1]))[(x.shape.num_elements() - 1) // 2]
quantile(x, q, axis=None): tf.keras.ops.quantile(x, q, axis=axis)
cumulative_max(x): tf.scan(tf.maximum, x)
cumulative_max(x, axis): unsupported: tf.scan runs along the first axis
cumulative_min(x): tf.scan(tf.minimum, x)
cumulative_min(x, axis): unsupported: tf.scan runs along the first axis
cumulative_logsumexp(x, axis=0): tf.math.cumulative_logsumexp(x, axis=axis)
diff(x, n=1, axis=-1): tf.experimental.numpy.diff(x, n=n, axis=axis)
trapezoid(y, dx): tf.reduce_sum(dx * (y[..., 1:] + y[..., :-1]) / 2, axis=-1)

sort_descending(x, axis=-1): tf.sort(x, axis=axis, direction='DESCENDING')
top_k(x, k): tf.math.top_k(x, k).values
searchsorted(x1, x2): tf.searchsorted(x1, x2)

flatten(x): tf.reshape(x, [-1])
repeat(x, repetitions, axis): tf.repeat(x, repetitions, axis=axis)
moveaxis(x, source, destination): tf.experimental.numpy.moveaxis(x, source, destination)
swapaxes(x, axis1, axis2): tf.experimental.numpy.swapaxes(x, axis1, axis2)
meshgrid(x1, x2, index): tf.meshgrid(x1, x2, indexing='ij')[index]
unstack(x, index, axis=0): tf.unstack(x, axis=axis)[index]
split(x, sections, index, axis=0): tf.split(x, sections, axis=axis)[index]
pad(x, pad_width): tf.pad(x, pad_width)
pad_reflect(x, before, after): tf.pad(x, [[0, 0], [before, after]], mode='REFLECT')
pad_edge(x, before, after):
    tf.gather(x, tf.clip_by_value(tf.range(-before, x.shape[-1] + after), 0, x.shape[-1] - 1), axis=-1)
diag(x): tf.linalg.diag(x)
slice_axis(x, start, length, axis=0): tf.gather(x, tf.range(start, start + length), axis=axis)
dynamic_slice(x, begin, size): tf.slice(x, begin, size)
take_along_axis(x, indices, axis=-1): tf.experimental.numpy.take_along_axis(x, indices, axis)
gather_nd(x, indices): tf.gather_nd(x, indices)
masked_fill(x, mask, value): tf.where(mask, value, x)
boolean_mask(x, mask): tf.boolean_mask(x, mask)
at_set(x, indices, values): tf.tensor_scatter_nd_update(x, indices[:, tf.newaxis], values)
at_add(x, indices, values): tf.tensor_scatter_nd_add(x, indices[:, tf.newaxis], values)
at_multiply(x, indices, values): unsupported: TensorFlow has no tensor_scatter_nd_mul
at_min(x, indices, values): tf.tensor_scatter_nd_min(x, indices[:, tf.newaxis], values)
at_max(x, indices, values): tf.tensor_scatter_nd_max(x, indices[:, tf.newaxis], values)
scatter_nd(indices, updates, shape): tf.scatter_nd(indices, updates, shape)

scan_sum(x): tf.scan(tf.add, x)
scan_prod(x): tf.scan(tf.multiply, x)
associative_scan_sum(x): tf.keras.ops.associative_scan(tf.add, x)
associative_scan_prod(x): tf.keras.ops.associative_scan(tf.multiply, x)
segment_sum(x, segments, num_segments): tf.math.unsorted_segment_sum(x, segments, num_segments)
segment_prod(x, segments, num_segments): tf.math.unsorted_segment_prod(x, segments, num_segments)
segment_max(x, segments, num_segments): tf.math.unsorted_segment_max(x, segments, num_segments)
segment_min(x, segments, num_segments): tf.math.unsorted_segment_min(x, segments, num_segments)
segment_mean(x, segments, num_segments): tf.math.unsorted_segment_mean(x, segments, num_segments)

dot(x1, x2): tf.experimental.numpy.dot(x1, x2)
matvec(x1, x2): tf.linalg.matvec(x1, x2)
batch_matmul(x1, x2): tf.linalg.matmul(x1, x2)
kron(x1, x2): tf.experimental.numpy.kron(x1, x2)
bilinear(x1, x2, weight): tf.einsum('bi,oij,bj->bo', x1, weight, x2)
einsum_matmul(x1, x2): tf.einsum('ij,jk->ik', x1, x2)
einsum_batch_outer(x1, x2): tf.einsum('bi,bj->bij', x1, x2)
einsum_inner(x1, x2): tf.einsum('ij,ij->', x1, x2)
einsum_diagonal(x): tf.einsum('ii->i', x)
einsum_scores(x1, x2): tf.einsum('bqd,bkd->bqk', x1, x2)
linalg.cross(x1, x2): tf.linalg.cross(x1, x2)
linalg.multi_dot(arrays): unsupported: TensorFlow has no multi_dot
linalg.adjoint(x): tf.linalg.adjoint(x)
linalg.pinv(x): tf.linalg.pinv(x)
linalg.logabsdet(x): tf.linalg.slogdet(x).log_abs_determinant
linalg.logdet(x): tf.linalg.logdet(x)
linalg.qr_r_abs(x): tf.abs(tf.linalg.qr(x).r)
linalg.qr_projector(x): tf.matmul(tf.linalg.qr(x).q, tf.linalg.qr(x).q, transpose_b=True)
linalg.svdvals(x): tf.linalg.svd(x, compute_uv=False)
linalg.svd_polar(x): tf.matmul(tf.linalg.svd(x)[1], tf.linalg.svd(x)[2], adjoint_b=True)
linalg.eigvalsh(x): tf.linalg.eigvalsh(x)
linalg.eigh_projector(x): tf.matmul(tf.linalg.eigh(x)[1][:, :1], tf.linalg.eigh(x)[1][:, :1], transpose_b=True)
linalg.matrix_norm(x): tf.norm(x, ord='fro', axis=[-2, -1])
linalg.nuclear_norm(x): tf.reduce_sum(tf.linalg.svd(x, compute_uv=False))
linalg.spectral_norm(x): tf.norm(x, ord=2, axis=[-2, -1])
linalg.matrix_power(x, n): unsupported: TensorFlow has no matrix_power
linalg.matrix_exp(x): tf.linalg.expm(x)
linalg.triangular_solve(x1, x2): tf.linalg.triangular_solve(x1, x2)
linalg.cholesky_solve(x1, x2): tf.linalg.cholesky_solve(x1, x2)
linalg.lu_solve(x1, x2): tf.linalg.lu_solve(*tf.linalg.lu(x1), x2)
linalg.lstsq(x1, x2): tf.linalg.lstsq(x1, x2)

complex(real, imag): tf.complex(real, imag)
polar(abs, angle): tf.complex(abs * tf.cos(angle), abs * tf.sin(angle))
real(x): tf.math.real(x)
imag(x): tf.math.imag(x)
conj(x): tf.math.conj(x)
angle(x): tf.math.angle(x)

fft.fft(x): tf.signal.fft(x)
fft.ifft(x): tf.signal.ifft(x)
fft.fft2(x): tf.signal.fft2d(x)
fft.ifft2(x): tf.signal.ifft2d(x)
fft.rfft(x): tf.signal.rfft(x)
fft.irfft(x): tf.signal.irfft(x)
fft.rfft2(x): tf.signal.rfft2d(x)
fft.irfft2(x): tf.signal.irfft2d(x)
fft.fftshift(x): tf.signal.fftshift(x)
fft.ifftshift(x): tf.signal.ifftshift(x)
fft.dct(x): tf.signal.dct(x)

erfinv(x): tf.math.erfinv(x)
ndtr(x): tf.math.erfc(-x / math.sqrt(2)) / 2
log_ndtr(x): unsupported: the normal distribution is in TensorFlow Probability
ndtri(x): tf.math.ndtri(x)
logit(x): tf.math.log(x) - tf.math.log1p(-x)
sinc(x): tf.experimental.numpy.sinc(x)
xlogy(x1, x2): tf.math.xlogy(x1, x2)
xlog1py(x1, x2): tf.math.xlog1py(x1, x2)
entr(x): unsupported: TensorFlow has no entr
rel_entr(x1, x2): tf.math.xlogy(x1, x1) - tf.math.xlogy(x1, x2)
betaln(x1, x2): tf.math.lbeta(tf.stack([x1, x2], axis=-1))
multigammaln(x, d): unsupported: the multivariate gamma function is in TensorFlow Probability
polygamma(n, x): tf.math.polygamma(float(n), x)
zeta(x1, x2): tf.math.zeta(x1, x2)
igamma(x1, x2): tf.math.igamma(x1, x2)
igammac(x1, x2): tf.math.igammac(x1, x2)
betainc(x1, x2, x): tf.math.betainc(x1, x2, x)
bessel_i0(x): tf.math.bessel_i0(x)
bessel_i0e(x): tf.math.bessel_i0e(x)
bessel_i1(x): tf.math.bessel_i1(x)
bessel_i1e(x): tf.math.bessel_i1e(x)
bessel_j0(x): tf.math.special.bessel_j0(x)
bessel_j1(x): tf.math.special.bessel_j1(x)
dawsn(x): tf.math.special.dawsn(x)
expi(x): tf.math.special.expint(x)
spence(x): tf.math.special.spence(x)
fresnel_sin(x): tf.math.special.fresnel_sin(x)
fresnel_cos(x): tf.math.special.fresnel_cos(x)

selu(x): tf.nn.selu(x)
celu(x, alpha): tf.keras.activations.celu(x, alpha)
prelu(x, weight): tf.nn.relu(x) - weight * tf.nn.relu(-x)
hardtanh(x): tf.clip_by_value(x, -1, 1)
hardsigmoid(x): tf.keras.activations.hard_sigmoid(x)
hardswish(x): tf.keras.activations.hard_silu(x)
mish(x): tf.keras.activations.mish(x)
softsign(x): tf.nn.softsign(x)
tanhshrink(x): tf.keras.activations.tanh_shrink(x)
softshrink(x, threshold): tf.keras.activations.soft_shrink(x, threshold)
hardshrink(x, threshold): tf.keras.activations.hard_shrink(x, threshold)
threshold(x, threshold, value): tf.keras.activations.threshold(x, threshold, value)
gelu_tanh(x): tf.nn.gelu(x, approximate=True)
quick_gelu(x): x * tf.sigmoid(1.702 * x)
squareplus(x): tf.keras.activations.squareplus(x)
log_sigmoid(x): tf.math.log_sigmoid(x)
glu(x): tf.keras.activations.glu(x)
swiglu(x): tf.nn.silu(tf.split(x, 2, axis=-1)[0]) * tf.split(x, 2, axis=-1)[1]
geglu(x): tf.nn.gelu(tf.split(x, 2, axis=-1)[0]) * tf.split(x, 2, axis=-1)[1]
crelu(x): tf.nn.crelu(x)
softmin(x, axis=-1): tf.nn.softmax(-x, axis=axis)
masked_softmax(x, mask): tf.nn.softmax(tf.where(mask, x, -math.inf))
linear(x, weight, bias): tf.nn.bias_add(tf.matmul(x, weight, transpose_b=True), bias)
embedding(weight, indices): tf.nn.embedding_lookup(weight, indices)

layer_norm(x, weight, bias, eps=1e-05):
    tf.nn.batch_normalization(x, *tf.nn.moments(x, [-1], keepdims=True), bias, weight, eps)
rms_norm(x, weight, eps=1e-06): x * tf.math.rsqrt(tf.reduce_mean(tf.square(x), axis=-1, keepdims=True) + eps) * weight
batch_norm(x, weight, bias, eps=1e-05): tf.nn.batch_normalization(x, *tf.nn.moments(x, [0]), bias, weight, eps)
group_norm(x, weight, bias, num_groups, eps=1e-05):
    tf.reshape(tf.nn.batch_normalization(tf.reshape(x, [x.shape[0], num_groups, -1]), *tf.nn.moments(tf.reshape(x,
    [x.shape[0], num_groups, -1]), [-1], keepdims=True), None, None, eps), x.shape) * weight + bias
instance_norm(x, eps=1e-05): tf.nn.batch_normalization(x, *tf.nn.moments(x, [-1], keepdims=True), None, None, eps)
standardize(x, eps=1e-05): tf.nn.batch_normalization(x, *tf.nn.moments(x, [-1], keepdims=True), None, None, eps)
l2_normalize(x): tf.math.l2_normalize(x, axis=-1)
clip_by_norm(x, max_norm): tf.clip_by_norm(x, max_norm)
global_norm(arrays): tf.linalg.global_norm(arrays)

conv1d(x, weight, stride=1, padding=0):
    tf.transpose(tf.nn.conv1d(tf.pad(tf.transpose(x, [0, 2, 1]), [[0, 0], [padding, padding], [0, 0]]),
    tf.transpose(weight, [2, 1, 0]), stride, 'VALID'), [0, 2, 1])
conv2d(x, weight, stride=1, padding=0, dilation=1):
    tf.transpose(tf.nn.conv2d(tf.transpose(x, [0, 2, 3, 1]), tf.transpose(weight, [2, 3, 1, 0]), stride, [[0, 0],
    [padding, padding], [padding, padding], [0, 0]], dilations=dilation), [0, 3, 1, 2])
conv3d(x, weight):
    tf.transpose(tf.nn.conv3d(tf.transpose(x, [0, 2, 3, 4, 1]), tf.transpose(weight, [2, 3, 4, 1, 0]), [1, 1, 1, 1,
    1], 'VALID'), [0, 4, 1, 2, 3])
depthwise_conv2d(x, weight):
    tf.transpose(tf.nn.depthwise_conv2d(tf.transpose(x, [0, 2, 3, 1]), tf.transpose(weight, [2, 3, 0, 1]), [1, 1, 1,
    1], 'VALID'), [0, 3, 1, 2])
conv_transpose1d(x, weight, stride=1):
    tf.transpose(tf.nn.conv1d_transpose(tf.transpose(x, [0, 2, 1]), tf.transpose(weight, [2, 1, 0]), [x.shape[0],
    (x.shape[2] - 1) * stride + weight.shape[2], weight.shape[1]], stride, 'VALID'), [0, 2, 1])
conv_transpose2d(x, weight, stride=1):
    tf.transpose(tf.nn.conv2d_transpose(tf.transpose(x, [0, 2, 3, 1]), tf.transpose(weight, [2, 3, 1, 0]),
    [x.shape[0], (x.shape[2] - 1) * stride + weight.shape[2], (x.shape[3] - 1) * stride + weight.shape[3],
    weight.shape[1]], stride, 'VALID'), [0, 3, 1, 2])
max_pool1d(x, window): tf.transpose(tf.nn.max_pool1d(tf.transpose(x, [0, 2, 1]), window, window, 'VALID'), [0, 2, 1])
max_pool2d(x, window, stride):
    tf.transpose(tf.nn.max_pool2d(tf.transpose(x, [0, 2, 3, 1]), window, stride, 'VALID'), [0, 3, 1, 2])
avg_pool1d(x, window): tf.transpose(tf.nn.avg_pool1d(tf.transpose(x, [0, 2, 1]), window, window, 'VALID'), [0, 2, 1])
avg_pool2d(x, window, stride):
    tf.transpose(tf.nn.avg_pool2d(tf.transpose(x, [0, 2, 3, 1]), window, stride, 'VALID'), [0, 3, 1, 2])
resize_nearest(x, factor):
    tf.transpose(tf.image.resize(tf.transpose(x, [0, 2, 3, 1]), [x.shape[2] * factor, x.shape[3] * factor],
    'nearest'), [0, 3, 1, 2])
resize_bilinear(x, factor):
    tf.transpose(tf.image.resize(tf.transpose(x, [0, 2, 3, 1]), [x.shape[2] * factor, x.shape[3] * factor],
    'bilinear'), [0, 3, 1, 2])

scaled_dot_product_attention(q, k, v):
    tf.matmul(tf.nn.softmax(tf.matmul(q, k, transpose_b=True) / math.sqrt(q.shape[-1])), v)
causal_attention(q, k, v):
    tf.matmul(tf.nn.softmax(tf.where(tf.linalg.band_part(tf.ones([q.shape[-2], k.shape[-2]], tf.bool), -1, 0),
    tf.matmul(q, k, transpose_b=True) / math.sqrt(q.shape[-1]), -math.inf)), v)

mse_loss(x, y): tf.reduce_mean(tf.keras.losses.mse(y, x))
mae_loss(x, y): tf.reduce_mean(tf.keras.losses.mae(y, x))
huber_loss(x, y, delta=1.0): tf.reduce_mean(tf.keras.losses.huber(y, x, delta=delta))
smooth_l1_loss(x, y, beta=1.0): tf.reduce_mean(tf.keras.losses.huber(y, x, delta=beta)) / beta
log_cosh_loss(x, y): tf.reduce_mean(tf.keras.losses.logcosh(y, x))
hinge_loss(x, y): tf.reduce_mean(tf.keras.losses.hinge(y, x))
squared_hinge_loss(x, y): tf.reduce_mean(tf.keras.losses.squared_hinge(y, x))
soft_margin_loss(x, y): tf.reduce_mean(tf.math.softplus(-x * y))
margin_ranking_loss(x1, x2, y, margin): tf.reduce_mean(tf.nn.relu(margin - y * (x1 - x2)))
bce_loss(x, y): tf.reduce_mean(tf.keras.losses.binary_crossentropy(y, x))
bce_with_logits_loss(x, y): tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=x))
cross_entropy_loss(x, labels): tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=x))
soft_cross_entropy_loss(x, y): tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=y, logits=x))
smoothed_cross_entropy_loss(x, labels, smoothing):
    tf.reduce_mean(tf.keras.losses.categorical_crossentropy(tf.one_hot(labels, x.shape[-1], dtype=x.dtype), x,
    from_logits=True, label_smoothing=smoothing))
nll_loss(x, labels): -tf.reduce_mean(tf.gather(x, labels, batch_dims=1))
kl_div_loss(x, y): tf.reduce_sum(tf.math.xlogy(y, y) - y * x)
poisson_nll_loss(x, y): tf.reduce_mean(tf.nn.log_poisson_loss(targets=y, log_input=x))
gaussian_nll_loss(x, y, var): tf.reduce_mean(tf.math.log(var) + tf.math.squared_difference(x, y) / var) / 2
cosine_similarity(x1, x2): -tf.keras.losses.cosine_similarity(x1, x2)
triplet_loss(anchor, positive, negative, margin):
    tf.reduce_mean(tf.nn.relu(tf.norm(anchor - positive, axis=-1) - tf.norm(anchor - negative, axis=-1) + margin))

cdist(x1, x2): tf.norm(x1[:, tf.newaxis] - x2[tf.newaxis, :], axis=-1)
pairwise_distance(x1, x2): tf.norm(x1 - x2, axis=-1)
squared_distances(x1, x2): tf.reduce_sum(tf.math.squared_difference(x1[:, tf.newaxis], x2[tf.newaxis, :]), axis=-1)
"""
