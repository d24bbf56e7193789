"""Statistics, finance, physics, geometry and control, as they stand in textbooks, notebooks and papers."""

from __future__ import annotations

import numpy as np
from pasted.snippet import Snippet, positive, real, share

STATISTICS = (
    Snippet("partial likelihood of survival times", """
# sort by time, longest first
hazard_ratio = torch.exp(risk_pred)
log_risk = torch.log(torch.cumsum(hazard_ratio, dim=0))
uncensored_likelihood = risk_pred - log_risk
censored_likelihood = uncensored_likelihood * E
neg_likelihood = -torch.sum(censored_likelihood) / torch.sum(E)
""", {"risk_pred": real(5), "E": np.array([1.0, 0, 1, 1, 0])}, ("risk_pred",)),
    Snippet("partial likelihood in logarithms", "-((log_h - torch.logcumsumexp(log_h, dim=0)) * events).sum().div(events.sum() + eps)",
            {"log_h": real(5), "events": np.array([1.0, 0, 1, 1, 0]), "eps": 1e-7}, ("log_h",)),
    Snippet("an update of a Kalman filter", """
y = z - H @ x                         # innovation
S = H @ P @ H.T + R                   # innovation covariance
K = P @ H.T @ np.linalg.inv(S)        # gain
x = x + K @ y
P = (np.eye(len(x)) - K @ H) @ P
log_likelihood = -0.5 * (y.T @ np.linalg.inv(S) @ y + np.log(np.linalg.det(S)) + len(y) * np.log(2 * np.pi))
""", {"z": real(2), "H": real(2, 3), "x": real(3), "P": np.eye(3) * 0.7, "R": np.eye(2) * 0.3}, ("x", "P", "R", "H")),
    Snippet("an update of a covariance, kept symmetric", """
S = H @ P @ H.T + R
K = P @ H.T @ np.linalg.inv(S)
I_KH = np.eye(3) - np.dot(K, H)
P = np.dot(np.dot(I_KH, P), I_KH.T) + np.dot(np.dot(K, R), K.T)
np.trace(P)
""", {"H": real(2, 3), "P": np.eye(3) * 0.7, "R": np.eye(2) * 0.3}, ("P", "R", "H")),
    Snippet("a Gaussian process by Cholesky's factor", """
def kernel(a, b, length=1.0):
    sqdist = np.sum(a**2, 1).reshape(-1, 1) + np.sum(b**2, 1) - 2 * np.dot(a, b.T)
    return np.exp(-.5 * (1/length**2) * sqdist)

K = kernel(X, X, length) + noise * np.eye(len(X))
L = np.linalg.cholesky(K)
alpha = np.linalg.solve(L.T, np.linalg.solve(L, y))
lml = -0.5 * np.dot(y, alpha) - np.sum(np.log(np.diag(L))) - 0.5 * len(y) * np.log(2 * np.pi)
""", {"X": real(4, 2), "y": real(4), "length": 0.8, "noise": 0.1}, ("length", "noise", "X")),
    Snippet("a Gaussian process in torch", """
K = outputscale * torch.exp(-0.5 * torch.cdist(X / lengthscale, X / lengthscale)**2) + noise * torch.eye(X.size(0))
L = torch.linalg.cholesky(K)
alpha = torch.cholesky_solve(y.unsqueeze(-1), L)
mll = -0.5 * (y.unsqueeze(-1) * alpha).sum() - L.diagonal().log().sum() - 0.5 * y.size(0) * math.log(2 * math.pi)
""", {"X": real(4, 2), "y": real(4), "lengthscale": np.array(0.8), "outputscale": np.array(1.4), "noise": np.array(0.1)},
            ("lengthscale", "outputscale", "noise")),
    Snippet("prediction of a Gaussian process", """
K = np.exp(-0.5 * (x[:, None] - x[None, :])**2 / l**2) + s**2 * np.eye(len(x))
Ks = np.exp(-0.5 * (xs[:, None] - x[None, :])**2 / l**2)
mu = Ks @ np.linalg.inv(K) @ y
cov = np.exp(-0.5 * (xs[:, None] - xs[None, :])**2 / l**2) - Ks @ np.linalg.inv(K) @ Ks.T
np.sum(mu) + 1.96 * np.sum(np.sqrt(np.diag(cov)))
""", {"x": np.array([0.0, 0.7, 1.9]), "xs": np.array([0.3, 1.2]), "y": real(3), "l": 0.8, "s": 0.4}, ("l", "s", "y")),
    Snippet("responsibilities of a mixture", """
log_prob = -0.5 * np.sum(((X[:, None, :] - means) / sigmas)**2, axis=-1) - np.sum(np.log(sigmas), axis=-1)
weighted = log_prob + np.log(weights)
log_norm = logsumexp(weighted, axis=1, keepdims=True)
resp = np.exp(weighted - log_norm)
Nk = resp.sum(axis=0)
new_means = resp.T @ X / Nk[:, None]
""", {"X": real(4, 2), "means": real(3, 2), "sigmas": positive(3, 2), "weights": np.array([0.2, 0.3, 0.5])}, ("means", "sigmas", "weights")),
    Snippet("likelihood of a mixture", """
mu = means[None]
log_comp = -0.5 * (((x[:, None] - mu) ** 2) * torch.exp(-logvars)).sum(-1) - 0.5 * logvars.sum(-1) - 0.5 * D * math.log(2 * math.pi)
nll = -torch.logsumexp(log_comp + F.log_softmax(logits, dim=0), dim=1).mean()
""", {"x": real(4, 2), "means": real(3, 2), "logvars": real(3, 2), "logits": real(3), "D": 2}, ("means", "logvars", "logits")),
    Snippet("mixture of ADBench", """
def log_wishart_prior(p, wishart_gamma, wishart_m, sum_qs, Qdiags):
    n = p + wishart_m + 1
    out = 0.5 * wishart_gamma * wishart_gamma * (np.sum(Qdiags**2) + np.sum(icf[:, p:]**2)) - wishart_m * np.sum(sum_qs)
    return out - 3 * (n * p * np.log(wishart_gamma / np.sqrt(2)))

sum_qs = np.sum(icf[:, :2], axis=1)
Qdiags = np.exp(icf[:, :2])
xcentered = x[:, None, :] - means
Qx = np.stack([Qdiags[:, 0] * xcentered[..., 0], icf[:, 2] * xcentered[..., 0] + Qdiags[:, 1] * xcentered[..., 1]], axis=-1)
main_term = alphas + sum_qs - 0.5 * np.sum(Qx**2, axis=-1)
slse = np.sum(logsumexp(main_term, axis=1))
slse - x.shape[0] * logsumexp(alphas) + log_wishart_prior(2, 1.0, 0, sum_qs, Qdiags)
""", {"x": real(4, 2), "alphas": real(3), "means": real(3, 2), "icf": 0.3 * real(3, 3)}, ("alphas", "means", "icf")),
    Snippet("an affine coupling of a flow", """
x1, x2 = x.chunk(2, dim=1)
s, t = (torch.tanh(x1 @ W1 + b1) @ W2).chunk(2, dim=1)
log_s = torch.tanh(s)
y2 = x2 * torch.exp(log_s) + t
z = torch.cat([x1, y2], dim=1)
log_det = log_s.sum(dim=1)
prior = -0.5 * (z ** 2).sum(dim=1) - 0.5 * z.size(1) * math.log(2 * math.pi)
loss = -(prior + log_det).mean()
""", {"x": real(3, 4), "W1": real(2, 5), "b1": real(5), "W2": real(5, 4)}, ("x", "W1", "b1", "W2")),
    Snippet("a planar flow", """
lin = z @ w + b
f_z = z + u * torch.tanh(lin).unsqueeze(-1)
phi = (1 - torch.tanh(lin) ** 2).unsqueeze(-1) * w
log_det = torch.log(torch.abs(1 + phi @ u) + 1e-4)
loss = (0.5 * f_z.pow(2).sum(-1) - log_det).mean()
""", {"z": real(3, 2), "w": real(2), "b": 0.3, "u": real(2)}, ("z", "w", "u", "b")),
    Snippet("a step of Newton's for logistic regression", """
p = 1 / (1 + np.exp(-X @ w))
grad = X.T @ (p - y)
H = X.T @ np.diag(p * (1 - p)) @ X
w_new = w - np.linalg.solve(H, grad)
""", {"X": real(5, 2), "w": 0.3 * real(2), "y": np.array([1.0, 0, 1, 1, 0])}, ("w", "X")),
    Snippet("log-odds in a stable form", """
z = X @ w + b
np.mean(np.maximum(z, 0) - z*y + np.log1p(np.exp(-np.abs(z)))) + lam/2*np.linalg.norm(w)**2
""", {"X": real(5, 2), "w": real(2), "b": 0.1, "y": np.array([1.0, 0, 1, 1, 0]), "lam": 0.1}, ("w", "b")),
    Snippet("counts with too large a variance", """
mu = np.exp(X @ beta)
ll = gammaln(y + 1/alpha) - gammaln(1/alpha) - gammaln(y + 1) - 1/alpha*np.log(1 + alpha*mu) + y*np.log(alpha*mu/(1 + alpha*mu))
-np.sum(ll)
""", {"X": real(4, 2), "beta": real(2), "y": np.array([0.0, 2, 1, 4]), "alpha": 0.6}, ("beta", "alpha")),
    Snippet("regression of shares", """
mu = expit(X @ beta)
loglik = gammaln(phi) - gammaln(mu*phi) - gammaln((1-mu)*phi) + (mu*phi - 1)*np.log(y) + ((1-mu)*phi - 1)*np.log(1-y)
-loglik.sum()
""", {"X": real(4, 2), "beta": real(2), "y": share(4), "phi": 5.0}, ("beta", "phi")),
    Snippet("counts of a gamma mixture in torch", """
log_theta_mu_eps = torch.log(theta + mu + eps)
res = (theta * (torch.log(theta + eps) - log_theta_mu_eps)
       + x * (torch.log(mu + eps) - log_theta_mu_eps)
       + torch.lgamma(x + theta) - torch.lgamma(theta) - torch.lgamma(x + 1))
return -res.sum(-1)
""", {"x": np.array([[0.0, 2, 1], [4, 1, 0]]), "mu": positive(2, 3), "theta": positive(3), "eps": 1e-8}, ("mu", "theta")),
    Snippet("steps of a hidden chain", """
log_A = F.log_softmax(A, dim=1)
log_B = F.log_softmax(B, dim=1)
alpha = F.log_softmax(pi_logits, dim=0) + log_B[:, obs[0]]
alpha = torch.logsumexp(alpha.unsqueeze(1) + log_A, dim=0) + log_B[:, obs[1]]
alpha = torch.logsumexp(alpha.unsqueeze(1) + log_A, dim=0) + log_B[:, obs[2]]
log_likelihood = torch.logsumexp(alpha, dim=0)
""", {"A": real(3, 3), "B": real(3, 4), "pi_logits": real(3), "obs": np.array([2, 0, 3])}, ("A", "B", "pi_logits")),
    Snippet("strengths from pairs", "-np.sum(np.log(1 / (1 + np.exp(-(theta[winners] - theta[losers])))))",
            {"theta": real(4), "winners": np.array([0, 2, 1]), "losers": np.array([1, 3, 3])}, ("theta",)),
    Snippet("ratings after a game", """
Ea = 1 / (1 + 10**((Rb - Ra) / 400))
Ra_new = Ra + K * (Sa - Ea)
""", {"Ra": 1613.0, "Rb": 1609.0, "K": 32, "Sa": 0.5}, ("Ra", "Rb")),
    Snippet("factors of a matrix of ratings", """
pred = P @ Q.T + bu[:, None] + bi[None, :] + mu
err = mask * (R - pred)
loss = np.sum(err**2) + reg * (np.sum(P**2) + np.sum(Q**2) + np.sum(bu**2) + np.sum(bi**2))
""", {"P": real(3, 2), "Q": real(4, 2), "bu": real(3), "bi": real(4), "mu": 3.1, "R": real(3, 4), "mask": np.tri(3, 4), "reg": 0.02},
            ("P", "Q", "bu", "bi")),
    Snippet("a step of a ranking by links", """
n = M.shape[0]
P = M / M.sum(axis=0)
v_next = d * (P @ v) + (1 - d) / n
np.linalg.norm(v_next - v, 1)
""", {"M": positive(4, 4), "v": np.array([0.1, 0.2, 0.3, 0.4]), "d": 0.85}, ("M", "v", "d")),
    Snippet("transport with entropy", """
K = torch.exp(-C / eps)
u = a / (K @ torch.ones(4))
v = b / (K.t() @ u)
u = a / (K @ v)
v = b / (K.t() @ u)
P = u[:, None] * K * v[None, :]
return torch.sum(P * C)
""", {"C": positive(3, 4), "eps": 0.5, "a": np.ones(3) / 3, "b": np.ones(4) / 4}, ("C", "a", "b")),
    Snippet("ridge regression in a kernel", """
pairwise_sq_dists = ((X[:, np.newaxis, :] - X[np.newaxis, :, :])**2).sum(-1)
K = np.exp(-gamma * pairwise_sq_dists)
dual_coef = np.linalg.solve(K + alpha * np.eye(K.shape[0]), y)
np.mean((y - K.dot(dual_coef))**2)
""", {"X": real(4, 2), "y": real(4), "gamma": 0.5, "alpha": 0.1}, ("gamma", "alpha", "y")),
    Snippet("a margin of a hyperplane", "0.5 * np.dot(w, w) + C * np.sum(np.maximum(0, 1 - y * (np.dot(X, w) + b)))",
            {"X": real(4, 2), "w": real(2), "b": 0.1, "y": np.array([1.0, -1, 1, -1]), "C": 10.0}, ("w", "b")),
    Snippet("a margin of several classes", """
scores = W.dot(x)
correct_class_score = scores[y]
margins = np.maximum(0, scores - correct_class_score + delta)
loss_i = np.sum(margins) - delta
""", {"W": real(4, 3), "x": real(3), "y": 2, "delta": 1.0}, ("W", "x")),
    Snippet("quantiles", """
e = y - X @ w
np.mean(np.maximum(q * e, (q - 1) * e))
""", {"X": real(5, 2), "y": real(5), "w": real(2), "q": 0.9}, ("w",)),
    Snippet("several quantiles in torch", """
losses = [torch.max((q - 1) * (target - preds[:, i]), q * (target - preds[:, i])).unsqueeze(1) for i, q in enumerate([0.1, 0.5, 0.9])]
loss = torch.mean(torch.sum(torch.cat(losses, dim=1), dim=1))
""", {"preds": real(4, 3), "target": real(4)}, ("preds",)),
    Snippet("a robust loss", """
is_small_error = torch.abs(error) <= delta
squared_loss = torch.square(error) / 2
linear_loss = delta * (torch.abs(error) - 0.5 * delta)
return torch.where(is_small_error, squared_loss, linear_loss).mean()
""", {"error": 2 * real(6), "delta": 1.0}, ("error",)),
)  # fmt: skip

