"""The user's own autograd.Function, and operations without a derivative: the class, its return, or the call."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from gradcli.foreign.script.failure import Edit, Failure, Finding
from gradcli.foreign.script.reading import live
from gradcli.foreign.script.reading.asked import asked
from gradcli.foreign.script.reading.edits import after, replaced
from gradcli.foreign.script.reading.flow import Scope
from gradcli.foreign.script.reading.scopes import value_of
from gradcli.foreign.script.reading.source import (
    FunctionNode,
    Source,
    callee_name,
    dotted,
    end,
    function_of_code,
    read_source,
    start,
)
from gradcli.foreign.script.reading.standing import Found, calls_named, found_at, nearest
from gradcli.foreign.script.users import Whose, whose

_PREFIXES = ("linalg_", "special_", "fft_", "_")
_ALIASES = {"igamma": "gammainc", "igammac": "gammaincc", "mvlgamma": "multigammaln", "standard_gamma": "sample"}


def find(failure: Failure) -> Finding | None:
    """What the row's first cause is looked for by; None where the raising line is all there is to say."""
    causes = failure.recognised.causes
    look = _LOOKS.get(causes[0].name) if causes else None
    return None if look is None else look(failure, causes[0].name)


# -- the user's classes


def _classes() -> Iterator[type]:
    """All subclasses of torch.autograd.Function that the user's files define."""
    torch = live.torch()
    waiting = [torch.autograd.Function] if torch is not None else []
    seen = set[type]()
    while waiting:
        for each in type.__subclasses__(waiting.pop()):
            if each not in seen:
                seen.add(each)
                waiting.append(each)
                if any(_code(each, name) is not None for name in ("forward", "backward", "vjp")):
                    yield each


def _code(owner: type, name: str) -> Any:  # Any: a code object or None
    """The code of a method that a class defines itself, where it is the user's."""
    held = owner.__dict__.get(name)
    function: Any = getattr(held, "__func__", held)
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    code = getattr(function, "__code__", None)
    return code if code is not None and whose(code.co_filename) is Whose.USER else None


def _method(owner: type, *names: str) -> tuple[FunctionNode, Source] | None:
    """The source of the first of these methods."""
    for name in names:
        code = _code(owner, name)
        source = read_source(code.co_filename) if code is not None else None
        node = function_of_code(source, code) if source is not None else None
        if source is not None and isinstance(node, FunctionNode):
            return node, source
    return None


def _chosen(failure: Failure, fits: Callable[[type], bool]) -> tuple[type, bool] | None:
    """The class that the error is about, and whether no other could be: the one named in the message or on a line."""
    every = [each for each in _classes() if fits(each)]
    name = failure.recognised.parts.get("op", "").rstrip("0123456789").removesuffix("Backward")
    named = [each for each in every if each.__name__ == name]
    if named:
        return named[0], len(named) == 1
    lines = [read_source(frame.code.co_filename) for frame in failure.frames]
    texts = [s.line(frame.line) for s, frame in zip(lines, failure.frames, strict=True) if s is not None]
    beside = [each for each in every if any(each.__name__ in text for text in texts)]
    chosen = beside or every
    return (chosen[0], len(chosen) == 1) if chosen else None


def _class_of(owner: type) -> Found | None:
    """The class statement."""
    method = _method(owner, "forward", "backward", "vjp")
    if method is None:
        return None
    node, source = method
    outer = next((each for each in source.above(node) if isinstance(each, ast.ClassDef)), None)
    return None if outer is None else Found(outer, Scope(source, source.tree, {}))


# -- what is wrong with them


def returned(failure: Failure, cause: str) -> Finding | None:
    """The return statement of backward that gives the wrong gradients."""
    chosen = _chosen(failure, lambda each: _method(each, "backward", "vjp") is not None)
    method = _method(chosen[0], "backward", "vjp") if chosen else None
    if chosen is None or method is None:
        return None
    owner, certain = chosen
    node, source = method
    returns = [each for each in ast.walk(node) if isinstance(each, ast.Return) and source.scope_of(each) is node]
    got = failure.recognised.parts.get("got", "")
    fitting = [each for each in returns if got.isdigit() and _count(each.value) == int(got)] or returns
    if not fitting:
        return Found(node, Scope(source, source.tree, {})).finding(
            failure, cause, f"`{owner.__name__}.backward` has no return statement.", certain=certain
        )
    statement = fitting[-1]
    scope = Scope(source, source.tree, {})
    says = f"This is what `{owner.__name__}.backward` returns."
    edit = _with_nones(failure, owner, statement, source) if got.isdigit() else _transposed(failure, statement, source)
    one = Found(statement, scope)
    return one.finding(failure, cause, says, variable=owner.__name__, certain=certain, edit=edit)


