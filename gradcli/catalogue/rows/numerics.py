"""nan and infinity: gradients that are no numbers, as anomaly mode, clipping and distributions report them."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="nan_gradient",
        title="a slope that is infinite meets a zero",
        text="The derivative of this operation is infinite or undefined at the value that it got (a logarithm or a "
        "division at 0, 0/0, arccos at 1, infinity minus infinity), and infinity times a zero that comes from above "
        "is nan. From there nan spreads to everything before it. The loss itself can be finite.",
        how_to_tell="Look at the line under `Traceback of forward call`: that operation made the nan. Print the "
        "smallest and largest value of its input, and `x.isfinite().all()`. Where the input is not finite already, "
        "the mistake is earlier.",
        fix="torch.log(x.clamp_min(1e-12))        # keep away from the edge of the domain\n"
        "a / b.clamp_min(1e-8)                # no division by zero\n"
        "torch.xlogy(x, x.clamp_min(1e-12))   # x*log(x), 0 at 0, with a finite slope\n"
        "F.log_softmax(scores, dim=-1)        # one stable operation instead of log and softmax",
        program="""\
import torch

share = torch.tensor([0.0, 0.25, 0.75], requires_grad=True)
with torch.autograd.detect_anomaly():
    entropy = -(share * share.log()).nan_to_num().sum()
    entropy.backward()
""",
        mended="""\
import torch

share = torch.tensor([0.0, 0.25, 0.75], requires_grad=True)
positive = share.clamp_min(1e-12)
with torch.autograd.detect_anomaly():
    entropy = -(positive * positive.log()).sum()
    entropy.backward()
print(share.grad)
""",
        command="gradcli grad 'x*log(x)' x=0",
    ),
    Cause(
        name="nan_root_at_zero",
        title="a square root, norm or distance at zero",
        text="The square root has an infinite slope at 0, and so have a power below 1, and a norm, a standard "
        "deviation or a distance that is written with a root. The chain rule multiplies that infinite slope by 0, and "
        "infinity times 0 is nan. torch's own norm, std and cdist have slope 0 there instead.",
        how_to_tell="Print the smallest value under the root: an exact 0 (two equal points, a padded row, a constant "
        "column, a distance of a point to itself) is this case.",
        fix="torch.sqrt(d.clamp_min(1e-12))           # or torch.sqrt(d + 1e-12)\n"
        "torch.linalg.vector_norm(x, dim=-1)      # torch's norm has slope 0 at 0, a root by hand has not\n"
        "squares[~torch.eye(n, dtype=torch.bool)].sqrt()  # leave the diagonal out before the root",
        program="""\
import torch

points = torch.tensor([[0.0, 0.0], [3.0, 4.0]], requires_grad=True)
with torch.autograd.detect_anomaly():
    squares = ((points[:, None] - points[None]) ** 2).sum(-1)
    squares.sqrt().sum().backward()
""",
        mended="""\
import torch

points = torch.tensor([[0.0, 0.0], [3.0, 4.0]], requires_grad=True)
with torch.autograd.detect_anomaly():
    squares = ((points[:, None] - points[None]) ** 2).sum(-1)
    squares.clamp_min(1e-12).sqrt().sum().backward()
print(points.grad)
""",
        command="gradcli grad 'sqrt(sum(x**2))' x=0,0",
        signs=(
            r"\.?sqrt\(",
            r"\bnorm\(",
            r"\*\*\s*\(?0?\.5|\*\*\s*\(?1\s*/\s*2",
            r"\bcdist\(",
            r"\.std\(",
            r"distance",
        ),
    ),
    Cause(
        name="where_trap",
        title="torch.where or a mask hides the bad value, not its gradient",
        text="torch.where picks values, but autograd goes through both sides. The side that was not picked gets the "
        "gradient 0, and 0 times its infinite slope is nan. The same happens with a mask that is multiplied in and "
        "with nan_to_num: the value is mended after the fact, the slope is not.",
        how_to_tell="Look for `torch.where(x > 0, f(x), ...)`, `mask * f(x)`, `nan_to_num(f(x))`, `f(x)[mask]` where f "
        "is a root, a logarithm or a division.",
        fix="safe = torch.where(x > 0, x, 1.0)        # first a harmless input\n"
        "y = torch.where(x > 0, safe.sqrt(), 0.0) # then the choice",
        program="""\
import torch

