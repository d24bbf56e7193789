"""Functions with their gradients, right and wrong: the source, the point, and of a wrong one what is said of it."""

from __future__ import annotations

# -- right claims

RIGHT = {
    "numpy": ("def f(x): return float(np.sum(np.sin(x.copy())))\ndef g(x): return np.cos(x)", {"x": [1.0, 2.0, 3.0]}),
    "torch": ("import torch\ndef f(x): return torch.sin(x).sum()\ndef g(x): return torch.cos(x)", {"x": [1.0, 2.0]}),
    "torch, numpy's gradient": ("import torch\ndef f(x): return torch.sin(x).sum()\ndef g(x): return np.cos(x)", {"x": [1.0]}),
    "either": ("def f(x): return (x**3).sum()\ndef g(x): return 3 * x**2", {"x": [[1.0, -2.0], [0.5, 3.0]]}),
    "float": ("def f(x): return math.exp(x) * 2\ndef g(x): return 2 * math.exp(x)", {"x": 0.7}),
    "a list": ("def f(x): return sum(v**2 for v in x)\ndef g(x): return [2 * v for v in x]", {"x": [1.0, 2.0, 3.0]}),
    "one in a tuple": ("def f(x): return (x**2).sum()\ndef g(x): return (2 * x,)", {"x": [1.0, 2.0]}),
    "one in a tuple, of one entry": ("def f(x): return (x**2).sum()\ndef g(x): return (2 * x,)", {"x": [1.0]}),
    "one in a dict": ("def f(x): return (x**2).sum()\ndef g(x): return {'x': 2 * x}", {"x": [1.0, 2.0]}),
    "in order": ("def f(x, y): return (x * y).sum()\ndef g(x, y): return y, x", {"x": [1.0, 2.0], "y": [3.0, 4.0]}),
    "an array of two": ("def f(x, y): return x * y**2\ndef g(x, y): return np.array([y**2, 2 * x * y])", {"x": 2.0, "y": 3.0}),
    "by name": ("def f(x, y): return x * y**2\ndef g(x, y): return {'y': 2 * x * y, 'x': y**2}", {"x": 2.0, "y": 3.0}),
    "fractions": ("from fractions import Fraction\ndef f(x): return x / 3\ndef g(x): return Fraction(1, 3)", {"x": 2.0}),
    "a jacobian": ("def f(x): return np.array([x[0]**2, x[0] * x[1]])\ndef g(x): return [[2 * x[0], 0], [x[1], x[0]]]", {"x": [2.0, 3.0]}),
    "a jacobian, torch": ("import torch\ndef f(x): return torch.stack([x[0]**2, x[0] * x[1]])\n"
                          "def g(x): return torch.tensor([[2 * x[0], 0], [x[1], x[0]]])", {"x": [2.0, 3.0]}),
    "a list of outputs": ("import torch\ndef f(x): return [torch.sin(x[0]), x[0] * x[1], 5.0]\n"
                          "def g(x): return [[torch.cos(x[0]), 0], [x[1], x[0]], [0, 0]]", {"x": [2.0, 3.0]}),
    "keyword-only": ("def f(*, x, n): return x**n\ndef g(*, x, n): return {'x': n * x**(n - 1)}", {"x": 2.0, "n": 3.0}),
    "positional-only": ("def f(x, /): return x**3\ndef g(x, /): return 3 * x**2", {"x": 2.0}),
    "other names": ("def f(a): return a**3\ndef g(b): return 3 * b**2", {"x": 2.0}),
    "a leaf that backward fills": ("import torch\ndef f(x): return (x**3).sum()\ndef g(x):\n    f(x).backward()\n    return x.grad",
                                   {"x": [1.0, 2.0]}),
    "autograd by hand": ("import torch\ndef f(x): return (x**3).sum()\ndef g(x): return torch.autograd.grad(f(x), x)", {"x": [1.0, 2.0]}),
    "an output of shape (1,)": ("def f(x): return (x**2).sum().reshape(1)\ndef g(x): return 2 * x", {"x": [1.0, 2.0]}),
    "that keeps its axis": ("def f(x): return (x**2).sum().reshape(1)\ndef g(x): return (2 * x).reshape(1, -1)", {"x": [1.0, 2.0]}),
    "a tensor without a graph": ("import torch\ndef f(x): return (x.detach()**2).sum()\ndef g(x): return 2 * x", {"x": [1.0, 2.0]}),
    "a tensor turned into numbers": ("import torch\ndef f(x): return float((x.detach().numpy()**2).sum())\ndef g(x): return 2 * x",
                                     {"x": [1.0, 2.0]}),
    "a constant": ("def f(x): return 3.0\ndef g(x): return 0.0", {"x": 2.0}),
    "complex without imaginary part": ("def f(x): return x**2\ndef g(x): return complex(2 * x, 0)", {"x": 2.0}),
    "tiny and huge": ("def f(x): return (x**2).sum()\ndef g(x): return 2 * x", {"x": [1e-9, 1e9]}),
}  # fmt: skip


