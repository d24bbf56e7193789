"""The walk backward over the user's source that ``flow`` describes."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace

from gradcli.foreign.script.reading import live
from gradcli.foreign.script.reading.bindings import Binding, Kind, bindings_of, in_comprehension, reaching
from gradcli.foreign.script.reading.calls import Calls
from gradcli.foreign.script.reading.cutting import FACTORIES, SHAPES
from gradcli.foreign.script.reading.flow import (
    AGAIN,
    NOTHING,
    UNKNOWN,
    Cut,
    Flow,
    Leaf,
    Passed,
    Scope,
    cut_off,
    either,
    join,
)
from gradcli.foreign.script.reading.live import MISSING
from gradcli.foreign.script.reading.scopes import (
    bound_in,
    grad_mode_at,
    match_arguments,
    module_scope,
    parameters,
    scope_of_function,
    truth_of,
    value_of,
)
from gradcli.foreign.script.reading.source import dotted, read_source

MOST_STEPS = 4000  # expressions read for one question
DEEPEST = 400  # steps that lie within one another
_FRAMES = 12  # of Python's own that a step may need


class Reader(Calls):
    """One question's walk: what was read is remembered, and it ends after so many steps.

    standing: the scopes of the failure's frames, outermost first
    deep:     also what made a live tensor that requires grad, which is at no fault where a graph is missing
    """

    def __init__(self, standing: list[Scope], *, deep: bool = False) -> None:
        self.standing = standing
        self.deep = deep
        self.steps = 0
        self.depth = 0
        self.seen: dict[tuple[ast.AST, Scope, int | None], Flow] = {}

    def read(self, node: ast.AST | None, scope: Scope, path: int | None = None) -> Flow:
        """The flow of an expression; of its element number ``path`` where that is given."""
        if node is None:
            return NOTHING
        key = (node, scope, path)
        if key in self.seen:
            return self.seen[key]
        self.steps += 1
        if self.steps > MOST_STEPS or self.depth > DEEPEST:
            return UNKNOWN
        self.seen[key] = AGAIN
        with _deeper() if self.depth == 0 else nullcontext():
            self.depth += 1
            flow = self._read(node, scope, path)
            self.depth -= 1
        self.seen[key] = flow
        return flow

    def _read(self, node: ast.AST, scope: Scope, path: int | None) -> Flow:
        if isinstance(node, ast.Name):
            return self._named(node, node.id, scope, path)
        if isinstance(node, ast.Attribute):
            return self._attribute(node, scope, path)
        if isinstance(node, ast.Call):
            return self._switched(node, scope, self.call(node, scope, path))
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            if path is not None and -len(node.elts) <= path < len(node.elts):
                return self.read(node.elts[path], scope)
            return join(self.read(each, scope) for each in node.elts)
        if isinstance(node, ast.BinOp):
            both = join([self.read(node.left, scope), self.read(node.right, scope)])
            return self._switched(node, scope, both)
        if isinstance(node, ast.Compare):
            return self._compare(node, scope)
        if isinstance(node, ast.UnaryOp):
            return self._unary(node, scope)
        if isinstance(node, ast.Subscript):
            return self._subscript(node, scope)
        made_of = either if isinstance(node, ast.IfExp) else join
        return made_of(self.read(each, scope, path) for each in _parts(node, scope))

    # -- operators

    def _switched(self, node: ast.AST, scope: Scope, flow: Flow) -> Flow:
        """The result of an operation: cut off where grad mode was off around it."""
        if flow.tracked is False:
            return flow
        switch = grad_mode_at(node, scope)
        if switch is None or not switch.off:
            return flow
        where = replace(scope, source=switch.source) if switch.source is not scope.source else scope
        of = scope.source.text(node)
        return cut_off(flow, Cut("grad_disabled", switch.node, where, of, flow.tracked, switch.mode, switch.sure))

    def _compare(self, node: ast.Compare, scope: Scope) -> Flow:
        if isinstance(node.ops[0], ast.Is | ast.IsNot | ast.In | ast.NotIn):
            return NOTHING
        both = join(self.read(each, scope) for each in (node.left, *node.comparators))
        return self.cut("non_differentiable_op", node, scope, both, node.left, "comparison")

    def _unary(self, node: ast.UnaryOp, scope: Scope) -> Flow:
        inner = self.read(node.operand, scope)
        if isinstance(node.op, ast.Not):
            return self.cut("non_differentiable_op", node, scope, inner, node.operand, "not")
        return self._switched(node, scope, inner)

    def _subscript(self, node: ast.Subscript, scope: Scope) -> Flow:
        held = value_of(node, scope)
        if live.requires_grad(held) and not self.deep:
            return Flow(True, roots=(scope.source.text(node),))
        index = node.slice
        path = index.value if isinstance(index, ast.Constant) and type(index.value) is int else None
        name = dotted(node.value)
        flow = self.read(node.value, scope, path)
        if not flow.came_from_tracked:  # a table read at places that were computed
            flow = replace(flow, cuts=self.read(index, scope).cuts)
        if name and live.is_tensor(held) and flow.tracked is True:
            return replace(flow, tracked=False)
        return flow

    # -- names

    def _attribute(self, node: ast.Attribute, scope: Scope, path: int | None) -> Flow:
        if node.attr in SHAPES:
            return NOTHING
        owner = value_of(node.value, scope)
        plain = owner is MISSING or live.is_tensor(owner)
        if node.attr == "data" and plain:
            return self.cut("data_attribute", node, scope, self.read(node.value, scope), node.value, "data")
        if node.attr == "grad" and plain:
            return self._gradient(node, scope, owner)
        if node.attr == "indices" and plain:
            return self.cut("non_differentiable_op", node, scope, self.read(node.value, scope), node.value, "indices")
        computed = live.property_of(owner, node.attr)
        inner = scope_of_function(computed, scope.depth + 1) if computed is not None else None
        if inner is not None and parameters(inner.node):
            bound = {**inner.locals, parameters(inner.node)[0]: owner}
            return self.returned(replace(inner, locals=bound, around=grad_mode_at(node, scope)), path)
        if plain or not dotted(node):
            return self.read(node.value, scope, path)
        return self._named(node, dotted(node), scope, path)

    def _gradient(self, node: ast.Attribute, scope: Scope, owner: object) -> Flow:
        """``x.grad``: without a graph unless the backward pass was asked to make one."""
        held = live.attribute(owner, "grad") if owner is not MISSING else MISSING
        if live.requires_grad(held):
            return Flow(True, roots=(scope.source.text(node),))
        if owner is not MISSING and not live.requires_grad(owner):
            return NOTHING  # it has none: nothing was ever differentiated by it
        flow = Flow(True if live.requires_grad(owner) else None, roots=(scope.source.text(node.value),))
        return self.cut("create_graph_missing", node, scope, flow, node.value, "grad attribute")

    def _named(self, node: ast.AST, name: str, scope: Scope, path: int | None) -> Flow:
        """A name, or a chain of attributes: its live value where there is one, and the statements that gave it."""
        held = value_of(node, scope)
        known = live.requires_grad(held if path is None else live.item(held, path))
        if known and not self.deep:
            return Flow(True, roots=(name,))
        if _is_no_value(held):
            return NOTHING
        found = list(self.definitions(node, name, scope))
        passed = tuple(self.arguments(name, node, scope, found))
        whole = [self._of_binding(each, where, path) for each, where in found if each.whole]
        added = [self._of_binding(each, where, path) for each, where in found if not each.whole]
        flow = join(
            [either([*whole, join(self._of_argument(each, path) for each in passed)] if passed else whole), *added]
        )
        if next(live.modules_in(held), None) is not None:
            return self.parameters(held, name, scope, flow)
        nearest = found[0] if found else None
        if known:
            return replace(flow, tracked=True, roots=(name,))
        if known is False and flow.tracked is True:
            flow = self._unexplained(name, nearest, flow)
        if (held is MISSING or type(held) is live.Instance) and not found and not passed:
            flow = UNKNOWN
        if not flow.cuts and flow.tracked is not True:
            flow = self._leaf(name, nearest, flow, scope, held)
        return replace(flow, tracked=False) if known is False else flow

    def _leaf(self, name: str, nearest: tuple[Binding, Scope] | None, flow: Flow, scope: Scope, held: object) -> Flow:
        node, where = nearest[0].node if nearest else None, nearest[1] if nearest else scope
        tensor = next(live.tensors_in(held), None) is not None
        if flow.leaves:  # computed from others; still it may be the one that is trained
            return replace(flow, leaves=(*flow.leaves, Leaf(name, node, where, held, True))) if tensor else flow
        if not tensor and not (nearest and nearest[0].value is not None and makes_tensors(nearest[0].value)):
            return flow
        return replace(flow, leaves=(*flow.leaves, Leaf(name, node, where, held)))

    def _unexplained(self, name: str, nearest: tuple[Binding, Scope] | None, flow: Flow) -> Flow:
        """All that went in requires grad and the live result does not: its own statement cut it."""
        if nearest is None:
            return replace(flow, tracked=False)
        binding, where = nearest
        node = binding.value or binding.node
        of = ", ".join(flow.roots[:3])
        return cut_off(flow, Cut("", node, where, of, True, sure=False, name=name))

    def definitions(self, node: ast.AST, name: str, scope: Scope) -> Iterator[tuple[Binding, Scope]]:
        """The statements that may have given a name its value, the nearest first, each with where it stands."""
        inner = in_comprehension(scope.source, name, node)
        if inner is not None:
            yield inner, scope
            return
        here = reaching(scope.source, scope.node, name, node)
        if here or (isinstance(node, ast.Name) and bound_in(scope, name)):
            yield from ((each, scope) for each in here)
            return
        if isinstance(node, ast.Attribute):
            yield from self._of_class(node, scope)
            return
        yield from self._outside(name, scope)

    def _outside(self, name: str, scope: Scope) -> Iterator[tuple[Binding, Scope]]:
        """A name of an enclosing function, or of the module."""
        if isinstance(scope.node, ast.Module):
            return
        outer = scope.source.scope_of(scope.node)
        if isinstance(outer, ast.Module):
            module = module_scope(scope, self.standing)
        else:
            standing = [each for each in self.standing if each.node is outer]
            module = standing[-1] if standing else Scope(scope.source, outer, scope.globals, scope.locals)
        if not bound_in(module, name):
            yield from self._outside(name, module)
            return
        every = bindings_of(module.node).get(name, ())
        before = [each for each in every if module.stands_at is None or each.after <= module.stands_at]
        for each in reversed(before):
            yield each, module
            if each.whole and not isinstance(scope.source.parents.get(each.node), ast.If | ast.For | ast.While):
                break

    def _of_class(self, node: ast.Attribute, scope: Scope) -> Iterator[tuple[Binding, Scope]]:
        """``self.weights = ...`` in any method of the live object's class; ``config.weights`` of a live module."""
        owner = value_of(node.value, scope)
        if owner is MISSING:
            return
        if type(owner) is type(ast):
            source = read_source(getattr(owner, "__file__", None) or "")
            if source is not None:
                made = Scope(source, source.tree, vars(owner), vars(owner))
                yield from ((each, made) for each in bindings_of(source.tree).get(node.attr, ()))
            return
        for kind in type.mro(owner.kind if type(owner) is live.Instance else type(owner)):
            for method in list(vars(kind).values()):
                behind = live.callee(method) if type(method) is type(_parts) else None
                made_in = scope_of_function(behind.function) if behind is not None else None
                names = parameters(made_in.node) if made_in is not None else []
                if made_in is None or not names:
                    continue
                passed = self._constructed(kind, made_in) if method.__name__ == "__init__" else {}
                bound = replace(made_in, locals={**made_in.locals, names[0]: owner}, passed=passed)
                every = bindings_of(made_in.node).get(f"{names[0]}.{node.attr}", ())
                yield from ((each, bound) for each in every)

    def _constructed(self, kind: type, scope: Scope) -> Mapping[str, tuple[Passed, ...]]:
        """What the one call of a class in its file gives to ``__init__``."""
        calls = [
            node
            for node in ast.walk(scope.source.tree)
            if isinstance(node, ast.Call) and dotted(node.func) == kind.__name__
        ]
        if len(calls) != 1:
            return {}
        around = scope.source.scope_of(calls[0])
        standing = [each for each in self.standing if each.node is around]
        caller = standing[-1] if standing else replace(module_scope(scope, self.standing), node=around)
        behind = live.Callee(kind.__init__, kind)  # type: ignore[misc]  # read, not called; the class fills self
        return match_arguments(calls[0], scope.node, behind, caller)

    def arguments(self, name: str, node: ast.AST, scope: Scope, found: list[tuple[Binding, Scope]]) -> Iterable[Passed]:
        """What the function was called with, where no statement of its own has replaced it."""
        if not isinstance(node, ast.Name) or name not in parameters(scope.node):
            return ()
        if any(each.whole and where is scope and _unconditional(each, where) for each, where in found):
            return ()
        return scope.passed.get(name, ())

    def _of_argument(self, passed: Passed, path: int | None) -> Flow:
        return passed.flow if passed.flow is not None else self.read(passed.node, passed.scope, path)

    def _of_binding(self, binding: Binding, scope: Scope, path: int | None) -> Flow:
        """What a statement gives a name."""
        if binding.value is None:
            return NOTHING
        if binding.kind is Kind.EACH:
            return self._element(binding, scope)
        if binding.kind is Kind.AUGMENT and _is_step(binding.value):
            return NOTHING
        flow = self.read(binding.value, scope, binding.path if binding.path is not None else path)
        if binding.kind is Kind.AUGMENT:
            flow = self._switched(binding.node, scope, flow)
        return _named_by(flow, binding.name)

    def _element(self, binding: Binding, scope: Scope) -> Flow:
        """The name of a loop: an element of what is gone through, or of one of the several that zip goes through."""
        value = binding.value
        if isinstance(value, ast.Call) and binding.path is not None:
            called = dotted(value.func)
            if called == "zip" and binding.path < len(value.args):
                return self.read(value.args[binding.path], scope)
            if called == "enumerate":
                return self.read(value.args[0], scope) if binding.path == 1 and value.args else NOTHING
        return self.read(value, scope)