x = torch.tensor([-1.0, 4.0], requires_grad=True)
with torch.autograd.detect_anomaly():
    y = torch.where(x > 0, x.sqrt(), 2 * x)
    y.sum().backward()
""",
        mended="""\
import torch

x = torch.tensor([-1.0, 4.0], requires_grad=True)
with torch.autograd.detect_anomaly():
    safe = torch.where(x > 0, x, 1.0)
    y = torch.where(x > 0, safe.sqrt(), 2 * x)
    y.sum().backward()
print(x.grad)
""",
        command="gradcli grad 'where(x > 0, sqrt(x), 2*x)' x=-1",
        signs=(r"(?:torch\.|np\.|\.)where\(", r"nan_to_num", r"masked_fill"),
    ),
    Cause(
        name="nan_overflow",
        title="a number overflows to infinity on the way",
        text="exp of a large number is infinite in floating point (above 88.7 in float32, 11 in float16), and infinity "
        "divided by infinity or minus infinity is not a number. A softmax, a log of a sum of exponentials or a sigmoid "
        "written by hand overflows, as do half-precision activations.",
        how_to_tell="Print `x.abs().max()` of what goes into exp, or into a power. Under autocast or `.half()`, try "
        "the step in float32.",
        fix="torch.logsumexp(x, dim=-1)    # instead of log(exp(x).sum())\n"
        "F.softplus(x)                 # instead of log(1 + exp(x))\n"
        "F.softmax(x, dim=-1), torch.sigmoid(x), F.binary_cross_entropy_with_logits(x, y)",
        program="""\
import torch

scores = torch.tensor([1.0, 100.0], requires_grad=True)
with torch.autograd.detect_anomaly():
    exponentials = scores.exp()
    share = exponentials / exponentials.sum()
    share[0].backward()
""",
        mended="""\
import torch

scores = torch.tensor([1.0, 100.0], requires_grad=True)
with torch.autograd.detect_anomaly():
    share = torch.softmax(scores, dim=0)
    share[0].backward()
print(scores.grad)
""",
        command="gradcli grad 'log(1 + exp(x))' x=1000",
        signs=(r"\bexp\(", r"\bautocast\b|\.half\(\)|float16|fp16", r"ExpBackward"),
    ),
    Cause(
        name="value_not_finite",
        title="an operation of the forward pass leaves the numbers: log of 0, overflow, a division by 0",
        text="A value of the forward pass is nan or infinite although what it was computed from was finite: the log of "
        "a probability that has become 0, an exp that overflows, a quotient with 0 below. The chain rule multiplies "
        "by what is left of it, and the gradients are nan.",
        how_to_tell="`gradcli explain --nan --run SCRIPT.py` names the first such value, its entry and what went in.",
        fix="loss = -F.logsigmoid(x).mean()                   # not log(sigmoid(x))\n"
        "log_p = torch.log_softmax(logits, -1)            # not log(softmax(logits))\n"
        "ratio = a / b.clamp_min(1e-12)",
        program="""\
import torch

x = torch.tensor([-800.0, 4.0], requires_grad=True)
with torch.autograd.detect_anomaly():
    loss = -torch.log(torch.sigmoid(x)).mean()
    loss.backward()
""",
        mended="""\
import torch

x = torch.tensor([-800.0, 4.0], requires_grad=True)
with torch.autograd.detect_anomaly():
    loss = -torch.nn.functional.logsigmoid(x).mean()
    loss.backward()
""",
        command="gradcli grad 'log(sigmoid(x))' x=-800 -v",
    ),
    Cause(
        name="nan_in_forward",
        title="nan or infinity comes in with the data or the weights",
        text="The values were not finite before backward started: nan in the data, a division in the preprocessing, "
        "or weights that an earlier step has blown up (a learning rate that is too large, an exploding gradient). "
        "Then any operation, a plain matrix product too, returns nan gradients.",
        how_to_tell="Print `x.isfinite().all()` for the batch, `loss`, and `[n for n, p in model.named_parameters() if "
        "not p.isfinite().all()]` before backward. Weights that are nan: look at the step before.",
        fix="assert batch.isfinite().all()\n"
        "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0, error_if_nonfinite=True)  # before optimizer.step()\n"
        "optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)                          # a smaller step",
        program="""\
import torch
from torch import nn

model = nn.Linear(2, 1)
batch = torch.tensor([[1.0, float("nan")], [2.0, 3.0]])
with torch.autograd.detect_anomaly():
    model(batch).square().mean().backward()