SCIENCE = (
    Snippet("an option's price as a function", """
def black_scholes_call(S, K, T, r, sigma):
    d1 = (np.log(S / K) + (r + 0.5 * sigma ** 2) * T) / (sigma * np.sqrt(T))
    d2 = d1 - sigma * np.sqrt(T)
    call_price = S * norm.cdf(d1) - K * np.exp(-r * T) * norm.cdf(d2)
    return call_price

black_scholes_call(S, 100, 1.0, 0.05, sigma)
""", {"S": 105.0, "sigma": 0.2}, ("S", "sigma")),
    Snippet("the slopes of an option's price", """
N_prime = lambda x: np.exp(-x**2 / 2) / np.sqrt(2 * np.pi)
d1 = (np.log(S/K) + (r - q + 0.5*sigma**2)*T) / (sigma*np.sqrt(T))
d2 = d1 - sigma*np.sqrt(T)
delta = np.exp(-q*T) * norm.cdf(d1)
gamma = np.exp(-q*T) * N_prime(d1) / (S * sigma * np.sqrt(T))
vega = S * np.exp(-q*T) * N_prime(d1) * np.sqrt(T)
theta = -S*np.exp(-q*T)*N_prime(d1)*sigma/(2*np.sqrt(T)) - r*K*np.exp(-r*T)*norm.cdf(d2) + q*S*np.exp(-q*T)*norm.cdf(d1)
np.array([delta, gamma, vega, theta])
""", {"S": 105.0, "K": 100.0, "r": 0.03, "q": 0.01, "sigma": 0.2, "T": 0.75}, ("S", "sigma", "T")),
    Snippet("a firm's distance to default", """
d1 = (np.log(V / D) + (r + 0.5 * sigma_V**2) * T) / (sigma_V * np.sqrt(T))
d2 = d1 - sigma_V * np.sqrt(T)
equity = V * norm.cdf(d1) - D * np.exp(-r * T) * norm.cdf(d2)
debt = V - equity
spread = -np.log(debt / D) / T - r
""", {"V": 120.0, "D": 100.0, "r": 0.03, "sigma_V": 0.25, "T": 2.0}, ("V", "sigma_V", "T", "r")),
    Snippet("a curve of yields", """
def nelson_siegel(t, beta0, beta1, beta2, tau):
    x = t / tau
    factor = (1 - np.exp(-x)) / x
    return beta0 + beta1 * factor + beta2 * (factor - np.exp(-x))

np.sum((nelson_siegel(maturities, beta0, beta1, beta2, lam) - yields)**2)
""", {"maturities": np.array([0.5, 1, 2, 5, 10]), "yields": 0.03 + 0.01 * share(5), "beta0": 0.04, "beta1": -0.02, "beta2": 0.01,
      "lam": 1.8}, ("beta0", "beta1", "beta2", "lam")),
    Snippet("return for its risk", """
portfolio_return = np.sum(mean_returns * weights) * 252
portfolio_std = np.sqrt(np.dot(weights.T, np.dot(cov, weights))) * np.sqrt(252)
sharpe = (portfolio_return - rf) / portfolio_std
-sharpe
""", {"mean_returns": 0.001 * real(3), "weights": np.array([0.2, 0.3, 0.5]), "cov": 0.0001 * (np.eye(3) + 0.2), "rf": 0.01}, ("weights",)),
    Snippet("bearing and range of a landmark", """
dx = landmark[0] - x[0]
dy = landmark[1] - x[1]
q = dx**2 + dy**2
z = np.array([np.sqrt(q), np.arctan2(dy, dx) - x[2]])
""", {"landmark": np.array([3.0, 4.0]), "x": np.array([0.5, -0.2, 0.3])}, ("x", "landmark")),
    Snippet("motion of a vehicle", """
theta = x[2] + u[1] * dt
F = np.eye(3)
B = np.array([[dt * np.cos(x[2]), 0], [dt * np.sin(x[2]), 0], [0.0, dt]])
x_pred = F @ x + B @ u
""", {"x": np.array([0.5, -0.2, 0.3]), "u": np.array([1.0, 0.1]), "dt": 0.1}, ("x", "u")),
    Snippet("charges in pairs", """
i, j = np.triu_indices(3, k=1)
r = np.linalg.norm(pos[i] - pos[j], axis=1)
energy = k_e * np.sum(q[i] * q[j] / r)
""", {"pos": real(3, 3), "q": real(3), "k_e": 8.99}, ("pos", "q")),
    Snippet("pairs of atoms with a mask", """
def lj_energy(positions, sigma, epsilon):
    dr = positions[:, None, :] - positions[None, :, :]
    d2 = jnp.sum(dr**2, axis=-1) + jnp.eye(3)
    s6 = (sigma**2 / d2)**3
    return 0.5 * jnp.sum((1 - jnp.eye(3)) * 4 * epsilon * (s6**2 - s6))

lj_energy(positions, 1.0, epsilon)
""", {"positions": 1.2 * np.array([[0, 0, 0], [1, 0, 0.2], [0, 1, 0.1]]), "epsilon": 0.4}, ("positions", "epsilon")),
    Snippet("Morse's potential of a bond", "D_e * (1 - np.exp(-a * (r - r_e)))**2",
            {"D_e": 4.7, "a": 1.9, "r": 0.9, "r_e": 0.74}, ("r", "D_e", "a", "r_e")),
    Snippet("Rastrigin, Ackley and Styblinski", """
rastrigin = 10 * len(x) + np.sum(x**2 - 10 * np.cos(2 * np.pi * x))
ackley = -20 * np.exp(-0.2 * np.sqrt(np.mean(x**2))) - np.exp(np.mean(np.cos(2 * np.pi * x))) + 20 + np.e
styblinski = 0.5 * np.sum(x**4 - 16 * x**2 + 5 * x)
rastrigin + ackley + styblinski
""", {"x": real(4)}, ("x",)),
    Snippet("a mean field of spins", """
field = J @ m + h
m_new = np.tanh(beta * field)
entropy = -np.sum((1 + m_new)/2 * np.log((1 + m_new)/2) + (1 - m_new)/2 * np.log((1 - m_new)/2))
free_energy = -0.5 * m_new @ J @ m_new - h @ m_new - entropy / beta
""", {"J": np.ones((3, 3)) - np.eye(3), "m": 0.3 * share(3), "h": 0.1 * real(3), "beta": 0.4}, ("m", "h", "beta")),
    Snippet("accelerations of a double pendulum", """
delta = th2 - th1
den1 = (m1 + m2) * l1 - m2 * l1 * np.cos(delta)**2
a1 = (m2 * l1 * w1**2 * np.sin(delta) * np.cos(delta) + m2 * g * np.sin(th2) * np.cos(delta)
      + m2 * l2 * w2**2 * np.sin(delta) - (m1 + m2) * g * np.sin(th1)) / den1
den2 = (l2 / l1) * den1
a2 = (-m2 * l2 * w2**2 * np.sin(delta) * np.cos(delta)
      + (m1 + m2) * (g * np.sin(th1) * np.cos(delta) - l1 * w1**2 * np.sin(delta) - g * np.sin(th2))) / den2
return np.array([w1, a1, w2, a2])
""", {"m1": 1.0, "m2": 2.0, "g": 9.81, "l1": 1.0, "l2": 0.5, "th1": 0.3, "th2": -0.4, "w1": 0.2, "w2": 1.1}, ("th1", "th2", "w1", "w2")),
    Snippet("the hand of a robot arm", """
def T(theta, a):
    return np.array([
        [np.cos(theta), -np.sin(theta), a * np.cos(theta)],
        [np.sin(theta), np.cos(theta), a * np.sin(theta)],
        [0, 0, 1],
    ])

T03 = T(q[0], l[0]) @ T(q[1], l[1]) @ T(q[2], l[2])
T03[:2, 2]
""", {"q": np.array([0.3, -0.6, 1.1]), "l": np.array([1.0, 0.8, 0.3])}, ("q", "l")),
    Snippet("an axis and an angle as a matrix", """
theta = np.linalg.norm(rvec)
k = rvec / theta
K = np.array([[0, -k[2], k[1]],
              [k[2], 0, -k[0]],
              [-k[1], k[0], 0]])
R = np.eye(3) + np.sin(theta) * K + (1 - np.cos(theta)) * K @ K
R @ p
""", {"rvec": real(3), "p": real(3)}, ("rvec", "p")),
    Snippet("points seen by a camera", """
def project(points, camera_params):
    theta = np.linalg.norm(camera_params[:3])
    v = camera_params[:3] / theta
    dot = np.sum(points * v, axis=1)[:, np.newaxis]
    points_rot = np.cos(theta) * points + np.sin(theta) * np.cross(v, points) + dot * (1 - np.cos(theta)) * v
    points_proj = points_rot + camera_params[3:6]
    points_proj = -points_proj[:, :2] / points_proj[:, 2, np.newaxis]
    f, k1, k2 = camera_params[6:9]
    n = np.sum(points_proj**2, axis=1)
    r = 1 + k1 * n + k2 * n**2
    return points_proj * (r * f)[:, np.newaxis]

np.sum((project(points_3d, cam) - points_2d)**2)
""", {"points_3d": real(3, 3), "points_2d": real(3, 2), "cam": np.array([0.1, -0.2, 0.15, 0.3, -0.1, 5.0, 1.4, 0.01, 0.002])},
            ("cam", "points_3d")),
    Snippet("rotation by a quaternion", """
w, x, y, z = q / np.linalg.norm(q)
R = np.array([
    [1 - 2*(y*y + z*z), 2*(x*y - w*z), 2*(x*z + w*y)],
    [2*(x*y + w*z), 1 - 2*(x*x + z*z), 2*(y*z - w*x)],
    [2*(x*z - w*y), 2*(y*z + w*x), 1 - 2*(x*x + y*y)]])
R @ v
""", {"q": real(4), "v": real(3)}, ("q", "v")),
    Snippet("a day of an epidemic", """
def deriv(y, t, N, beta, gamma):
    S, I, R = y
    dSdt = -beta * S * I / N
    dIdt = beta * S * I / N - gamma * I
    dRdt = gamma * I
    return dSdt, dIdt, dRdt

dS, dI, dR = deriv((S0, I0, R0), 0, N, beta, gamma)
I1 = I0 + dI * dt
""", {"S0": 990.0, "I0": 10.0, "R0": 0.0, "N": 1000, "beta": 0.3, "gamma": 0.1, "dt": 1.0}, ("beta", "gamma", "S0", "I0")),
    Snippet("a step of Runge and Kutta's", """
def f(y):
    return np.array([alpha*y[0] - beta*y[0]*y[1], delta*y[0]*y[1] - gamma*y[1]])

k1 = f(y)
k2 = f(y + 0.5*h*k1)
k3 = f(y + 0.5*h*k2)
k4 = f(y + h*k3)
y + h/6*(k1 + 2*k2 + 2*k3 + k4)
""", {"y": np.array([1.2, 0.7]), "alpha": 1.1, "beta": 0.4, "gamma": 0.4, "delta": 0.1, "h": 0.1}, ("y", "alpha", "beta", "h")),
    Snippet("rates of an enzyme", """
def michaelis_menten(s, vmax, km):
    \"\"\"Reaction velocity at substrate concentration s.\"\"\"
    return vmax * s / (km + s)

residuals = v - michaelis_menten(s, vmax, km)
np.sum(residuals**2)
""", {"s": np.array([0.5, 1, 2, 5]), "v": np.array([0.3, 0.5, 0.65, 0.8]), "vmax": 1.0, "km": 0.9}, ("vmax", "km")),
    Snippet("a rate by temperature", "A * np.exp(-Ea / (R * T))", {"A": 1e3, "Ea": 5e3, "R": 8.314, "T": 300.0}, ("T", "Ea", "A")),
    Snippet("a nerve's sodium current", """
alpha_m = 0.1 * (V + 40.0) / (1.0 - np.exp(-(V + 40.0) / 10.0))
beta_m = 4.0 * np.exp(-(V + 65.0) / 18.0)
m_inf = alpha_m / (alpha_m + beta_m)
I_Na = g_Na * m_inf**3 * h * (V - E_Na)
""", {"V": -50.0, "g_Na": 120.0, "h": 0.6, "E_Na": 50.0}, ("V", "h")),
    Snippet("the cost of a controller", """
error = setpoint - y
integral = np.sum(error) * dt
derivative = (error[1:] - error[:-1]) / dt
u = Kp * error[1:] + Ki * integral + Kd * derivative
cost = np.sum(error**2) + rho * np.sum(u**2)
""", {"setpoint": 1.0, "y": share(5), "dt": 0.1, "Kp": 1.2, "Ki": 0.5, "Kd": 0.05, "rho": 0.1}, ("Kp", "Ki", "Kd", "y")),
    Snippet("the cost of a plan", """
x1 = A @ x0 + B @ u[0]
x2 = A @ x1 + B @ u[1]
x3 = A @ x2 + B @ u[2]
J = sum(xk.T @ Q @ xk for xk in [x1, x2]) + sum(uk.T @ R @ uk for uk in u) + x3.T @ Qf @ x3
""", {"A": np.array([[1, 0.1], [0, 1]]), "B": np.array([[0.005], [0.1]]), "x0": real(2), "u": real(3, 1), "Q": np.eye(2), "R": 0.1 * np.eye(1),
      "Qf": 10 * np.eye(2)}, ("u", "x0")),
    Snippet("a residual of Burgers' equation", """
u = lambda t, x: torch.sum(c * torch.tanh(a*x + b*t))
u_t = torch.func.grad(u, 0)
u_x = torch.func.grad(u, 1)
u_xx = torch.func.grad(torch.func.grad(u, 1), 1)
f = u_t(t, x) + u(t, x)*u_x(t, x) - (0.01/math.pi)*u_xx(t, x)
f**2
""", {"a": real(3), "b": real(3), "c": real(3), "t": np.array(0.2), "x": np.array(0.4)}, ("a", "b", "c")),
)  # fmt: skip