# -- wrong claims and their diagnoses

CUBES = "def f(x): return (x**3).sum()\n"
MATRIX = "A = np.arange(6.0).reshape(2, 3) + 1\nimport torch\ndef f(x): return (torch.tensor(A) * x**2).sum()\n"
FLAT = {"x": [1.0, 2.0, 3.0, 4.0, 5.0]}
SQUARE = {"x": [[1.0, 2.0], [5.0, -3.0]]}
TABLE = {"x": [[1.0, -2.0, 3.0], [0.5, 5.0, 6.0]]}
CURVE = "def f(x): return np.array([x[0]**2, x[0] * x[1]])\n"
WRONG = {
    "sign": (CUBES + "def g(x): return -3 * x**2", FLAT, "sign", "minus the claim", "-g(x)"),
    "two": (CUBES + "def g(x): return 1.5 * x**2", FLAT, "factor", "times 2", "2.0 * g(x)"),
    "half": (CUBES + "def g(x): return 6 * x**2", FLAT, "factor", "times 1/2", "0.5 * g(x)"),
    "seven": (CUBES + "def g(x): return 3 * x**2 / 7.5", FLAT, "factor", "times 7.5", "7.5 * g(x)"),
    "degrees": ("def f(x): return math.sin(x * math.pi / 180)\ndef g(x): return math.cos(x * math.pi / 180)", {"x": 30.0},
                "factor", "pi/180", None),
    "logarithm": ("def f(x): return math.log10(x)\ndef g(x): return 1 / x", {"x": 5.0}, "factor", "1/ln 10", None),
    "mean": (CUBES + "def g(x): return 3 * x**2 / len(x)", FLAT, "sum against mean", "n = 5 (the size of x): a mean in the claim", "5.0 * g(x)"),
    "sum": ("def f(x): return (x**3).mean()\ndef g(x): return 3 * x**2", FLAT, "sum against mean", "1/n, n = 5", "0.2 * g(x)"),
    "minus n": (CUBES + "def g(x): return -3 * x**2 / len(x)", FLAT, "factor", "-n, n = 5", "-5.0 * g(x)"),
    "2/n": ("def f(x): return (x**2).mean()\ndef g(x): return x", FLAT, "factor", "2/n, n = 5", None),
    "transposed shape": (MATRIX + "def g(x): return (2 * A * np.asarray(x)).T", TABLE, "transpose", "(3, 2), the derivative (2, 3)", "g(x).T"),
    "transposed square": ("B = np.array([[1.0, 2], [3, 4]])\ndef f(x): return float((B * (x @ x)).sum())\n"
                          "def g(x): return (B @ x.T + x.T @ B).T", SQUARE, "transpose", "transposed it is right", "g(x).T"),
    "transposed and halved": (MATRIX + "def g(x): return (A * np.asarray(x)).T", TABLE, "transpose", "times 2", "2.0 * g(x).T"),
    "flattened": (MATRIX + "def g(x): return (2 * A * np.asarray(x)).ravel()", TABLE, "shape", "(6,), the derivative (2, 3)", "g(x).reshape(2, 3)"),
    "flattened by columns": (MATRIX + "def g(x): return (2 * A * np.asarray(x)).ravel(order='F')", TABLE, "shape", "column by column", None),
    "a column": (CUBES + "def g(x): return (3 * x**2).reshape(-1, 1)", FLAT, "shape", "(5, 1), the derivative (5,)", "g(x).reshape(5,)"),
    "a row for each sample": ("def f(w, X): return (X @ w).sum()\ndef g(w, X): return {'w': X}", {"w": [1.0, 2.0], "X": [[1.0, 2], [3, 4], [5, 6]]},
                              "shape", "summed over axis 0", "g(w, X)['w'].sum(0)"),
    "one number for all": ("def f(x): return 3 * x.sum()\ndef g(x): return 3.0", FLAT, "shape", "every entry", "np.full((5,), g(x))"),
    "another length": (CUBES + "def g(x): return x[:3]", FLAT, "shape", "the claim has shape (3,), the derivative (5,)", None),
    "a jacobian's transpose": (CURVE + "def g(x): return np.array([[2 * x[0], 0], [x[1], x[0]]]).T", {"x": [2.0, 3.0]},
                               "transpose", "transposed", "g(x).T"),
    "inputs before outputs": ("def f(x): return np.array([(x**2).sum(), 3 * (x[0] * x[1]).sum()])\n"
                              "def g(x): return np.stack([2 * x, 3 * x[::-1]], axis=-1)", TABLE, "transpose", "axes of inputs come before", None),
}  # fmt: skip