""",
        mended="""\
import torch
from torch import nn

model = nn.Linear(2, 1)
batch = torch.tensor([[1.0, float("nan")], [2.0, 3.0]])
batch = batch[batch.isfinite().all(dim=1)]
with torch.autograd.detect_anomaly():
    model(batch).square().mean().backward()
""",
        command="gradcli grad 'w*x' w=2 x=nan --wrt w",
        signs=(
            r"Function '(?:Addmm|Mm|Bmm|\w*Convolution|\w*Conv\w*|Add|Sub|Mean|Sum|Linear|NativeBatchNorm|"
            r"NativeLayerNorm|MseLoss|L1Loss|SmoothL1Loss|NllLoss|LogSoftmax)Backward",
            r"GraphRoot",
        ),
    ),
    Cause(
        name="nan_power_exponent",
        title="a power whose exponent is differentiated, at a negative base",
        text="The derivative of x**p in the exponent p is x**p * log(x). At a negative base the logarithm does not "
        "exist: nan, even where p is whole and the power itself is fine. (At base 0 torch gives 0, or minus infinity "
        "where p is negative.) It concerns a power with a tensor as exponent that requires grad.",
        how_to_tell="The message says PowBackward1 (a tensor as exponent) and its 1st output (the exponent). Print "
        "`x.min()` of the base: it is below 0.",
        fix="x.clamp_min(1e-6) ** p\nx ** p.detach()  # where the exponent need not be learnt",
        program="""\
import torch

base = torch.tensor([-2.0, 4.0])
exponent = torch.tensor(2.0, requires_grad=True)
with torch.autograd.detect_anomaly():
    (base**exponent).sum().backward()
""",
        mended="""\
import torch

base = torch.tensor([-2.0, 4.0])
exponent = torch.tensor(2.0, requires_grad=True)
with torch.autograd.detect_anomaly():
    (base.clamp_min(1e-6) ** exponent).sum().backward()
print(exponent.grad)
""",
        command="gradcli grad 'x**p' x=-2 p=2 --wrt p",
    ),
    Cause(
        name="infinite_gradient",
        title="the gradients are infinite or nan before clipping",
        text="clip_grad_norm_ divides by the norm of all gradients together, and that norm is not finite: at least "
        "one entry is infinite or nan. Clipping cannot mend it, since infinity divided by infinity is nan. With "
        "GradScaler the gradients are still scaled, and often overflow, until unscale_ was called.",
        how_to_tell="Print `[n for n, p in model.named_parameters() if p.grad is not None and not "
        "p.grad.isfinite().all()]`, then run one step under `torch.autograd.detect_anomaly()` for the operation.",
        fix="scaler.unscale_(optimizer)                 # with GradScaler: before clipping\n"
        "torch.sqrt(x + 1e-12)                      # an infinite slope: keep away from its point",
        program="""\
import torch

weight = torch.zeros(3, requires_grad=True)
weight.sqrt().sum().backward()
torch.nn.utils.clip_grad_norm_([weight], 1.0, error_if_nonfinite=True)
""",
        mended="""\
import torch

weight = torch.zeros(3, requires_grad=True)
(weight + 1e-12).sqrt().sum().backward()
torch.nn.utils.clip_grad_norm_([weight], 1.0, error_if_nonfinite=True)
""",
        command="gradcli grad 'sum(sqrt(w))' w=0,4",
    ),
    Cause(
        name="probability_out_of_range",
        title="binary_cross_entropy gets numbers that are no probabilities",
        text="binary_cross_entropy takes probabilities between 0 and 1. Scores that did not go through a sigmoid are "
        "outside of that range, and nan is, too: weights that became nan in an earlier step show up here first.",
        how_to_tell="Print `p.min(), p.max(), p.isnan().any()`. On a GPU it comes as a device-side assert.",
        fix="F.binary_cross_entropy_with_logits(score, y)  # sigmoid included, and stable",
        program="""\
import torch
import torch.nn.functional as F

score = torch.tensor([-1.5, 2.0], requires_grad=True)
F.binary_cross_entropy(score, torch.tensor([0.0, 1.0])).backward()
""",
        mended="""\
import torch
import torch.nn.functional as F

