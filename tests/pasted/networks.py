"""Layers and losses of networks, as they stand in well-known code."""

from __future__ import annotations

import numpy as np
from pasted.snippet import Snippet, positive, real, share

NETWORKS = (
    Snippet("causal attention of a small language model", """
B, T, C = x.size() # batch size, sequence length, embedding dimensionality (n_embd)

# calculate query, key, values for all heads in batch and move head forward to be the batch dim
q, k, v = F.linear(x, c_attn, c_attn_bias).split(n_embd, dim=2)
k = k.view(B, T, n_head, C // n_head).transpose(1, 2) # (B, nh, T, hs)
q = q.view(B, T, n_head, C // n_head).transpose(1, 2) # (B, nh, T, hs)
v = v.view(B, T, n_head, C // n_head).transpose(1, 2) # (B, nh, T, hs)

bias = torch.tril(torch.ones(block_size, block_size)).view(1, 1, block_size, block_size)
att = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
att = att.masked_fill(bias[:,:,:T,:T] == 0, float('-inf'))
att = F.softmax(att, dim=-1)
y = att @ v # (B, nh, T, T) x (B, nh, T, hs) -> (B, nh, T, hs)
y = y.transpose(1, 2).contiguous().view(B, T, C) # re-assemble all head outputs side by side

# output projection
y = F.linear(y, c_proj)
""", {"x": real(2, 3, 4), "c_attn": real(12, 4), "c_attn_bias": real(12), "c_proj": real(4, 4), "n_embd": 4, "n_head": 2,
      "block_size": 5}, ("x", "c_attn", "c_attn_bias", "c_proj")),
    Snippet("one head of attention", """
B,T,C = x.shape
k = x @ key.T   # (B,T,hs)
q = x @ query.T # (B,T,hs)
# compute attention scores ("affinities")
wei = q @ k.transpose(-2,-1) * k.shape[-1]**-0.5 # (B, T, hs) @ (B, hs, T) -> (B, T, T)
tril = torch.tril(torch.ones(T, T))
wei = wei.masked_fill(tril[:T, :T] == 0, float('-inf')) # (B, T, T)
wei = F.softmax(wei, dim=-1) # (B, T, T)
# perform the weighted aggregation of the values
v = x @ value.T # (B,T,hs)
out = wei @ v
""", {"x": real(2, 3, 4), "key": real(2, 4), "query": real(2, 4), "value": real(2, 4)}, ("x", "key", "query", "value")),
    Snippet("a block before its norm", """
def mlp(x):
    x = F.linear(x, c_fc)
    x = F.gelu(x)
    x = F.linear(x, c_proj)
    return x

x = x + mlp(F.layer_norm(x, (4,), ln_weight, ln_bias, 1e-5))
""", {"x": real(2, 4), "c_fc": real(6, 4), "c_proj": real(4, 6), "ln_weight": real(4), "ln_bias": real(4)},
            ("x", "c_fc", "c_proj", "ln_weight")),
    Snippet("a cell with a memory", """
hx, cx = hidden, cell
gates = F.linear(input, w_ih, b_ih) + F.linear(hx, w_hh, b_hh)

ingate, forgetgate, cellgate, outgate = gates.chunk(4, 1)

ingate = torch.sigmoid(ingate)
forgetgate = torch.sigmoid(forgetgate)
cellgate = torch.tanh(cellgate)
outgate = torch.sigmoid(outgate)

cy = (forgetgate * cx) + (ingate * cellgate)
hy = outgate * torch.tanh(cy)
""", {"input": real(2, 3), "hidden": real(2, 2), "cell": real(2, 2), "w_ih": real(8, 3), "w_hh": real(8, 2), "b_ih": real(8),
      "b_hh": real(8)}, ("input", "hidden", "cell", "w_ih", "w_hh")),
    Snippet("a cell with gates", """
gi = F.linear(input, w_ih, b_ih)
gh = F.linear(hidden, w_hh, b_hh)
i_r, i_i, i_n = gi.chunk(3, 1)
h_r, h_i, h_n = gh.chunk(3, 1)

resetgate = torch.sigmoid(i_r + h_r)
inputgate = torch.sigmoid(i_i + h_i)
newgate = torch.tanh(i_n + resetgate * h_n)
hy = newgate + inputgate * (hidden - newgate)
""", {"input": real(2, 3), "hidden": real(2, 2), "w_ih": real(6, 3), "w_hh": real(6, 2), "b_ih": real(6), "b_hh": real(6)},
            ("input", "hidden", "w_ih", "w_hh", "b_hh")),
    Snippet("rotary embedding by halves", """
def rotate_half(x):
    \"\"\"Rotates half the hidden dims of the input.\"\"\"
    x1 = x[..., : x.shape[-1] // 2]
    x2 = x[..., x.shape[-1] // 2 :]
    return torch.cat((-x2, x1), dim=-1)

inv_freq = 1.0 / (base ** (torch.arange(0, dim, 2) / dim))
t = torch.arange(seq_len)
freqs = torch.outer(t, inv_freq)
emb = torch.cat((freqs, freqs), dim=-1)
cos = emb.cos()
sin = emb.sin()
q_embed = (q * cos) + (rotate_half(q) * sin)
k_embed = (k * cos) + (rotate_half(k) * sin)
q_embed @ k_embed.transpose(-1, -2)
""", {"q": real(2, 3, 4), "k": real(2, 3, 4), "base": 10000.0, "dim": 4, "seq_len": 3}, ("q", "k")),
    Snippet("rotary embedding by pairs", """
def rotate_every_two(x: torch.Tensor) -> torch.Tensor:
    x1 = x[:, :, ::2]
    x2 = x[:, :, 1::2]
    x = torch.stack((-x2, x1), dim=-1)
    return x.flatten(-2)  # in einsum notation: rearrange(x, '... d j -> ... (d j)')

sin = torch.repeat_interleave(angles.sin()[None, :, :], 2, 2)
cos = torch.repeat_interleave(angles.cos()[None, :, :], 2, 2)
return (x * cos) + (rotate_every_two(x) * sin)
""", {"x": real(2, 3, 4), "angles": real(3, 2)}, ("x", "angles")),
    Snippet("rotary embedding by complex numbers", """
freqs = 1.0 / (theta ** (torch.arange(0, dim, 2)[: (dim // 2)] / dim))
t = torch.arange(end)
freqs = torch.outer(t, freqs)
freqs_cis = torch.polar(torch.ones_like(freqs), freqs)  # complex64
xq_ = torch.view_as_complex(xq.reshape(*xq.shape[:-1], -1, 2))
xq_out = torch.view_as_real(xq_ * freqs_cis).flatten(2)
return xq_out.type_as(xq)
""", {"xq": real(2, 3, 4), "theta": 10000.0, "dim": 4, "end": 3}, ("xq",)),
    Snippet("norm by the root of the mean square", """
def _norm(x):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps)

output = _norm(x).type_as(x)
return output * weight
""", {"x": real(2, 3), "weight": real(3), "eps": 1e-6}, ("x", "weight")),
    Snippet("a gate of two halves", """
x, gate = x.chunk(2, dim=-1)
return F.silu(gate) * x
""", {"x": real(2, 6)}, ("x",)),
    Snippet("a low-rank update of a layer", """
result = F.linear(x, W, bias=b)
lora = (x @ lora_A.transpose(0, 1) @ lora_B.transpose(0, 1)) * scaling
result = result + lora
""", {"x": real(2, 3), "W": real(4, 3), "b": real(4), "lora_A": real(2, 3), "lora_B": real(4, 2), "scaling": 2.0},
            ("lora_A", "lora_B", "x")),
    Snippet("a layer of characters, step by step", """
embcat = emb.view(emb.shape[0], -1) # concatenate the vectors
# Linear layer 1
hprebn = embcat @ W1 + b1 # hidden layer pre-activation
# BatchNorm layer
bnmeani = 1/n*hprebn.sum(0, keepdim=True)
bndiff = hprebn - bnmeani
bndiff2 = bndiff**2
bnvar = 1/(n-1)*(bndiff2).sum(0, keepdim=True) # note: Bessel's correction (dividing by n-1, not n)
bnvar_inv = (bnvar + 1e-5)**-0.5
bnraw = bndiff * bnvar_inv
hpreact = bngain * bnraw + bnbias
# Non-linearity
h = torch.tanh(hpreact) # hidden layer
# Linear layer 2
logits = h @ W2 + b2 # output layer
# cross entropy loss (same as F.cross_entropy(logits, Yb))
logit_maxes = logits.max(1, keepdim=True).values
norm_logits = logits - logit_maxes # subtract max for numerical stability
counts = norm_logits.exp()
counts_sum = counts.sum(1, keepdims=True)
counts_sum_inv = counts_sum**-1
probs = counts * counts_sum_inv
logprobs = probs.log()
loss = -logprobs[range(n), Yb].mean()
""", {"emb": real(4, 2, 2), "W1": real(4, 3), "b1": real(3), "bngain": real(1, 3), "bnbias": real(1, 3), "W2": real(3, 5),
      "b2": real(5), "n": 4, "Yb": np.array([0, 3, 4, 1])}, ("emb", "W1", "bngain", "W2", "b2")),
    Snippet("layer norm in numpy", """
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * (x - mean) / np.sqrt(variance + eps) + b

layer_norm(x, g, b)
""", {"x": real(2, 4), "g": real(4), "b": real(4)}, ("x", "g", "b")),
    Snippet("a language model in numpy", """
def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))

def softmax(x):
    exp_x = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)

def linear(x, w, b):  # [m, in], [in, out], [out] -> [m, out]
    return x @ w + b

def ffn(x, c_fc, c_proj):
    a = gelu(linear(x, c_fc, 0))
    return linear(a, c_proj, 0)

def attention(q, k, v, mask):
    return softmax(q @ k.T / np.sqrt(q.shape[-1]) + mask) @ v

causal_mask = (1 - np.tri(x.shape[0])) * -1e10
x = x + attention(x, x, x, causal_mask)
x = x + ffn(x, c_fc, c_proj)
""", {"x": real(3, 4), "c_fc": real(4, 5), "c_proj": real(5, 4)}, ("x", "c_fc", "c_proj")),
    Snippet("a graph convolution", """
A_hat = A + torch.eye(A.shape[0])
D_inv_sqrt = torch.diag(A_hat.sum(dim=1).pow(-0.5))
H = F.relu(D_inv_sqrt @ A_hat @ D_inv_sqrt @ X @ W)
""", {"A": np.array([[0.0, 1, 0], [1, 0, 1], [0, 1, 0]]), "X": real(3, 2), "W": real(2, 4)}, ("X", "W", "A")),
    Snippet("attention over a graph", """
Wh = torch.mm(h, W) # h.shape: (N, in_features), Wh.shape: (N, out_features)
Wh1 = torch.matmul(Wh, a[:out_features, :])
Wh2 = torch.matmul(Wh, a[out_features:, :])
# broadcast add
e = F.leaky_relu(Wh1 + Wh2.T, alpha)
zero_vec = -9e15*torch.ones_like(e)
attention = torch.where(adj > 0, e, zero_vec)
attention = F.softmax(attention, dim=1)
h_prime = torch.matmul(attention, Wh)
return F.elu(h_prime)
""", {"h": real(3, 2), "W": real(2, 4), "a": real(8, 1), "adj": np.array([[1, 1, 0], [1, 1, 1], [0, 1, 1]]), "out_features": 4,
      "alpha": 0.2}, ("h", "W", "a")),
    Snippet("squeeze and excitation", """
b, c, _, _ = x.size()
y = F.adaptive_avg_pool2d(x, 1).view(b, c)
y = torch.sigmoid(F.linear(F.relu(F.linear(y, w1)), w2)).view(b, c, 1, 1)
return x * y.expand_as(x)
""", {"x": real(2, 4, 3, 3), "w1": real(2, 4), "w2": real(4, 2)}, ("x", "w1", "w2")),
    Snippet("digits by convolutions", """
x = F.relu(F.conv2d(x, conv1, padding=1))
x = F.max_pool2d(x, 2)
x = torch.flatten(x, 1)
output = F.log_softmax(F.linear(x, fc), dim=1)
loss = F.nll_loss(output, target)
""", {"x": real(2, 1, 4, 4), "conv1": real(2, 1, 3, 3), "fc": real(3, 8), "target": np.array([2, 0])}, ("x", "conv1", "fc")),
    Snippet("a network of jax's first page", """
def predict(params, inputs):
  W1, b1, W2, b2 = params
  outputs = jnp.tanh(jnp.dot(inputs, W1) + b1)
  return jnp.dot(outputs, W2) + b2

def loss(params, inputs, targets):
  preds = predict(params, inputs)
  return jnp.sum((preds - targets)**2)

loss((W1, b1, W2, b2), X, Y)
""", {"W1": real(2, 3), "b1": real(3), "W2": real(3, 1), "b2": real(1), "X": real(4, 2), "Y": real(4, 1)}, ("W1", "b1", "W2", "b2")),
    Snippet("a softplus penalty of logistic regression in jax", """
def sigmoid(x):
  return 0.5 * (jnp.tanh(x / 2) + 1)

# Outputs probability of a label being true.
def predict(W, b, inputs):
  return sigmoid(jnp.dot(inputs, W) + b)

# Training loss is the negative log-likelihood of the training examples.
def loss(W, b):
  preds = predict(W, b, inputs)
  label_probs = preds * targets + (1 - preds) * (1 - targets)
  return -jnp.sum(jnp.log(label_probs))

loss(W, b)
""", {"W": real(3), "b": 0.2, "inputs": real(4, 3), "targets": np.array([1.0, 1.0, 0.0, 1.0])}, ("W", "b")),
    Snippet("skip-grams with negative samples", """
emb_u = u_embeddings[pos_u]
emb_v = v_embeddings[pos_v]
emb_neg_v = v_embeddings[neg_v]

score = torch.sum(torch.mul(emb_u, emb_v), dim=1)
score = torch.clamp(score, max=10, min=-10)
score = -F.logsigmoid(score)

neg_score = torch.bmm(emb_neg_v, emb_u.unsqueeze(2)).squeeze()
neg_score = torch.clamp(neg_score, max=10, min=-10)
neg_score = -torch.sum(F.logsigmoid(-neg_score), dim=1)

return torch.mean(score + neg_score)
""", {"u_embeddings": real(5, 3), "v_embeddings": real(5, 3), "pos_u": np.array([0, 2]), "pos_v": np.array([1, 4]),
      "neg_v": np.array([[2, 3], [0, 1]])}, ("u_embeddings", "v_embeddings")),
)  # fmt: skip

