"""Formulas as they stand in training scripts, courses, textbooks and simulation code."""

from __future__ import annotations

import numpy as np
from pasted.mathematics import SCIENCE, STATISTICS
from pasted.networks import LOSSES, NETWORKS
from pasted.snippet import Snippet, positive, real, share

FIRST = (
    Snippet("language model", "loss = F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1), ignore_index=-1)",
            {"logits": real(2, 3, 4), "targets": np.array([[0, 3, -1], [1, -1, 2]])}, ("logits",)),
    Snippet("variational autoencoder", """
    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 4), reduction='sum')

    # see Appendix B from the paper
    # 0.5 * sum(1 + log(sigma^2) - mu^2 - sigma^2)
    KLD = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())

    return BCE + KLD
""", {"recon_x": share(2, 4), "x": share(2, 4), "mu": real(2, 3), "logvar": real(2, 3)}, ("recon_x", "mu", "logvar")),
    Snippet("attention", """
att = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
att = att.masked_fill(mask == 0, float('-inf'))
att = F.softmax(att, dim=-1)
y = att @ v # (B, T, T) x (B, T, hs) -> (B, T, hs)
""", {"q": real(2, 3, 4), "k": real(2, 3, 4), "v": real(2, 3, 4), "mask": np.tril(np.ones((3, 3)))}, ("q", "k", "v")),
    Snippet("gelu as in the first transformers",
            "0.5 * x * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * torch.pow(x, 3.0))))", {"x": real(4)}, ("x",)),
    Snippet("rms norm", "x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps) * weight",
            {"x": real(2, 3), "weight": real(3), "eps": 1e-6}, ("x", "weight")),
    Snippet("gated feed-forward", "(F.silu(x @ w1.T) * (x @ w3.T)) @ w2.T",
            {"x": real(2, 3), "w1": real(4, 3), "w2": real(3, 4), "w3": real(4, 3)}, ("w1", "w2", "w3")),
    Snippet("clipped policy objective", """
logratio = newlogprob - b_logprobs
ratio = logratio.exp()

# Policy loss
pg_loss1 = -mb_advantages * ratio
pg_loss2 = -mb_advantages * torch.clamp(ratio, 1 - clip_coef, 1 + clip_coef)
pg_loss = torch.max(pg_loss1, pg_loss2).mean()
""", {"newlogprob": real(5), "b_logprobs": real(5), "mb_advantages": real(5), "clip_coef": 0.2}, ("newlogprob",)),
    Snippet("clipped value loss", """
v_loss_unclipped = (newvalue - b_returns) ** 2
v_clipped = b_values + torch.clamp(
    newvalue - b_values,
    -clip_coef,
    clip_coef,
)
v_loss_clipped = (v_clipped - b_returns) ** 2
v_loss_max = torch.max(v_loss_unclipped, v_loss_clipped)
v_loss = 0.5 * v_loss_max.mean()
""", {"newvalue": real(4), "b_returns": real(4), "b_values": real(4), "clip_coef": 0.2}, ("newvalue",)),
    Snippet("preference optimisation", """
pi_logratios = policy_chosen_logps - policy_rejected_logps
ref_logratios = reference_chosen_logps - reference_rejected_logps
logits = pi_logratios - ref_logratios
losses = -F.logsigmoid(beta * logits) * (1 - label_smoothing) - F.logsigmoid(-beta * logits) * label_smoothing
losses.mean()
""", {"policy_chosen_logps": real(3), "policy_rejected_logps": real(3), "reference_chosen_logps": real(3),
      "reference_rejected_logps": real(3), "beta": 0.1, "label_smoothing": 0.05}, ("policy_chosen_logps", "policy_rejected_logps")),
    Snippet("distillation", "F.kl_div(F.log_softmax(student/T, dim=1), F.softmax(teacher/T, dim=1), reduction='batchmean') * (T * T)",
            {"student": real(2, 3), "teacher": real(2, 3), "T": 4.0}, ("student",)),
    Snippet("images and texts", """
# normalized features
image_features = image_features / image_features.norm(dim=1, keepdim=True)
text_features = text_features / text_features.norm(dim=1, keepdim=True)

# cosine similarity as logits
logits_per_image = logit_scale * image_features @ text_features.t()
logits_per_text = logits_per_image.t()
loss = (F.cross_entropy(logits_per_image, labels) + F.cross_entropy(logits_per_text, labels)) / 2
""", {"image_features": real(3, 4), "text_features": real(3, 4), "logit_scale": 10.0, "labels": np.array([0, 1, 2])},
            ("image_features", "text_features", "logit_scale")),
    Snippet("pairs with a margin", """
euclidean_distance = F.pairwise_distance(output1, output2, keepdim = True)
loss_contrastive = torch.mean((1-label) * torch.pow(euclidean_distance, 2) +
                              (label) * torch.pow(torch.clamp(margin - euclidean_distance, min=0.0), 2))
""", {"output1": real(3, 2), "output2": real(3, 2), "label": np.array([[0.0], [1.0], [1.0]]), "margin": 2.0}, ("output1", "output2")),
    Snippet("focal loss", """
ce_loss = F.binary_cross_entropy_with_logits(inputs, targets, reduction="none")
p_t = p * targets + (1 - p) * (1 - targets)
loss = ce_loss * ((1 - p_t) ** gamma)
alpha_t = alpha * targets + (1 - alpha) * (1 - targets)
loss = alpha_t * loss
loss.sum()
""", {"inputs": real(4), "targets": share(4), "p": share(4), "gamma": 2.0, "alpha": 0.25}, ("inputs",)),
    Snippet("overlap of masks", """
inputs = torch.sigmoid(inputs)
inputs = inputs.view(-1)
targets = targets.view(-1)
intersection = (inputs * targets).sum()
dice = (2.*intersection + smooth)/(inputs.sum() + targets.sum() + smooth)
return 1 - dice
""", {"inputs": real(2, 3), "targets": share(2, 3), "smooth": 1}, ("inputs",)),
    Snippet("volume rendering", """
alpha = 1. - torch.exp(-F.relu(raw[...,3]) * dists)
rgb = torch.sigmoid(raw[...,:3])
weights = alpha * torch.cumprod(torch.cat([torch.ones((alpha.shape[0], 1)), 1.-alpha + 1e-10], -1), -1)[:, :-1]
rgb_map = torch.sum(weights[...,None] * rgb, -2)
""", {"raw": real(2, 3, 4), "dists": positive(2, 3)}, ("raw",)),
    Snippet("two layers from scratch in torch", """
h = x.mm(w1)
h_relu = h.clamp(min=0)
y_pred = h_relu.mm(w2)
loss = (y_pred - y).pow(2).sum()
""", {"x": real(3, 2), "w1": real(2, 4), "w2": real(4, 2), "y": real(3, 2)}, ("w1", "w2")),
    Snippet("two layers from scratch in numpy", """
h = x.dot(w1)
h_relu = np.maximum(h, 0)
y_pred = h_relu.dot(w2)
loss = np.square(y_pred - y).sum()
""", {"x": real(3, 2), "w1": real(2, 4), "w2": real(4, 2), "y": real(3, 2)}, ("w1", "w2")),
    Snippet("a course's softmax classifier", """
scores = np.dot(X, W) + b
exp_scores = np.exp(scores)
probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True) # [N x K]
correct_logprobs = -np.log(probs[range(num_examples),y])
data_loss = np.sum(correct_logprobs)/num_examples
reg_loss = 0.5*reg*np.sum(W*W)
loss = data_loss + reg_loss
""", {"X": real(3, 2), "W": real(2, 4), "b": real(4), "y": np.array([1, 3, 0]), "num_examples": 3, "reg": 0.01}, ("W", "b")),
    Snippet("logistic regression", "np.mean(np.log(1 + np.exp(-y * X.dot(w)))) + 0.5 * lam * np.dot(w, w)",
            {"X": real(4, 2), "y": np.array([1.0, -1.0, 1.0, -1.0]), "w": real(2), "lam": 0.1}, ("w",)),
    Snippet("a test function of optimisers", "sum(100.0*(x[1:]-x[:-1]**2.0)**2.0 + (1-x[:-1])**2.0)", {"x": real(5)}, ("x",)),
    Snippet("marginal likelihood of a Gaussian process", """
K = sigma_f**2 * np.exp(-0.5 * (X[:, None] - X[None, :])**2 / l**2) + sigma_n**2 * np.eye(len(X))
-0.5 * y.T @ np.linalg.solve(K, y) - 0.5 * np.linalg.slogdet(K)[1] - 0.5 * len(X) * np.log(2 * np.pi)
""", {"X": np.array([0.0, 0.7, 1.9]), "y": real(3), "sigma_f": 1.3, "l": 0.8, "sigma_n": 0.4}, ("sigma_f", "l", "sigma_n")),
    Snippet("mixture of normal distributions",
            "-np.sum(np.log(np.sum(w * np.exp(-(x[:, None] - mu)**2 / (2*s**2)) / (s * np.sqrt(2*np.pi)), axis=1)))",
            {"x": real(4), "w": np.array([0.3, 0.7]), "mu": real(2), "s": positive(2)}, ("w", "mu", "s")),
    Snippet("Poisson regression", "eta = X @ beta\nnp.sum(np.exp(eta) - y * eta)",
            {"X": real(4, 2), "beta": real(2), "y": np.array([0.0, 2.0, 1.0, 4.0])}, ("beta",)),
    Snippet("option price", """
d1 = (np.log(S/K) + (r + sigma**2/2)*T) / (sigma*np.sqrt(T))
d2 = d1 - sigma*np.sqrt(T)
price = S*norm.cdf(d1) - K*np.exp(-r*T)*norm.cdf(d2)
""", {"S": 105.0, "K": 100.0, "r": 0.03, "sigma": 0.2, "T": 0.75}, ("S", "sigma", "T", "r")),
    Snippet("Lennard-Jones energy", "4 * epsilon * ((sigma / r)**12 - (sigma / r)**6)",
            {"epsilon": 0.4, "sigma": 1.1, "r": 1.3}, ("epsilon", "sigma", "r")),
    Snippet("pair energy of particles", """
r = np.sqrt(np.sum((pos[i] - pos[j])**2, axis=-1))
energy = np.sum(4.0 * ((1.0/r)**12 - (1.0/r)**6))
""", {"pos": 1.2*np.array([[0, 0, 0], [1, 0, 0.2], [0, 1, 0.1]]), "i": np.array([0, 0, 1]), "j": np.array([1, 2, 2])}, ("pos",)),
    Snippet("double pendulum", """
V = -(m1 + m2) * g * l1 * np.cos(th1) - m2 * g * l2 * np.cos(th2)
T = 0.5 * m1 * (l1 * w1)**2 + 0.5 * m2 * ((l1 * w1)**2 + (l2 * w2)**2 + 2 * l1 * l2 * w1 * w2 * np.cos(th1 - th2))
L = T - V
""", {"m1": 1.0, "m2": 2.0, "g": 9.81, "l1": 1.0, "l2": 0.5, "th1": 0.3, "th2": -0.4, "w1": 0.2, "w2": 1.1}, ("th1", "th2", "w1", "w2")),
    Snippet("elastic energy of a deformed solid", """
J = np.linalg.det(F)
I1 = np.trace(F.T @ F)
W = 0.5*mu*(I1 - 3) - mu*np.log(J) + 0.5*lmbda*np.log(J)**2
""", {"F": np.eye(3) + 0.1*real(3, 3), "mu": 1.2, "lmbda": 0.7}, ("F",)),
    Snippet("black-body radiation", "2*h*c**2/lam**5 / (np.exp(h*c/(lam*kB*T)) - 1)",
            {"h": 6.626e-34, "c": 2.998e8, "lam": 5e-7, "kB": 1.381e-23, "T": 5800.0}, ("lam", "T")),
    Snippet("uncertainty of an angle by Gauss", "np.degrees(np.arctan2(y, x))", {"x": 1.2, "y": -0.4}, ("x", "y")),
    Snippet("robust regression", "np.where(np.abs(y - X @ w) <= delta, 0.5*(y - X @ w)**2, delta*(np.abs(y - X @ w) - 0.5*delta)).mean()",
            {"X": real(4, 2), "y": 3*real(4), "w": real(2), "delta": 0.5}, ("w",)),
    Snippet("total variation of an image", """
tv_h = ((img[1:, :] - img[:-1, :]).pow(2)).sum()
tv_w = ((img[:, 1:] - img[:, :-1]).pow(2)).sum()
weight * (tv_h + tv_w)
""", {"img": real(3, 4), "weight": 0.1}, ("img",)),
    Snippet("style of an image", """
a, b, c, d = input.size()  # a=batch size(=1)
features = input.view(a * b, c * d)  # resize F_XL into \\hat F_XL
G = torch.mm(features, features.t())  # compute the gram product
return G.div(a * b * c * d)
""", {"input": real(1, 2, 2, 3)}, ("input",)),
    Snippet("entropy of a policy", "-(F.softmax(logits, dim=-1) * F.log_softmax(logits, dim=-1)).sum(-1).mean()", {"logits": real(3, 4)}, ("logits",)),
)  # fmt: skip

SNIPPETS = (*FIRST, *NETWORKS, *LOSSES, *STATISTICS, *SCIENCE)
