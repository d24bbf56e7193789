"""The memory of a graph: what each step saves for the backward pass, and what stays alive until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from gradcli.commands.explain.backward import step_names, step_text
from gradcli.meaning.program import Program

if TYPE_CHECKING:
    from gradcli.autograd.saved import Saved, SavedTensor


@dataclass(frozen=True, slots=True)
class Kept:
    """A tensor that a step saves: whose memory it is, its shape, the bytes of that memory, whether they count here.

    of: the name of a step or variable, ``out`` for the step's own value, empty for a tensor that has no name
    """

    of: str
    shape: tuple[int, ...]
    bytes: int
    counted: bool

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        return {"of": self.of, "shape": list(self.shape), "bytes": self.bytes, "counted": self.counted}


@dataclass(frozen=True, slots=True)
class MemoryRow:
    """A step: what its forward pass saves, and what its backward pass saves with ``create_graph=True``."""

    name: str
    text: str
    saves: tuple[Kept, ...]
    backward: tuple[Kept, ...]

    @property
    def bytes(self) -> int:
        """The memory that autograd holds because of this step, what others share with it left out."""
        return sum(kept.bytes for kept in self.saves if kept.counted)

    @property
    def backward_bytes(self) -> int:
        """The same of its backward pass."""
        return sum(kept.bytes for kept in self.backward if kept.counted)

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        return {
            "name": self.name,
            "text": self.text,
            "saves": [kept.to_dict() for kept in self.saves],
            "bytes": self.bytes,
            "backward": [kept.to_dict() for kept in self.backward],
            "backward_bytes": self.backward_bytes,
        }


@dataclass(frozen=True, slots=True)
class Moment:
    """How many bytes autograd holds after a call, beyond those of the inputs; then without the output f, then without
    the gradients; None where there are none, or they are not asked about.
    """

    after: str
    bytes: int
    without_output: int | None = None
    without_gradients: int | None = None

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Memory:
    """What autograd saves, by step and moment; inputs: which of them the graph refers to, and their bytes."""

    steps: tuple[MemoryRow, ...]
    moments: tuple[Moment, ...]
    inputs: tuple[str, ...]
    input_bytes: int
    gradient_bytes: int
    remarks: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        return {
            "steps": [row.to_dict() for row in self.steps],
            "moments": [moment.to_dict() for moment in self.moments],
            "inputs": list(self.inputs),
            "input_bytes": self.input_bytes,
            "gradient_bytes": self.gradient_bytes,
            "remarks": list(self.remarks),
        }


def memory_of(program: Program, found: Saved, wrt: Sequence[str]) -> Memory:
    """The rows of the steps that autograd has recorded, and the moments as a user's program goes through them."""
    names = step_names(program)
    steps = enumerate(program.steps)
    rows = tuple(
        MemoryRow(
            names[k],
            step_text(step, names),
            tuple(_kept(saved, k, names) for saved in found.forward[k]),
            tuple(_kept(saved, k, names) for saved in found.backward[k]),
        )
        for k, step in steps
        if step.op is not None and found.traced[k]
    )
    leaves = {names[k] for k, step in enumerate(program.steps) if step.op is None and step.tree.is_Symbol}
    kept = {saved.of: None for row in rows for saved in (*row.saves, *row.backward) if saved.of in leaves}
    inputs = tuple(kept)
    bare = all(step.op is None for step in program.steps)
    remarks = _remarks(found, inputs, rows) if rows else (BARE if bare else CONSTANT,)
    moments = _moments(found, wrt) if rows else ()
    return Memory(rows, moments, inputs, found.inputs, found.gradients, remarks)


BARE = "There is no operation, so there is no graph: autograd saves nothing."
CONSTANT = "No operation has a graph, because none depends on a variable: autograd saves nothing."


def _kept(saved: SavedTensor, k: int, names: Sequence[str]) -> Kept:
    of = "" if saved.source is None else "out" if saved.source == k else names[saved.source]
    return Kept(of, saved.shape, saved.bytes, saved.counted)


def _moments(found: Saved, wrt: Sequence[str]) -> tuple[Moment, ...]:
    call = f"torch.autograd.grad(f, [{', '.join(wrt)}]"
    moments = (
        Moment("the forward pass", found.after_forward),
        Moment(f"{call})", found.freed),
        Moment(f"{call}, retain_graph=True)", found.retained, found.released),
    )
    if found.refused is not None:
        return moments
    last = Moment(f"{call}, create_graph=True)", found.created, found.without_output, found.without_gradients)
    return (*moments, last)


def _remarks(found: Saved, inputs: Sequence[str], rows: Sequence[MemoryRow]) -> tuple[str, ...]:
    """Why the numbers are what they are, a sentence or two each."""
    saves, again = (any(part) for part in ([row.saves for row in rows], [row.backward for row in rows]))
    made = (_of_inputs(found, inputs), _of_freeing(found, saves), _of_recording(found, again), _of_release(found))
    return tuple(sentence for sentence in made if sentence)


def _of_inputs(found: Saved, inputs: Sequence[str]) -> str:
    if not inputs:
        return ""
    verb, whose = ("are", "theirs") if len(inputs) > 1 else ("is", "its own")
    named = " and ".join(", ".join(inputs).rsplit(", ", 1))
    return f"{named} {verb} saved by reference: the {found.inputs} bytes are {whose}, and are not counted."


def _of_freeing(found: Saved, saves: bool) -> str:
    if found.reusable:
        return "The forward pass saves nothing: the graph can be used again without retain_graph=True."
    if not saves:
        return "The forward pass saves no tensor, only numbers, but a second call fails without retain_graph=True too."
    if found.freed:
        return f"grad and backward free what they pass through; {found.freed} bytes belong to steps beside their way."
    kept = f"the {found.retained} bytes" if found.retained else "the references"
    return f"grad and backward give up what was saved, so that a second call fails; retain_graph=True keeps {kept}."


def _of_recording(found: Saved, again: bool) -> str:
    if found.refused is not None:
        return f"create_graph=True is refused here: {found.refused}"
    if not again:
        return "create_graph=True saves nothing more: the backward pass takes no value that a variable moves."
    more, before = found.created - found.retained, found.retained
    large = 100 * more > before > 0
    times = f", {found.created / before:.3g} times what the forward pass saves" if large else ""
    if not more:
        return "create_graph=True records the backward pass too, which saves nothing but what is held already."
    return (
        "create_graph=True keeps the graph and records the backward pass as another one, whose operations save "
        f"intermediate values of their own: {more} bytes more, {found.created} in all{times}."
    )


def _of_release(found: Saved) -> str:
    if found.refused is not None or not found.created:
        return ""
    left = found.without_output
    if left == found.created:
        return "del f frees none of that: the graph of the gradients leads back through that of f, until they go too."
    if left:
        return (
            f"del f frees {found.created - left} bytes of that; the graph of the gradients holds {left} until they go."
        )
    return "del f frees all of that."