score = torch.tensor([-1.5, 2.0], requires_grad=True)
F.binary_cross_entropy_with_logits(score, torch.tensor([0.0, 1.0])).backward()
""",
        command="gradcli grad 'softplus(s) - y*s' s=2 y=1 --wrt s",
    ),
    Cause(
        name="distribution_nan",
        title="a distribution gets parameters that are nan",
        text="torch.distributions checks its parameters, and they are nan or out of range. Mostly the network that "
        "makes them has nan weights: an infinite or exploding gradient in the step before has ruined them, and the "
        "next forward pass shows it here.",
        how_to_tell="The message prints the values: nan means ruined weights, negative numbers mean a missing "
        "softplus or exp. Print `[n for n, p in model.named_parameters() if p.isnan().any()]`.",
        fix="Normal(mean, F.softplus(raw) + 1e-4)                     # a scale that stays positive\n"
        "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)  # before each optimizer.step()",
        program="""\
import torch
from torch.distributions import Normal

raw = torch.tensor([-0.5, 1.0], requires_grad=True)
loss = -Normal(torch.zeros(2), raw).log_prob(torch.ones(2)).sum()
loss.backward()
""",
        mended="""\
import torch
import torch.nn.functional as F
from torch.distributions import Normal

raw = torch.tensor([-0.5, 1.0], requires_grad=True)
loss = -Normal(torch.zeros(2), F.softplus(raw) + 1e-4).log_prob(torch.ones(2)).sum()
loss.backward()
""",
        command="gradcli grad 'log(softplus(r)) + 1/(2*softplus(r)**2)' r=-0.5",
    ),
)

_NAN = r"returned (?:nan|infinite) values in its (?P<index>\d+)(?:st|nd|rd|th) output"
_ANY = ("nan_gradient", "nan_root_at_zero", "where_trap", "nan_overflow", "value_not_finite", "nan_in_forward")
_ROOT = ("nan_root_at_zero", "where_trap", "nan_gradient", "nan_in_forward")
_PLAIN = ("nan_in_forward", "nan_gradient", "nan_overflow", "where_trap")

MESSAGES = (
    Message(
        name="nan_svd",
        patterns=(r"Function '(?P<function>(?:\w*Svd\w*|\w*SVD\w*)Backward\d*)' " + _NAN,),
        meaning="The backward pass of a singular value decomposition gave nan: its formula divides by the differences "
        "of squared singular values.",
        causes=("svd_degenerate", "nan_in_forward"),
        finder="nan",
    ),
    Message(
        name="nan_eigh",
        patterns=(r"Function '(?P<function>\w*(?:Eig|Symeig|Eigh)\w*Backward\d*)' " + _NAN,),
        meaning="The backward pass of an eigendecomposition gave nan: its formula divides by the differences of "
        "eigenvalues.",
        causes=("eigh_degenerate", "nan_in_forward"),
        finder="nan",
    ),
    Message(
        name="nan_inverse",
        patterns=(
            r"Function '(?P<function>\w*(?:Inv|Inverse|Solve|Cholesky|Det|Logdet|Slogdet|Qr|Lu)\w*Backward\d*)' "
            + _NAN,
        ),
        meaning="The backward pass of `{function}` gave nan. Its formula needs the inverse of a matrix that has none, "
        "or nearly none.",
        causes=("singular_inverse", "nan_in_forward"),
        finder="nan",
    ),
    Message(
        name="nan_power_exponent",
        patterns=(r"Function '(?P<function>PowBackward1)' returned nan values in its (?P<index>1)(?:st|th) output",),
        meaning="The derivative of a power in its exponent came out as nan.",
        causes=("nan_power_exponent", "nan_in_forward"),
        finder="nan",
    ),
    Message(
        name="nan_root",
        patterns=(
            r"Function '(?P<function>\w*(?:Sqrt|Pow|(?<!Batch)(?<!Layer)(?<!Group)Norm|Cdist|Pdist|"
            r"PairwiseDistance|Std|Rsqrt|Hypot)\w*Backward\d*)' " + _NAN,
        ),
        meaning="In backward, `{function}` gave nan (not a number): a root, power or norm was differentiated where its "
        "slope is infinite, or got a nan from what follows it.",
        causes=_ROOT,
        finder="nan",
    ),
    Message(
        name="nan_plain",
        patterns=(
            r"Function '(?P<function>(?:torch::autograd::)?(?:GraphRoot|(?:T?Addmm|Mm|Bmm|\w*Convolution\w*|\w*Conv\w*|"
            r"Add|Sub|Mean|Sum|Linear|\w*BatchNorm|\w*LayerNorm|\w*Loss|\w*Loss2D|LogSoftmax|Embedding|Relu|View|"
            r"Unsafe\w*|Transpose|T|Expand|Select|Slice|Cat|Stack|Clone|Copy\w*)Backward\d*))' " + _NAN,
        ),
        meaning="In backward, `{function}` gave nan (not a number). That operation has a finite slope everywhere, so "
        "the nan came in: with the values, or from the operation that follows it.",
        causes=_PLAIN,
        finder="nan",
    ),
    Message(
        name="nan_backward",
        patterns=(r"Function '(?P<function>[\w:]+)' " + _NAN,),
        meaning="In backward, `{function}` gave nan (not a number) where its inputs still had a value. Anomaly mode "
        "stops at the first such operation.",
        causes=_ANY,
        finder="nan",
    ),
    Message(
        name="nan_value",
        patterns=(r"The value that is differentiated is not finite before the backward pass",),
        meaning="The forward pass has already given nan or infinity, so every gradient that follows is nan. The "
        "backward pass is not at fault.",
        causes=("value_not_finite", "nan_in_forward"),
        finder="nan",
    ),
    Message(
        name="anomaly_forward",
        patterns=(
            r"Error detected in (?P<function>\w*(?:Sqrt|Pow|Norm|Log|Div|Acos|Asin|Exp)\w*Backward\d*)\. "
            r"(?:Traceback of forward call|No forward pass information)",
        ),
        meaning="Anomaly mode says that the backward pass failed in `{function}`, and shows the line of the forward "
        "call. The error itself, further down, says how; with this operation it is mostly nan.",
        causes=_ANY,
        finder="nan",
    ),
    Message(
        name="anomaly_forward_of_any",
        patterns=(r"Error detected in (?P<function>\w+)\. (?:Traceback of forward call|No forward pass information)",),
        meaning="Anomaly mode says that the backward pass failed in `{function}`, and shows the line of the forward "
        "call. The error itself, further down, says how.",
        causes=("inplace_saved", "nan_gradient", "nan_in_forward"),
        finder="nan",
    ),
    Message(
        name="clip_nonfinite",
        patterns=(
            r"The total norm (?:of order (?P<order>[\w.]+) )?for gradients (?:from `parameters` )?is non-finite",
            r"total norm .{0,60}non-?finite, so it cannot be clipped",
        ),
        meaning="The gradients are infinite or nan already, so their norm is no number to clip by.",
        causes=("infinite_gradient", "nan_root_at_zero", "nan_in_forward"),
        finder="nan",
    ),
    Message(
        name="probability_range",
        patterns=(
            r"all elements of (?:input|target) should be between 0 and 1",
            r"Assertion [`']?(?:input_val|target_val) >= zero? && (?:input_val|target_val) <= one[`']? failed",
            r"Assertion [`']?input_val >= zero",
        ),
        meaning="binary_cross_entropy got values outside of 0 to 1, or nan.",
        causes=("probability_out_of_range", "nan_in_forward"),
        finder="nan",
    ),
    Message(
        name="distribution_covariance",
        patterns=(
            r"Expected parameter (?P<parameter>\w+) .* to satisfy the constraint PositiveDefinite\(\)",
            r"The parameter (?P<parameter>covariance_matrix|precision_matrix) has invalid values",
        ),
        meaning="The matrix `{parameter}` of a distribution is not positive definite.",
        causes=("cholesky_not_positive", "distribution_nan"),
    ),
    Message(
        name="distribution_parameter",
        patterns=(
            r"Expected parameter (?P<parameter>\w+) .* to satisfy the constraint (?P<constraint>\w+(?:\(.*?\))?), but "
            r"found invalid values",
            r"The parameter (?P<parameter>\w+) has invalid values",
            r"The value argument (?:to log_prob )?must be within the support",
            r"probability tensor contains either [`']?inf[`']?, [`']?nan[`']? or element < 0",
            r"normal expects (?:all elements of )?std(?:eviation)? >= 0\.0",
        ),
        meaning="A distribution got parameters ({parameter}) that it cannot have: nan, infinite, or outside of their "
        "range.",
        causes=("distribution_nan", "nan_in_forward"),
        defaults={"parameter": "such as its probabilities or its scale"},
        finder="nan",
    ),
)