def _count(value: ast.expr | None) -> int | None:
    """How many gradients a return statement gives, as far as its text tells."""
    if isinstance(value, ast.Tuple):
        return None if any(isinstance(each, ast.Starred) for each in value.elts) else len(value.elts)
    return None if value is None or isinstance(value, ast.Name | ast.Call) else 1


def _with_nones(failure: Failure, owner: type, statement: ast.Return, source: Source) -> Edit | None:
    """None for each input that has no gradient yet; to be tried where those inputs are no tensors."""
    parts = failure.recognised.parts
    expected, got = parts.get("expected", ""), int(parts["got"])
    if not expected.isdigit() or int(expected) <= got or statement.value is None:
        return None
    more = ", None" * (int(expected) - got)
    value, behind = statement.value, end(statement)
    line = source.line(behind[0]).encode()
    inside = isinstance(value, ast.Tuple) and line[start(value)[1] : start(value)[1] + 1] == b"("
    where = (behind[0], end(value)[1] - 1) if inside else behind
    return replaced(source, where, where, more, mechanical=_constants(failure, owner, got))


def _constants(failure: Failure, owner: type, first: int) -> bool:
    """Whether the arguments of ``apply`` from this one on are known, and none is a tensor that requires grad."""
    for frame_call in calls_named(failure, {"apply"}):
        node = frame_call.node
        if isinstance(node, ast.Call) and dotted(node.func).split(".")[-2:-1] == [owner.__name__]:
            one = asked(failure)
            scope = one.scopes[0] if one is not None else frame_call.scope
            given = [value_of(each, scope) for each in node.args[first:]]
            return all(each is not live.MISSING and not live.requires_grad(each) for each in given)
    return False


def _transposed(failure: Failure, statement: ast.Return, source: Source) -> Edit | None:
    """The transpose of a gradient whose two sizes are exchanged: a proposal, since only the shapes speak for it."""
    parts = failure.recognised.parts
    sizes = [[int(n) for n in _digits(parts.get(name, ""))] for name in ("got", "expected")]
    index = parts.get("index", "")
    value = statement.value
    if len(sizes[0]) != 2 or sizes[0] != sizes[1][::-1] or not index.isdigit() or value is None:
        return None
    given = value.elts if isinstance(value, ast.Tuple) else [value]
    return after(source, given[int(index)], ".T", mechanical=False) if int(index) < len(given) else None


def _digits(text: str) -> list[str]:
    return "".join(ch if ch.isdigit() else " " for ch in text).split()


def _as_class(failure: Failure, cause: str) -> Finding | None:
    """The class that lacks what is asked of it."""
    lacks, says = _LACKS[cause]
    chosen = _chosen(failure, lacks)
    place = _class_of(chosen[0]) if chosen else None
    if chosen is None or place is None:
        return None
    name = chosen[0].__name__
    return place.finding(failure, cause, says.format(name=name), variable=name, certain=chosen[1])


def _own(owner: type, name: str) -> bool:
    """Whether a class, or a parent of it that is no torch class, defines a method."""
    return any(name in each.__dict__ for each in owner.__mro__ if not each.__module__.startswith("torch."))


def once_differentiable(failure: Failure, cause: str) -> Finding | None:
    """The decorator that forbids a second derivative."""
    found = []
    for owner in _classes():
        method = _method(owner, "backward", "vjp")
        if method is not None and not isinstance(method[0], ast.Lambda):
            marks = [each for each in method[0].decorator_list if dotted(each).endswith("once_differentiable")]
            found += [(owner, mark, method[1]) for mark in marks]
    if not found:
        return None
    owner, mark, source = found[0]
    line = source.line(mark.lineno)
    alone = line.strip() == f"@{dotted(mark)}"
    edit = Edit(source.file, mark.lineno, line, "", mechanical=True) if alone else None
    says = f"`{owner.__name__}.backward` is marked with once_differentiable here, and is differentiated a second time."
    scope = Scope(source, source.tree, {})
    certain = len(found) == 1
    return Found(mark, scope).finding(failure, cause, says, variable=owner.__name__, certain=certain, edit=edit)