LOSSES = (
    Snippet("focal loss of several classes", """
logpt = F.log_softmax(input, dim=-1)
logpt = logpt.gather(1, target.view(-1, 1))
logpt = logpt.view(-1)
pt = logpt.exp()

loss = -1 * (1-pt)**gamma * logpt
return loss.mean()
""", {"input": real(3, 4), "target": np.array([1, 0, 3]), "gamma": 2.0}, ("input",)),
    Snippet("focal loss of detectors", """
prob = torch.sigmoid(inputs)
ce_loss = F.binary_cross_entropy_with_logits(inputs, targets, reduction="none")
p_t = prob * targets + (1 - prob) * (1 - targets)
loss = ce_loss * ((1 - p_t) ** gamma)

alpha_t = alpha * targets + (1 - alpha) * (1 - targets)
loss = alpha_t * loss
loss.mean(1).sum() / num_boxes
""", {"inputs": real(3, 2), "targets": share(3, 2), "gamma": 2, "alpha": 0.25, "num_boxes": 3}, ("inputs",)),
    Snippet("overlap of several classes", """
probs = F.softmax(logits, dim=1)
one_hot = F.one_hot(target, num_classes=3).permute(0, 3, 1, 2)
dims = (0, 2, 3)
intersection = torch.sum(probs * one_hot, dims)
cardinality = torch.sum(probs + one_hot, dims)
dice_score = 2. * intersection / (cardinality + eps)
return torch.mean(1. - dice_score)
""", {"logits": real(2, 3, 2, 2), "target": np.array([[[0, 1], [2, 2]], [[1, 1], [0, 2]]]), "eps": 1e-6}, ("logits",)),
    Snippet("Tversky's index", """
#True Positives, False Positives & False Negatives
TP = (inputs * targets).sum()
FP = ((1-targets) * inputs).sum()
FN = (targets * (1-inputs)).sum()

Tversky = (TP + smooth) / (TP + alpha*FP + beta*FN + smooth)
FocalTversky = torch.pow(1 - Tversky, gamma)
""", {"inputs": share(6), "targets": np.array([1.0, 0, 0, 1, 1, 0]), "smooth": 1, "alpha": 0.5, "beta": 0.5, "gamma": 0.75}, ("inputs",)),
    Snippet("contrast of a query and keys", """
query = F.normalize(query, dim=-1)
positive_key = F.normalize(positive_key, dim=-1)

# Cosine between all combinations
logits = query @ positive_key.transpose(-2, -1)

# Positive keys are the entries on the diagonal
labels = torch.arange(len(query))

return F.cross_entropy(logits / temperature, labels, reduction='mean')
""", {"query": real(3, 4), "positive_key": real(3, 4), "temperature": 0.1}, ("query", "positive_key")),
    Snippet("images and texts, both ways", """
n = len(image_features)
logits = logit_scale.exp() * image_features @ text_features.T
labels = torch.arange(n)
loss_i = F.cross_entropy(logits, labels)
loss_t = F.cross_entropy(logits.T, labels)
loss = (loss_i + loss_t)/2
""", {"image_features": real(3, 4), "text_features": real(3, 4), "logit_scale": np.array(0.7)},
            ("image_features", "text_features", "logit_scale")),
    Snippet("images and texts, a sigmoid each", """
logits = zimg @ ztxt.t() * t_prime.exp() + b
labels = 2 * torch.eye(n) - torch.ones(n, n) # -1 with diagonal 1
l = -torch.sum(F.logsigmoid(labels * logits)) / n
""", {"zimg": real(3, 4), "ztxt": real(3, 4), "t_prime": np.array(0.4), "b": -1.0, "n": 3}, ("zimg", "ztxt", "t_prime", "b")),
    Snippet("two views of a batch", """
z = F.normalize(torch.cat([z_i, z_j], dim=0), dim=1)
sim = torch.mm(z, z.t()) / temperature
mask = torch.eye(2 * N, dtype=torch.bool)
sim = sim.masked_fill(mask, -1e9)
positives = torch.cat([torch.diag(sim, N), torch.diag(sim, -N)])
loss = (torch.logsumexp(sim, dim=-1) - positives).mean()
""", {"z_i": real(3, 4), "z_j": real(3, 4), "N": 3, "temperature": 0.5}, ("z_i", "z_j")),
    Snippet("redundancy of two views", """
def off_diagonal(x):
    # return a flattened view of the off-diagonal elements of a square matrix
    n, m = x.shape
    return x.flatten()[:-1].view(n - 1, n + 1)[:, 1:].flatten()

z1 = (z1 - z1.mean(0)) / z1.std(0)
z2 = (z2 - z2.mean(0)) / z2.std(0)
c = z1.T @ z2 / batch_size
on_diag = (torch.diagonal(c) - 1).pow(2).sum()
off_diag = off_diagonal(c).pow(2).sum()
loss = on_diag + lambd * off_diag
""", {"z1": real(4, 3), "z2": real(4, 3), "batch_size": 4, "lambd": 0.005}, ("z1", "z2")),
    Snippet("variance, invariance, covariance", """
repr_loss = F.mse_loss(x, y)

x = x - x.mean(dim=0)
y = y - y.mean(dim=0)

std_x = torch.sqrt(x.var(dim=0) + 0.0001)
std_y = torch.sqrt(y.var(dim=0) + 0.0001)
std_loss = torch.mean(F.relu(1 - std_x)) / 2 + torch.mean(F.relu(1 - std_y)) / 2

cov_x = (x.T @ x) / (batch_size - 1)
cov_loss = (cov_x.pow(2).sum() - cov_x.diagonal().pow(2).sum()).div(num_features)
loss = 25 * repr_loss + 25 * std_loss + cov_loss
""", {"x": 0.3 * real(4, 3), "y": 0.3 * real(4, 3), "batch_size": 4, "num_features": 3}, ("x", "y")),
    Snippet("triplets", """
distance_positive = (anchor - positive).pow(2).sum(1)
distance_negative = (anchor - negative).pow(2).sum(1)
losses = F.relu(distance_positive - distance_negative + margin)
return losses.mean()
""", {"anchor": real(3, 2), "positive": real(3, 2), "negative": real(3, 2), "margin": 1.0}, ("anchor", "positive", "negative")),
    Snippet("labels that share a class", """
labels = labels.contiguous().view(-1, 1)
mask = torch.eq(labels, labels.T).float()
logits = torch.div(torch.matmul(features, features.T), temperature)
logits_max, _ = torch.max(logits, dim=1, keepdim=True)
logits = logits - logits_max.detach()
logits_mask = 1 - torch.eye(4)
mask = mask * logits_mask
exp_logits = torch.exp(logits) * logits_mask
log_prob = logits - torch.log(exp_logits.sum(1, keepdim=True))
mean_log_prob_pos = (mask * log_prob).sum(1) / mask.sum(1)
loss = -mean_log_prob_pos.mean()
""", {"features": real(4, 3), "labels": np.array([0, 1, 0, 1]), "temperature": 0.5}, ("features",)),
    Snippet("a margin of angles", """
cosine = F.linear(F.normalize(input), F.normalize(weight))
sine = torch.sqrt((1.0 - torch.pow(cosine, 2)).clamp(0, 1))
phi = cosine * math.cos(m) - sine * math.sin(m)
phi = torch.where(cosine > math.cos(math.pi - m), phi, cosine - math.sin(math.pi - m) * m)
one_hot = F.one_hot(label, num_classes=4)
output = (one_hot * phi) + ((1.0 - one_hot) * cosine)
output *= s
F.cross_entropy(output, label)
""", {"input": real(3, 2), "weight": real(4, 2), "label": np.array([1, 0, 3]), "m": 0.5, "s": 4.0}, ("input", "weight")),
    Snippet("smoothed labels", """
logprobs = F.log_softmax(x, dim=-1)
nll_loss = -logprobs.gather(dim=-1, index=target.unsqueeze(1))
nll_loss = nll_loss.squeeze(1)
smooth_loss = -logprobs.mean(dim=-1)
loss = confidence * nll_loss + smoothing * smooth_loss
return loss.mean()
""", {"x": real(3, 4), "target": np.array([1, 0, 3]), "confidence": 0.9, "smoothing": 0.1}, ("x",)),
    Snippet("distillation with labels", """
def loss_fn_kd(outputs, labels, teacher_outputs, alpha: float = 0.9, T=4.0):
    KD_loss = F.kl_div(F.log_softmax(outputs/T, dim=1),
                       F.softmax(teacher_outputs/T, dim=1), reduction='batchmean') * (alpha * T * T) + \\
              F.cross_entropy(outputs, labels) * (1. - alpha)
    return KD_loss

loss_fn_kd(outputs, labels, teacher_outputs, alpha=0.7)
""", {"outputs": real(3, 4), "teacher_outputs": real(3, 4), "labels": np.array([1, 0, 3])}, ("outputs",)),
    Snippet("an autoencoder with a drawn code", """
std = torch.exp(0.5*logvar)
z = mu + eps*std
h3 = F.relu(F.linear(z, fc3))
recon = torch.sigmoid(F.linear(h3, fc4))
recons_loss = F.mse_loss(recon, input)
kld_loss = torch.mean(-0.5 * torch.sum(1 + logvar - mu ** 2 - logvar.exp(), dim = 1), dim = 0)
loss = recons_loss + beta * kld_weight * kld_loss
""", {"mu": real(2, 2), "logvar": real(2, 2), "eps": real(2, 2), "fc3": real(3, 2), "fc4": real(4, 3), "input": share(2, 4),
      "beta": 4, "kld_weight": 0.00025}, ("mu", "logvar", "fc3", "fc4")),
    Snippet("denoising by diffusion", """
betas = torch.linspace(0.0001, 0.02, timesteps)
alphas = 1. - betas
alphas_cumprod = torch.cumprod(alphas, axis=0)
sqrt_alphas_cumprod = torch.sqrt(alphas_cumprod)
sqrt_one_minus_alphas_cumprod = torch.sqrt(1. - alphas_cumprod)

def extract(a, t, x_shape):
    batch_size = t.shape[0]
    out = a.gather(-1, t)
    return out.reshape(batch_size, *((1,) * (len(x_shape) - 1)))

def q_sample(x_start, t, noise):
    sqrt_alphas_cumprod_t = extract(sqrt_alphas_cumprod, t, x_start.shape)
    sqrt_one_minus_alphas_cumprod_t = extract(sqrt_one_minus_alphas_cumprod, t, x_start.shape)
    return sqrt_alphas_cumprod_t * x_start + sqrt_one_minus_alphas_cumprod_t * noise

x_noisy = q_sample(x_start, t, noise)
predicted_noise = torch.tanh(x_noisy @ W1) @ W2
loss = F.smooth_l1_loss(noise, predicted_noise)
""", {"timesteps": 10, "x_start": real(2, 3), "t": np.array([4, 7]), "noise": real(2, 3), "W1": real(3, 4), "W2": real(4, 3)},
            ("x_start", "W1", "W2")),
    Snippet("preferences over answers", """
def logps(logits, labels, mask):
    per_token_logps = torch.gather(logits.log_softmax(-1), dim=2, index=labels.unsqueeze(2)).squeeze(2)
    return (per_token_logps * mask).sum(-1)

pi_logratios = logps(chosen_logits, chosen, chosen_mask) - logps(rejected_logits, rejected, rejected_mask)
logits = pi_logratios - ref_logratios
losses = -F.logsigmoid(beta * logits)
losses.mean()
""", {"chosen_logits": real(2, 3, 4), "rejected_logits": real(2, 3, 4), "chosen": np.array([[0, 1, 3], [2, 2, 1]]),
      "rejected": np.array([[1, 1, 0], [3, 0, 1]]), "chosen_mask": np.array([[1.0, 1, 0], [1, 1, 1]]),
      "rejected_mask": np.array([[1.0, 1, 1], [0, 1, 1]]), "ref_logratios": real(2), "beta": 0.1}, ("chosen_logits", "rejected_logits")),
    Snippet("a clipped step of a policy", """
ratio = torch.exp(logp - logp_old)
clip_adv = torch.clamp(ratio, 1-clip_ratio, 1+clip_ratio) * adv
loss_pi = -(torch.min(ratio * adv, clip_adv)).mean()
ent = -(torch.softmax(logits, -1) * torch.log_softmax(logits, -1)).sum(-1)
loss_v = ((values - ret)**2).mean()
loss = loss_pi + 0.5 * loss_v - 0.01 * ent.mean()
""", {"logp": real(5), "logp_old": real(5), "adv": real(5), "clip_ratio": 0.2, "logits": real(5, 3), "values": real(5), "ret": real(5)},
            ("logp", "logits", "values")),
    Snippet("advantages over several steps", """
deltas = rews[:-1] + gamma * vals[1:] - vals[:-1]
n = len(deltas)
adv = np.array([sum((gamma * lam)**k * deltas[t + k] for k in range(n - t)) for t in range(n)])
np.sum(adv**2)
""", {"rews": real(5), "vals": real(5), "gamma": 0.99, "lam": 0.95}, ("vals", "gamma", "lam")),
    Snippet("the gradient of a policy", """
log_probs = F.log_softmax(logits, dim=-1)
selected = log_probs.gather(1, actions.unsqueeze(-1)).squeeze(-1)
returns = (returns - returns.mean()) / (returns.std() + eps)
policy_loss = -(selected * returns).sum()
""", {"logits": real(4, 3), "actions": np.array([0, 2, 1, 1]), "returns": real(4), "eps": 1e-8}, ("logits",)),
    Snippet("a step towards a target network", """
state_action_values = policy_q.gather(1, action_batch)
next_state_values = target_q.max(1).values.detach()
# Compute the expected Q values
expected_state_action_values = (next_state_values * GAMMA) + reward_batch
loss = F.smooth_l1_loss(state_action_values, expected_state_action_values.unsqueeze(1))
""", {"policy_q": real(3, 2), "action_batch": np.array([[1], [0], [1]]), "target_q": real(3, 2), "reward_batch": real(3), "GAMMA": 0.99},
            ("policy_q",)),
    Snippet("distance of two samples", """
def rbf(x, y, sigma=1.0):
    dist = torch.cdist(x, y)**2
    return torch.exp(-dist / (2 * sigma**2))

mmd = rbf(x, x).mean() + rbf(y, y).mean() - 2 * rbf(x, y).mean()
""", {"x": real(3, 2), "y": real(4, 2)}, ("y",)),
    Snippet("a spectral loss", """
x_mag = torch.abs(torch.fft.rfft(x, dim=-1))
y_mag = torch.abs(torch.fft.rfft(y, dim=-1))
sc_loss = torch.norm(y_mag - x_mag, p="fro") / torch.norm(y_mag, p="fro")
mag_loss = F.l1_loss(torch.log(y_mag), torch.log(x_mag))
loss = sc_loss + mag_loss
""", {"x": real(2, 8), "y": real(2, 8)}, ("x",)),
    Snippet("bands of frequencies", """
windowed = frames * torch.hann_window(8)
magnitudes = torch.fft.rfft(windowed).abs() ** 2
mel_spec = filters @ magnitudes.transpose(-1, -2)
log_spec = torch.clamp(mel_spec, min=1e-10).log10()
log_spec = torch.maximum(log_spec, log_spec.max() - 8.0)
log_spec = (log_spec + 4.0) / 4.0
""", {"frames": real(3, 8), "filters": positive(2, 5)}, ("frames",)),
)  # fmt: skip
