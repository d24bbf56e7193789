"""The record of ``--trace``: who made a tensor, who changed it, and that the script does not feel it."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from gradcli.foreign.script.record.memory import Memory
from gradcli.foreign.script.record.recorder import Recorder
from gradcli.foreign.script.record.trace import Trace, recording
from gradcli.foreign.script.record.watching import watching


def here() -> int:
    return sys._getframe(1).f_lineno


def test_maker_names_the_call_the_line_and_the_inputs_as_they_were() -> None:
    with recording() as trace:
        x = torch.ones(3, requires_grad=True)
        y = torch.sigmoid(x * 2)
        line = here() - 1
    record = trace.maker(y)
    assert record is not None
    assert (record.name, record.spot.line, record.spot.file) == ("sigmoid", line, __file__)
    assert [state.grad_fn for state in record.inputs] == ["MulBackward0"]
    assert record.outputs[0].shape == (3,)
    assert record.outputs[0].dtype is torch.float32
    assert [one.name for one in trace.history(y)] == ["sigmoid", "mul", "ones"]
    assert trace.node(y.grad_fn) is record
    assert y.grad_fn is not None
    assert trace.node(y.grad_fn.next_functions[0][0]).name == "mul"


def test_changes_tell_each_write_in_place_of_a_tensor_and_its_views() -> None:
    with recording() as trace:
        x = torch.ones(2, 3)
        x += 1
        x[0] = 5
        x.t().mul_(2)
        nn.functional.relu(x, inplace=True)
        torch.add(x, 1, out=x)
        x.detach().zero_()
        with torch.no_grad():
            view = x[1]
        view.sub_(1)
    assert [(one.record.name, one.version) for one in trace.changes(x)] == [
        ("add_", 1),
        ("__setitem__", 2),
        ("mul_", 3),
        ("relu", 4),
        ("add", 5),
        ("zero_", 6),
        ("sub_", 7),
    ]
    assert trace.changes(x.clone()) == ()
    assert x._version == 7


def test_an_optimizers_step_is_one_call_that_changes_the_parameters() -> None:
    net = nn.Linear(2, 1)
    optimizer = torch.optim.Adam(net.parameters())
    with recording() as trace:
        net(torch.ones(4, 2)).sum().backward()
        optimizer.step()
        line = here() - 1
    (step,) = trace.calls("step")
    assert step.spot.line == line
    assert step.options["optimizer"] == "Adam"
    assert [change.record for change in trace.changes(net.weight)] == [step]
    assert next(trace.records()) is step


def test_a_step_that_raises_leaves_the_next_one_right() -> None:
    weight = torch.ones(1, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=0.1)

    def closure() -> float:
        raise ValueError

    with recording() as trace:
        with pytest.raises(ValueError):
            optimizer.step(closure)
        weight.grad = torch.ones(1)
        optimizer.step()
    assert len(trace.calls("step")) == 1


def test_numbers_and_arrays_remember_the_tensor_that_they_came_from() -> None:
    with recording() as trace:
        x = torch.rand(4, requires_grad=True)
        array = x.detach().numpy()
        back = torch.from_numpy(array[1:])
        number = x.sum().item()
        again = torch.tensor([number])
        clipped = torch.from_numpy(np.clip(x.detach().numpy(), 0, 1))
    assert trace.source(array).name == "numpy"
    assert trace.source(number).name == "item"
    assert [one.name for one in trace.history(back)] == ["from_numpy", "numpy", "detach", "rand"]
    assert [one.name for one in trace.history(again)] == ["tensor", "item", "sum", "rand"]
    lost = trace.maker(clipped)
    assert trace.inputs(lost) == ()
    assert [one.name for one in trace.likely_sources(lost)] == ["numpy"]
    assert trace.source(1.5) is None


def test_backward_and_grad_are_recorded_with_their_flags_and_their_failure() -> None:
    with recording() as trace:
        x = torch.ones(2, requires_grad=True)
        loss = (x**2).sum()
        loss.backward(retain_graph=True)
        torch.autograd.grad(loss, x)
        with pytest.raises(RuntimeError):
            loss.backward()
    first, second, third = trace.calls("backward", "grad")
    assert (first.name, first.options["retain_graph"], first.error) == ("backward", True, "")
    assert second.name == "grad"
    assert third.error == "RuntimeError"
    assert trace.last is third
    assert third.inputs[0].number == trace.number(loss)


def test_modes_and_flags_are_told() -> None:
    with recording() as trace:
        x = torch.ones(2)
        x.requires_grad = True
        with torch.no_grad():
            y = x * 2
        with torch.inference_mode():
            z = x * 2
        w = x.data
    assert trace.calls(".requires_grad=")[0].options == {"requires_grad": True}
    assert trace.maker(y).grad_mode is False
    assert trace.maker(z).inference_mode is True
    assert trace.maker(z).outputs[0].version is None
    assert trace.maker(w).name == ".data"


def test_nothing_is_kept_alive_and_the_memory_is_bounded() -> None:
    memory = Memory(calls=50)
    trace = Trace(memory)
    with watching(memory):
        x = torch.ones(2, requires_grad=True)
        lost = weakref.ref(x * 2)
        assert lost() is None
        total = torch.zeros(())
        for _ in range(500):
            total = total + (x * 2).sum()
    assert len(memory.ring) == 50
    assert len(memory.makers) < 60
    assert trace.maker(x).name == "ones"
    assert trace.maker(total).name == "add"
    node = weakref.ref(total)
    del total
    gc.collect()
    assert node() is None


class Doubles(TorchFunctionMode):
    def __torch_function__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        return result * 2 if function is torch.ones_like else result


class Named(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if function is torch.Tensor.shape.__get__:
            raise RuntimeError("nobody looks at me")
        return super().__torch_function__(function, types, args, kwargs)


def test_it_works_beside_the_users_own_modes_and_subclasses() -> None:
    with recording() as trace:
        with Doubles():
            y = torch.ones_like(torch.zeros(2))
        z = torch.ones(2).as_subclass(Named) + 1
    assert y.tolist() == [2.0, 2.0]
    assert trace.maker(z).name == "add"
    assert trace.missed == 0


def test_it_works_beside_torch_func() -> None:
    with recording() as trace:
        gradient = torch.func.grad(lambda x: (x**2).sum())(torch.ones(3))
        rows = torch.func.vmap(lambda x: x.sin().sum())(torch.ones(2, 3))
        hessian = torch.func.hessian(lambda x: (x**3).sum())(torch.ones(2))
    assert gradient.tolist() == [2.0, 2.0, 2.0]
    assert rows.shape == (2,)
    assert hessian.tolist() == [[6.0, 0.0], [0.0, 6.0]]
    assert trace.missed == 0


def test_a_mode_that_the_script_leaves_behind_stays() -> None:
    mode = Doubles()
    with recording():
        mode.__enter__()
    try:
        assert torch.ones_like(torch.zeros(1)).item() == 2.0
        assert torch._C._len_torch_function_stack() == 1
    finally:
        mode.__exit__(None, None, None)


def test_after_the_block_torch_is_as_before() -> None:
    before = torch.from_numpy, torch._C._len_torch_function_stack()
    with recording() as trace:
        pass
    x = torch.ones(1)
    optimizer = torch.optim.SGD([x.requires_grad_()], lr=0.1)
    optimizer.step()
    assert (torch.from_numpy, torch._C._len_torch_function_stack()) == before
    assert list(trace.records()) == []


def test_what_goes_wrong_in_the_recorder_is_counted_and_does_not_reach_the_script(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> None:
        raise ValueError

    monkeypatch.setattr(Recorder, "_read", broken)
    with recording() as trace:
        y = torch.ones(2) + 1
    assert y.tolist() == [2.0, 2.0]
    assert trace.missed > 0
    assert trace.maker(y) is None


def test_a_write_is_found_although_its_tensor_is_gone() -> None:
    with recording() as trace:
        x = torch.ones(3, requires_grad=True)
        y = x.exp()
        made = trace.maker(y)
        y += 1
        line = here() - 1
        del y
        z = x * 2
    assert made is not None
    write = trace.changed_after(made.outputs[0].counter, made.order)
    assert write is not None
    assert (write.name, write.spot.line) == ("add_", line)
    assert trace.changed_after(made.outputs[0].counter, write.order) is None
    assert trace.changes(z) == ()


def test_other_threads_run_on_unwatched() -> None:
    found: list[torch.Tensor] = []
    with recording() as trace:
        thread = threading.Thread(target=lambda: found.append(torch.ones(2) * 3))
        thread.start()
        thread.join()
    assert found[0].tolist() == [3.0, 3.0]
    assert list(trace.records()) == []


def test_torch_jit_traces_the_same_graph() -> None:
    def function(x: torch.Tensor) -> torch.Tensor:
        return x.reshape(x.shape[0] * 2) + 1

    def operations() -> list[str]:  # without the places that stand beside them
        text = str(torch.jit.trace(function, torch.ones(2, 2)).graph)
        return [line.partition(" # ")[0] for line in text.splitlines()]

    plain = operations()
    with recording():
        assert operations() == plain


IMPORTS = """
import sys
from gradcli.foreign.script.record.trace import recording
with recording() as trace:
    assert "torch" not in sys.modules
    import json
    if len(sys.argv) > 1:
        import torch
        x = torch.ones(2) * 3
        print(trace.maker(x))