def _is_step(node: ast.AST) -> bool:
    """``w -= lr * w.grad``: a step of training, which a tensor's graph is not made of."""
    return any(isinstance(each, ast.Attribute) and each.attr == "grad" for each in ast.walk(node))


@contextmanager
def _deeper() -> Iterator[None]:
    """Room for a long chain of steps on Python's stack."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, DEEPEST * _FRAMES + 1000))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _named_by(flow: Flow, name: str) -> Flow:
    """The cuts get the user's name for the result, the innermost name first."""
    if all(cut.name is not None for cut in flow.cuts):
        return flow
    return replace(flow, cuts=tuple(cut if cut.name else replace(cut, name=name) for cut in flow.cuts))


def _unconditional(binding: Binding, scope: Scope) -> bool:
    body = getattr(scope.node, "body", ())
    return isinstance(body, list) and scope.source.statement_of(binding.node) in body


def _is_no_value(held: object) -> bool:
    """Functions, classes and Python modules: no numbers flow through their names."""
    kind = type(held)
    return kind in (type(_parts), type(ast), type(len)) or issubclass(kind, type)


def makes_tensors(node: ast.AST) -> bool:
    """Whether an expression calls one of torch's makers of tensors."""
    for each in ast.walk(node):
        if isinstance(each, ast.Call):
            name = each.func.attr if isinstance(each.func, ast.Attribute) else getattr(each.func, "id", "")
            if name in FACTORIES:
                return True
    return False


def _parts(node: ast.AST, scope: Scope) -> list[ast.AST | None]:
    """The expressions whose values go into the value of a node of another kind."""
    if isinstance(node, ast.IfExp):
        known = truth_of(node.test, scope)
        return [node.body, node.orelse] if known is None else [node.body if known else node.orelse]
    if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp):
        return [node.elt]
    if isinstance(node, ast.DictComp):
        return [node.value]
    if isinstance(node, ast.Dict | ast.BoolOp):
        return list(node.values)
    if isinstance(node, ast.NamedExpr | ast.Starred | ast.Await | ast.Yield | ast.YieldFrom):
        return [node.value]
    return []
