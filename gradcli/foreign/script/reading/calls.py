"""Calls, as the walk backward reads them: what cuts, the user's own functions, modules, and all the rest."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import BuiltinFunctionType, FunctionType
from typing import Any

from gradcli.foreign.script.reading import cutting, live
from gradcli.foreign.script.reading.bindings import Kind, bindings_of
from gradcli.foreign.script.reading.flow import NOTHING, UNKNOWN, Cut, Flow, Leaf, Scope, Switch, cut_off, either, join
from gradcli.foreign.script.reading.live import MISSING
from gradcli.foreign.script.reading.scopes import DEEPEST, grad_mode_at, scope_of_call, truth_of, value_of
from gradcli.foreign.script.reading.source import SCOPES, callee_name, is_false, is_true, keyword

_OFF = ("no_grad", "inference_mode")
_PLAIN = frozenset({"loss", "activation", "pooling", "flatten", "dropout", "padding", "upsampling"})  # no parameters


@dataclass(frozen=True, slots=True, eq=False)
class Called:
    """A call: the name of what is called, and the live object behind it, if any; which element of the result."""

    node: ast.Call
    name: str
    held: Any  # Any: the user's object
    scope: Scope
    path: int | None


class Calls:
    """The reading of calls; ``read`` comes from the walk."""

    def read(self, node: ast.AST | None, scope: Scope, path: int | None = None) -> Flow:
        """The flow of an expression."""
        raise NotImplementedError

    def cut(self, cause: str, node: ast.AST, scope: Scope, flow: Flow, of: ast.AST, detail: str) -> Flow:
        """The value after a step that cuts."""
        return cut_off(flow, Cut(cause, node, scope, scope.source.text(of), flow.tracked, detail))

    def call(self, node: ast.Call, scope: Scope, path: int | None) -> Flow:
        """What a call gives."""
        held = value_of(node.func, scope)
        inlined = self._users_own(node, held, scope, path)
        if inlined is not None:
            return inlined
        for rule in (self._makes, self._numbers, self._cuts, self._discrete, self._derivative, self._by_torch):
            flow = rule(Called(node, called_name(node, held), held, scope, path))
            if flow is not None:
                return flow
        return self._all(node, scope)

    # -- what goes into a call

    def _all(self, node: ast.Call, scope: Scope) -> Flow:
        """All arguments, the receiver of a method, and the user's functions among the arguments."""
        flows = [self.read(each, scope) for each in given_to(node)]
        if isinstance(node.func, ast.Name | ast.Subscript) and value_of(node.func, scope) is MISSING:
            flows.append(self.read(node.func, scope))  # a layer of a list, a function that was handed in
        elif isinstance(node.func, ast.Attribute) and type(value_of(node.func.value, scope)) is live.Instance:
            flows.append(self.read(node.func, scope))  # a layer that the object had
        elif isinstance(node.func, ast.Attribute):
            flows.append(self._receiver(node.func.value, scope))
        elif isinstance(node.func, ast.Call):
            flows.append(self._made_and_called(node, node.func, scope))
        flows += self._callables(node, node, scope)
        return join(flows)

    def _receiver(self, node: ast.expr, scope: Scope) -> Flow:
        held = value_of(node, scope)
        if type(held) is live.Instance:
            return UNKNOWN
        return NOTHING if live.is_module(held) else self.read(node, scope)

    def _callables(self, outer: ast.Call, inner: ast.Call, scope: Scope) -> Iterator[Flow]:
        """A function that was handed to another, as with checkpoint, map or vmap: run on the other arguments."""
        for each in inner.args:
            held = value_of(each, scope) if not isinstance(each, ast.Lambda) else MISSING
            rest = [one for one in outer.args if one is not each]
            call = ast.copy_location(ast.Call(each, rest, []), outer)
            if live.is_module(held):
                yield self._module(call, held, scope)
            elif live.callee(held) is not None:
                flow = self._users_own(call, held, scope, None)
                yield flow if flow is not None else NOTHING

    def _made_and_called(self, node: ast.Call, maker: ast.Call, scope: Scope) -> Flow:
        """``nn.Linear(2, 1)(x)``, ``torch.func.grad(f)(x)``: what is called was made on the spot."""
        kind = value_of(maker.func, scope)
        if _is_layer(kind):
            behind = live.callee(live.attribute(live.Instance(kind), "forward"))
            inner = self.inside(node, behind, scope) if behind is not None else None
            return self.read(maker, scope) if inner is None else self.returned(inner, None)
        return join([self.read(maker, scope), *self._callables(node, maker, scope)])

    # -- the user's own

    def _users_own(self, node: ast.Call, held: Any, scope: Scope, path: int | None) -> Flow | None:
        """The returned expressions of a function of the user's; None where it is not the user's or is a class."""
        if held is MISSING or scope.depth > DEEPEST:
            return None
        if live.is_module(held):
            return self._module(node, held, scope, path)
        behind = live.callee(held)
        if behind is None:
            return None
        inner = self.inside(node, behind, scope)
        return None if inner is None else self.returned(inner, path)

    def inside(self, node: ast.Call, behind: live.Callee, scope: Scope) -> Scope | None:
        """The body that a call runs; None where it has no source of the user's."""
        return scope_of_call(node, behind, scope, self._around(node, scope, behind))

    def _around(self, node: ast.AST, scope: Scope, behind: live.Callee) -> Switch | None:
        mode = next((name for name in behind.under if name in _OFF), None)
        if mode is not None:
            return Switch(mode, True, node, scope.source)
        return grad_mode_at(node, scope)

    def returned(self, scope: Scope, path: int | None) -> Flow:
        """What a function's body gives: one of its returned expressions."""
        if isinstance(scope.node, ast.Lambda):
            return self.read(scope.node.body, scope, path)
        return either(self.read(each, scope, path) for each in returns_of(scope))

    def _module(self, node: ast.Call, held: Any, scope: Scope, path: int | None = None) -> Flow:
        """A live module on its arguments: through the forward of the user's, through children one by one."""
        given = join(self.read(each, scope) for each in given_to(node))
        children = live.own_names(held).get("_modules", {})
        wrapped = children.get("_orig_mod", children.get("module")) if len(children) == 1 else None
        if wrapped is not None:
            return self._module(node, wrapped, scope, path)
        behind = live.callee(held)
        inner = self.inside(node, behind, scope) if behind is not None else None
        if inner is not None:
            return self.returned(inner, path)
        if type(held).__name__ == "Sequential" and children:
            return self._in_a_row(node, list(children.values())[:200], given, scope)
        return self.parameters(held, scope.source.text(node.func), scope, given)

    def _in_a_row(self, node: ast.Call, children: list[Any], flow: Flow, scope: Scope) -> Flow:
        for child in children:
            behind = live.callee(child)
            inner = self.inside(node, behind, scope) if behind is not None else None
            if inner is None:
                flow = self.parameters(child, scope.source.text(node.func), scope, flow)
                continue
            one = {name: (replace(each[0], flow=flow),) for name, each in inner.passed.items()}
            flow = self.returned(replace(inner, passed=one), None)
        return flow

    def parameters(self, module: Any, name: str, scope: Scope, flow: Flow) -> Flow:
        """What a module adds to what goes in: parameters that require grad, or that were frozen."""
        held = [each for one in live.modules_in(module) for each in live.parameters_of(one)]
        if any(live.requires_grad(each) for each in held):
            return join([flow, Flow(True, roots=(name,))])
        if held and flow.tracked is not True:
            return replace(flow, leaves=(*flow.leaves, Leaf(name, None, scope, module)))
        return flow

    # -- what cuts

    def _makes(self, one: Called) -> Flow | None:
        """Makers of tensors that say whether they require grad, and what gives no numbers of its input."""
        node, name, scope = one.node, one.name, one.scope
        wants = keyword(node, "requires_grad")
        if name == "requires_grad_" or (wants is not None and name != "to"):
            asked = wants if wants is not None else next(iter(node.args), None)
            if asked is None or is_true(asked) or truth_of(asked, scope):
                return Flow(True, roots=(scope.source.text(node),))
            if name == "requires_grad_" and is_false(asked) and isinstance(node.func, ast.Attribute):
                of = node.func.value
                return self.cut("parameter_frozen", node, scope, self.read(of, scope), of, "requires_grad_(False)")
        if name == "Parameter":
            return Flow(True, roots=(scope.source.text(node),))
        if _is_layer(one.held):
            plain = one.held.__module__.rpartition(".")[2] in _PLAIN
            return NOTHING if plain else Flow(None, roots=(name,))
        if name in cutting.SHAPE_ONLY and not (name == "type" and node.args):
            return NOTHING
        return None

    def _numbers(self, one: Called) -> Flow | None:
        """Steps that leave torch: numpy arrays and Python's numbers. A detach before them was written for them."""
        node, name, held, scope = one.node, one.name, one.held, one.scope
        method = isinstance(node.func, ast.Attribute)
        if name in cutting.TO_NUMPY or is_numpys(held):
            return self._leaves_torch("numpy_round_trip", node, scope, "numpy")
        if name in cutting.TO_NUMBER and method:
            return self._leaves_torch("python_number", node, scope, name)
        owner = getattr(held, "__module__", None) if type(held) is BuiltinFunctionType else None
        if (name in cutting.NUMBERS and not method) or owner == "math":
            return self._leaves_torch("python_number", node, scope, name)
        return None

    def _leaves_torch(self, cause: str, node: ast.Call, scope: Scope, detail: str) -> Flow:
        flow = self._all(node, scope)
        of: ast.AST = node.func.value if isinstance(node.func, ast.Attribute) and not node.args else node
        if isinstance(of, ast.Call) and of is node and node.args:
            of = node.args[0]
        needed = [cut for cut in flow.cuts if cut.cause in ("detached", "data_attribute") and cut.tracked is not False]
        if flow.tracked is False and needed:
            turned = tuple(
                replace(cut, cause=cause, node=node, scope=scope, detail=detail) if cut in needed else cut
                for cut in flow.cuts
            )
            return replace(flow, cuts=turned)
        if flow.cuts and flow.tracked is False and flow.cuts[-1].cause == cause:
            return flow  # from numpy to numpy, from a number to a number
        return self.cut(cause, node, scope, flow, of, detail)

    def _cuts(self, one: Called) -> Flow | None:
        node, name, scope = one.node, one.name, one.scope
        if name in cutting.DETACHED:
            of = (
                node.func.value
                if isinstance(node.func, ast.Attribute) and not node.args
                else next(iter(node.args), node)
            )
            return self.cut("detached", node, scope, self.read(of, scope), of, name)
        if not node.args or (name not in cutting.REBUILT and name not in cutting.REBUILT_OF_LISTS):
            return None
        of = node.args[0]
        flow = self.read(of, scope)
        if name in cutting.REBUILT_OF_LISTS and not is_list(of, scope):
            return flow
        return self.cut("tensor_rebuilt", node, scope, flow, of, name)

    def _discrete(self, one: Called) -> Flow | None:
        node, name, scope, path = one.node, one.name, one.scope, one.path
        first: ast.AST | None = node.func.value if isinstance(node.func, ast.Attribute) else next(iter(node.args), None)
        if first is not None and live.torch() is not None and value_of(first, scope) in _spaces():
            first = next(iter(node.args), None)
        if first is None:
            return None
        second = name in cutting.SECOND_IS_INDEX and path == 1
        cast = name in cutting.CASTS and any(_is_discrete(each) for each in given_to(node))
        draws = name == "sample" and self._is_distribution(first, scope)
        if name in cutting.DISCRETE or second or cast or draws:
            detail = f"{name} indices" if second else "cast" if cast else "sample" if draws else name
            cause = "sampled" if draws or name == "multinomial" else "non_differentiable_op"
            return self.cut(cause, node, scope, self.read(first, scope), first, detail)
        if name in cutting.UNIMPLEMENTED:
            return self.cut("derivative_unimplemented", node, scope, self.read(first, scope), first, name)
        return None

    def _is_distribution(self, node: ast.AST, scope: Scope) -> bool:
        held = value_of(node.func if isinstance(node, ast.Call) else node, scope)
        if held is MISSING:
            return True
        kind = held if issubclass(type(held), type) else type(held)
        return any(each.__module__.startswith("torch.distributions") for each in type.mro(kind))

    def _derivative(self, one: Called) -> Flow | None:
        """``torch.autograd.grad`` within what is differentiated again."""
        node, held, scope = one.node, one.held, one.scope
        grad = getattr(getattr(live.torch(), "autograd", None), "grad", None)
        if grad is None or held is not grad or not node.args:
            return None
        outputs = self.read(node.args[0], scope)
        flow = Flow(True, roots=outputs.roots) if outputs.tracked is not False else outputs
        wants = keyword(node, "create_graph")
        if wants is not None and truth_of(wants, scope) is not False and not is_false(wants):
            return flow
        return self.cut("create_graph_missing", node, scope, flow, node.args[0], "autograd.grad")

    def _by_torch(self, one: Called) -> Flow | None:
        """Functions of torch's whose arguments do not all count: ``where``, ``checkpoint``."""
        node, name, scope = one.node, one.name, one.scope
        if name == "where" and len(node.args) == 3:
            chosen = join(self.read(each, scope) for each in node.args[1:])
            if chosen.came_from_tracked:
                return chosen
            return replace(chosen, cuts=self.read(node.args[0], scope).cuts)
        if name == "checkpoint" and len(node.args) > 1:
            inside = self._all(node, scope)
            given = join(self.read(each, scope) for each in node.args[1:])
            wants = keyword(node, "use_reentrant")
            if inside.tracked is not False and given.tracked is False and (wants is None or is_true(wants)):
                return self.cut("checkpoint_inputs", node, scope, inside, node.args[1], "checkpoint")
            return inside
        return None