print("torch" in sys.modules)
"""


@pytest.mark.parametrize(("arguments", "loaded"), [((), "False"), (("torch",), "True")])
def test_the_scripts_own_import_of_torch_starts_it(arguments: tuple[str, ...], loaded: str, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(IMPORTS)
    done = subprocess.run([sys.executable, str(script), *arguments], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == loaded
    assert ("name='mul'" in done.stdout) is bool(arguments)


COMPILED = """
import torch
from gradcli.foreign.script.record.trace import recording
with recording() as trace:
    @torch.compile(backend="eager", fullgraph=True)
    def f(x):
        return (torch.sin(x) * 2).sum()
    x = torch.ones(3, requires_grad=True)
    y = f(x) * 2
    y.backward()
print([record.name for record in trace.records()][::-1], x.grad.shape, trace.missed)
"""


def test_it_steps_aside_for_compiled_functions(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(COMPILED)
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "['ones', 'mul', 'backward'] torch.Size([3]) 0"


FORKED = """
import torch
from torch.utils.data import DataLoader, Dataset
from gradcli.foreign.script.record.trace import recording
class Ten(Dataset):
    def __len__(self): return 10
    def __getitem__(self, i):
        last = trace.last
        row = torch.full((2,), float(i))
        assert trace.last is last
        return row
with recording() as trace:
    rows = [batch.sum().item() for batch in DataLoader(Ten(), batch_size=5, num_workers=2)]
print(rows, trace.missed)
"""


def test_workers_of_a_loader_go_on_unwatched(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(FORKED)
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[20.0, 70.0] 0"