def _without_derivative(failure: Failure, cause: str) -> Finding | None:
    """The user's call of the operation that has no derivative."""
    op = failure.recognised.parts.get("op", "").partition(":")[0]
    names = _spellings(op)
    if failure.trace is not None:
        record = next((each for each in failure.trace.records() if each.name in names), None)
        there = found_at(record.spot.file, record.spot.line) if record is not None else None
        if there is not None:
            says = f"`{there.scope.source.text(there.node)}` calls {op}, which has no derivative."
            return there.finding(failure, cause, says)
    calls = calls_named(failure, names)
    one = nearest(failure, calls)
    if one is None or not isinstance(one.node, ast.Call):
        return None
    order = "second derivative" if op.endswith("backward") else "derivative"
    says = f"`{one.scope.source.text(one.node)}` calls {callee_name(one.node)}, which has no {order} here."
    return one.finding(failure, cause, says)


def _spellings(op: str) -> set[str]:
    """Names under which people call an operation that torch names for its inside: ``cdist`` for ``_cdist_backward``."""
    names = {op, op.rstrip("0123456789_")}
    names |= {name.removesuffix("_backward").removesuffix("_double") for name in names}
    for prefix in _PREFIXES:
        names |= {name.removeprefix(prefix) for name in names}
    return names | {_ALIASES[name] for name in names if name in _ALIASES}


def _method_call(failure: Failure, cause: str) -> Finding | None:
    """The call on ctx that saves or marks the wrong thing, in the class that was applied."""
    name = _CALLS[cause]
    chosen = _chosen(failure, lambda each: bool(_calls_in(each, name)))
    found = _calls_in(chosen[0], name) if chosen else []
    if chosen is None or not found:
        return None
    owner = chosen[0].__name__
    says = f"`{found[0].scope.source.text(found[0].node)}` stands in {owner}."
    return found[0].finding(failure, cause, says, variable=owner, certain=chosen[1])


def _calls_in(owner: type, name: str) -> list[Found]:
    """Calls of a method of ctx in forward and setup_context."""
    methods = [_method(owner, each) for each in ("setup_context", "forward", "backward")]
    return [
        Found(node, Scope(source, source.tree, {}))
        for found, source in (each for each in methods if each is not None)
        for node in ast.walk(found)
        if isinstance(node, ast.Call) and callee_name(node) == name
    ]


_LACKS: dict[str, tuple[Callable[[type], bool], str]] = {
    "function_not_transformable": (
        lambda each: not _own(each, "setup_context"),
        "`{name}` has no setup_context: its forward takes ctx itself, and torch.func needs the two apart.",
    ),
    "function_legacy": (
        lambda each: not isinstance(each.__dict__.get("forward"), staticmethod),
        "`{name}.forward` is an ordinary method here; it has to be a static one that takes ctx first.",
    ),
    "function_vmap_missing": (
        lambda each: not _own(each, "vmap") and not getattr(each, "generate_vmap_rule", False),
        "`{name}` has neither a vmap method nor `generate_vmap_rule = True`.",
    ),
    "function_jvp_missing": (
        lambda each: not _own(each, "jvp"),
        "`{name}` has no jvp method, which forward mode needs.",
    ),
}
_CALLS = {
    "function_save_type": "save_for_backward",
    "function_saved_alias": "save_for_backward",
    "function_dirty_not_returned": "mark_dirty",
    "function_dirty_view": "mark_dirty",
}
_LOOKS: dict[str, Callable[[Failure, str], Finding | None]] = {
    **dict.fromkeys(("function_gradient_count", "function_gradient_shape", "function_gradient_type"), returned),
    **dict.fromkeys(("function_gradient_for_constant", "function_gradient_dtype"), returned),
    **dict.fromkeys(_LACKS, _as_class),
    "once_differentiable": once_differentiable,
    "derivative_unimplemented": _without_derivative,
    "double_backward_missing": _without_derivative,
    **dict.fromkeys(_CALLS, _method_call),
}