def _is_layer(kind: Any) -> bool:
    """A class of torch modules."""
    module = getattr(getattr(live.torch(), "nn", None), "Module", None)
    return module is not None and isinstance(kind, type) and module in type.mro(kind)


def called_name(node: ast.Call, held: Any) -> str:
    """The name by which torch knows what is called, whatever the user has imported it as."""
    if type(held) in (FunctionType, BuiltinFunctionType):
        return str(held.__name__)
    return callee_name(node)


def given_to(node: ast.Call) -> list[ast.expr]:
    """All arguments of a call."""
    return [*node.args, *(each.value for each in node.keywords)]


def is_numpys(held: Any) -> bool:
    """A function of numpy's."""
    numpy = sys.modules.get("numpy")
    if numpy is None or held is MISSING:
        return False
    if type(held) is numpy.ufunc:
        return True
    plain = type(held) in (FunctionType, BuiltinFunctionType) or hasattr(type(held), "_implementation")
    return plain and str(getattr(held, "__module__", "")).split(".")[0] == "numpy"


def _spaces() -> list[Any]:
    torch = live.torch()
    return [torch, torch.nn.functional, torch.special, torch.linalg, torch.Tensor]


def is_list(node: ast.AST, scope: Scope) -> bool:
    """Whether an expression is a list or tuple: by its form, by the live value, or by what its name was given."""
    if isinstance(node, ast.List | ast.Tuple | ast.ListComp) or type(value_of(node, scope)) in (list, tuple):
        return True
    given = bindings_of(scope.node).get(node.id, ()) if isinstance(node, ast.Name) else ()
    return any(each.kind is Kind.INTO or isinstance(each.value, ast.List | ast.ListComp) for each in given)


def _is_discrete(node: ast.expr) -> bool:
    """``torch.long``, ``int``, ``torch.LongTensor``."""
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return name in cutting.DISCRETE_DTYPES or name in ("LongTensor", "IntTensor", "BoolTensor", "ByteTensor")


def returns_of(scope: Scope) -> list[ast.expr]:
    """The expressions that a function gives back, of the branches that live values do not rule out."""
    found, waiting = [], list(getattr(scope.node, "body", ()))
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.Return | ast.Yield | ast.YieldFrom) and node.value is not None:
            found.append(node.value)
        if isinstance(node, SCOPES):
            continue
        if isinstance(node, ast.If):
            known = truth_of(node.test, scope)
            waiting += [*(node.body if known is not False else ()), *(node.orelse if known is not True else ())]
        else:
            waiting += ast.iter_child_nodes(node)
    return found
