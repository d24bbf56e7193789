"""The derivatives that people look up first come out as they stand in textbooks, to the letter.

Sources: K. B. Petersen and M. S. Pedersen, The Matrix Cookbook (2012); S. Boyd and L. Vandenberghe, Convex Optimization
(2004), appendix A; C. M. Bishop, Pattern Recognition and Machine Learning (2006); each worked out again by hand.
"""

from __future__ import annotations

import pytest

from gradcli.closed.notation.form import closed_form
from gradcli.closed.notation.question import numbers_of
from gradcli.language.parse import parse, parse_condition
from gradcli.reference.forms import agrees_at_points

# kind, variable | function | shapes | premise | derivative
KNOWN = """\
# quadratic forms, least squares
grad x | x@A@x | A:n,n x:n | - | (A + A.T) @ x
hessian x | x@A@x | A:n,n x:n | - | A + A.T
grad x | 1/2*x.T@A@x - b@x | A:n,n x:n b:n | A == A.T | A @ x - b
grad x | sqrt(x@A@x) | A:n,n x:n | A == A.T | A @ x/sqrt(x @ A @ x)
grad x | log(x@A@x) | A:n,n x:n | A == A.T | 2*A @ x/(x @ A @ x)
grad x | (A@x - b).T@W@(A@x - b) | A:m,n x:n b:m W:m,m | - | A.T @ (W + W.T) @ (A @ x - b)
grad x | norm(A@x - b)**2 | A:m,n x:n b:m | - | 2*A.T @ (A @ x - b)
hessian x | norm(A@x - b)**2 | A:m,n x:n b:m | - | 2*A.T @ A
grad x | norm(A@x - b) | A:m,n x:n b:m | - | A.T @ (A @ x - b)/norm(A @ x - b)
grad x | sum(abs(A@x - b)) | A:m,n x:n b:m | - | A.T @ sign(A @ x - b)
grad x | sum(w*(A@x - b)**2) | A:m,n x:n b:m w:m | - | 2*A.T @ (w*(A @ x - b))
grad x | norm(A@x - b)**2 + c*norm(x)**2 | A:m,n x:n b:m | - | 2*(c*x + A.T @ (A @ x - b))
hessian x | norm(A@x - b)**2 + c*norm(x)**2 | A:m,n x:n b:m | - | 2*(c*eye(n) + A.T @ A)
grad x | norm(A@x - b)**2/2 + c*norm(x, 1) | A:m,n x:n b:m | - | c*sign(x) + A.T @ (A @ x - b)
grad w | mean((y - X@w)**2) | X:n,d w:d y:n | - | -2*X.T @ (y - X @ w)/n
grad w | sum((y - X@w)**2)/(2*n) | X:n,d w:d y:n | - | -X.T @ (y - X @ w)/n
grad W | norm(Y - X@W)**2 | Y:n,k X:n,d W:d,k | - | -2*X.T @ (Y - X @ W)
grad x | (a@x)**2 | x:n a:n | - | 2*(a @ x)*a
hessian x | (a@x)**2 | x:n a:n | - | 2*outer(a, a)
# logistic regression
grad w | -sum(y*log(sigmoid(X@w)) + (1 - y)*log(1 - sigmoid(X@w))) | X:n,d w:d y:n | - | X.T @ (sigmoid(X @ w) - y)
hessian w | -sum(y*log(sigmoid(X@w)) + (1 - y)*log(1 - sigmoid(X@w))) | X:n,d w:d y:n | - | X.T @ diag(sigmoid(-X @ w)*sigmoid(X @ w)) @ X
grad w | -mean(y*log(sigmoid(X@w)) + (1 - y)*log(1 - sigmoid(X@w))) | X:m,d w:d y:m | - | X.T @ (sigmoid(X @ w) - y)/m
grad w | -(y@log(sigmoid(X@w)) + (1 - y)@log(1 - sigmoid(X@w)))/n | X:n,d w:d y:n | - | X.T @ (sigmoid(X @ w) - y)/n
grad w | p = sigmoid(X@w); -sum(y*log(p) + (1 - y)*log(1 - p)) | X:n,d w:d y:n | - | X.T @ (sigmoid(X @ w) - y)
grad b | p = 1/(1 + exp(-X@w - b)); -sum(y*log(p) + (1 - y)*log(1 - p))/n | X:n,d w:d y:n | - | mean(sigmoid(X @ w + b) - y)
grad w | sum(log(1 + exp(-y*(X@w)))) | X:n,d w:d y:n | - | -X.T @ (y*sigmoid(-y*(X @ w)))
grad w | sum(log(1 + exp(X@w))) - y@X@w | X:n,d w:d y:n | - | X.T @ (sigmoid(X @ w) - y)
grad z | -y*log(sigmoid(z)) - (1 - y)*log(1 - sigmoid(z)) | - | - | sigmoid(z) - y
grad w | sum((y - sigmoid(X@w))**2) | X:n,d w:d y:n | - | P = sigmoid(X @ w); -2*X.T @ (P*(1 - P)*(y - P))
# activations
grad x | sigmoid(x) | - | - | sigmoid(x)*sigmoid(-x)
hessian x | sigmoid(x) | - | - | P = sigmoid(x); P*(1 - P)*(1 - 2*P)
grad x | tanh(x) | - | - | 1 - tanh(x)**2
jacobian x | tanh(W@x) | W:m,n x:n | - | diag(1 - tanh(W @ x)**2) @ W
grad W | v@tanh(W@x + b) | W:m,n x:n b:m v:m | - | outer(v*(1 - tanh(W @ x + b)**2), x)
jacobian x | A@sin(x) | A:m,n x:n | - | A*cos(x)
grad W | sum(G*relu(X@W + b)) | X:n,d W:d,k b:k G:n,k | - | X.T @ where(X @ W + b > 0, G, 0)
# softmax, cross-entropy, log-sum-exp
jacobian x | softmax(x) | x:n | - | diag(softmax(x)) - outer(softmax(x), softmax(x))
jacobian x | log_softmax(x) | x:n | - | eye(n) - softmax(x)
grad x | log(sum(exp(x))) | x:n | - | softmax(x)
hessian x | logsumexp(x) | x:n | - | diag(softmax(x)) - outer(softmax(x), softmax(x))
grad x | logsumexp(A@x + b) | A:m,n x:n b:m | - | A.T @ softmax(A @ x + b)
hessian x | logsumexp(A@x + b) | A:m,n x:n b:m | - | P = softmax(A @ x + b); A.T @ (diag(P) - outer(P, P)) @ A
grad z | -y@log(softmax(z)) | y:k z:k | - | sum(y)*softmax(z) - y
grad z | -y@log(softmax(z)) | y:k z:k | sum(y) == 1 | softmax(z) - y
grad W | -sum(Y*log(softmax(X@W, dim=1))) | X:n,d W:d,k Y:n,k | sum(Y, dim=1) == 1 | X.T @ (softmax(X @ W, dim=1) - Y)
grad W | sum(logsumexp(X@W, dim=1)) - trace(Y.T@X@W) | X:n,d W:d,k Y:n,k | - | X.T @ (softmax(X @ W, dim=1) - Y)
grad x | -sum(softmax(x)*log(softmax(x))) | x:n | - | P = softmax(x); P*(log(P) @ P - log(P))
hessian W | y@W@x - log(sum(exp(W@x))) | y:k W:k,d x:d | - | P = softmax(W @ x); einsum('ij,k,l->ikjl', outer(P, P) - diag(P), x, x)
# determinants, inverses, traces
grad X | log(det(X)) | X:n,n | - | inv(X).T
grad X | logdet(X) | X:n,n | X == X.T | inv(X)
grad X | log(det(A@X@B)) | A:n,n X:n,n B:n,n | - | (B @ inv(A @ X @ B) @ A).T
grad X | log(det(X.T@X)) | X:n,m | - | 2*X @ inv(X.T @ X)
hessian X | log(det(X)) | X:n,n | - | -einsum('ij,kl->lijk', inv(X), inv(X))
jacobian X | inv(X) | X:n,n | - | -einsum('ij,kl->iljk', inv(X), inv(X))
grad X | a@inv(X)@b | X:n,n a:n b:n | - | -outer(inv(X).T @ a, inv(X) @ b)
grad X | trace(inv(X)@A) | X:n,n A:n,n | - | -(inv(X) @ A @ inv(X)).T
grad X | trace(A@X) | X:m,n A:n,m | - | A.T
grad X | trace(X.T@A@X) | X:m,n A:m,m | - | (A + A.T) @ X
grad X | trace(X@A@X.T) | X:m,n A:n,n | - | X @ (A + A.T)
grad X | trace(matrix_power(X, 3)) | X:n,n | - | 3*X.T @ X.T
grad X | trace((A@X@B - C).T@(A@X@B - C)) | A:k,m X:m,n B:n,l C:k,l | - | 2*A.T @ (A @ X @ B - C) @ B.T
grad X | norm(X) | X:n,m | - | X/norm(X)
grad X | logdet(eye(n) + X@X.T) | X:n,m | - | 2*inv(eye(n) + X @ X.T) @ X
# norms, kernels
grad x | norm(x) | x:n | - | x/norm(x)
hessian x | norm(x) | x:n | - | (eye(n) - outer(x, x)/(x @ x))/norm(x)
grad x | exp(-norm(x - y)**2/(2*s**2)) | x:n y:n | - | -exp(-norm(x - y)**2/(2*s**2))*(x - y)/s**2
grad x | (x@y + c)**p | x:n y:n | - | p*(x @ y + c)**(p - 1)*y
grad x | log(1 + norm(x)**2) | x:n | - | 2*x/(1 + x @ x)
grad x | x@y/(norm(x)*norm(y)) | x:n y:n | - | (y - (x @ y)*x/(x @ x))/(norm(y)*norm(x))
# statistics, generalised linear models
grad w | sum(exp(X@w)) - y@X@w | X:n,d w:d y:n | - | X.T @ (exp(X @ w) - y)
hessian w | sum(exp(X@w)) - y@X@w | X:n,d w:d y:n | - | X.T @ diag(exp(X @ w)) @ X
grad x | var(x) | x:n | - | 2*(x - mean(x))/(n - 1)
grad x | sum(x*log(x)) | x:n | - | log(x) + 1
grad q | sum(p*log(p/q)) | p:n q:n | - | -p/q
grad X | norm(X - mean(X, dim=0))**2 | X:n,d | - | 2*(X - mean(X, dim=0))
grad s | -log(s) - (x - mu)**2/(2*s**2) | - | - | ((x - mu)**2/s**2 - 1)/s
grad mu | -1/2*logdet(S) - 1/2*(x - mu)@inv(S)@(x - mu) | S:n,n x:n mu:n | S == S.T | inv(S) @ (x - mu)
grad S | -1/2*logdet(S) - 1/2*(x - mu)@inv(S)@(x - mu) | S:n,n x:n mu:n | S == S.T | (inv(S) @ outer(x - mu, x - mu) @ inv(S) - inv(S))/2
grad mu | lgamma((v + 1)/2) - (v + 1)/2*log(1 + (x - mu)**2/(v*s**2)) | - | - | (v + 1)*(x - mu)/(v*s**2 + (x - mu)**2)
# matrix factorisation, attention, normalisation
grad W | norm(V - W@H)**2 | V:n,m W:n,k H:k,m | - | -2*(V - W @ H) @ H.T
grad H | norm(V - W@H)**2 | V:n,m W:n,k H:k,m | - | -2*W.T @ (V - W @ H)
grad V | sum(G*(softmax(Q@K.T/sqrt(d), dim=1)@V)) | Q:n,d K:m,d V:m,p G:n,p | - | softmax(Q @ K.T/sqrt(d), dim=1).T @ G
grad x | m = mean(x); v = mean((x - m)**2); sum(w*(x - m)/sqrt(v + c)) | x:n w:n | - | m = mean(x); v = mean((x - m)**2); (w - mean(w))/sqrt(v + c) - (w @ (x - m))*(x - m)/(n*(v + c)**1.5)
grad x | max(x) | x:n | - | P = where(x == max(x), 1, 0); P/sum(P)
# entries that have a denominator in common
jacobian h | [(h[0]*x + h[1])/(h[2]*x + 1), h[0]/(h[2]*x + 1)] | h:3 | - | P = x*h[2] + 1; [[x/P, 1/P, -x*(x*h[0] + h[1])/P**2], [1/P, 0, -x*h[0]/P**2]]
"""

LINES = [line for line in KNOWN.strip().splitlines() if not line.startswith("#")]


@pytest.mark.parametrize("line", LINES)
def test_a_known_derivative_is_written_as_in_textbooks(line: str) -> None:
    asked, function, sizes, premise, due = ("" if part == "-" else part for part in line.split(" | "))
    kind, wrt = asked.split()
    shapes = {
        name: tuple(int(n) if n.isdigit() else n for n in axes.split(","))
        for name, _, axes in (word.partition(":") for word in sizes.split())
    }
    numbers = numbers_of(shapes)
    conditions = [parse_condition(premise, sizes=numbers)] if premise else []
    variables = [wrt] * (2 if kind == "hessian" else 1)
    expression = parse(function, bound=[*shapes, wrt], sizes=numbers)
    assert closed_form(expression, kind, variables, shapes, conditions, agrees_at_points).text == due


def test_there_are_many() -> None:
    assert len(LINES) >= 60
