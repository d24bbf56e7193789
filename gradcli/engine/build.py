"""From formulas to the function of a compiled kernel: out of the cache, or by the system's compiler, and then tried."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import gradcli
from gradcli.base.errors import MissingError
from gradcli.engine import bare, first_call, hung
from gradcli.engine.bounded import Limits, TimeUpError
from gradcli.engine.c_source import c_source
from gradcli.engine.cache import Cache, fresh
from gradcli.engine.compiler import Compiler, found
from gradcli.engine.formulas import Formulas
from gradcli.engine.kernel import Kernel


def built(formulas: Formulas, torch: Kernel, cache: Cache | None, limits: Limits | None = None) -> bare.Function:
    """The function that computes these formulas.

    torch: the kernel that has the word where there is no number
    cache: where it may be, and is kept; None for none
    Errors: LimitError for an operation without a C meaning; MissingError, why there is no library that can be trusted.
    """
    text, limits = c_source(formulas), limits or Limits()
    compiler = found(cache, limits)
    ways = list(compiler.ways(text, gradcli.__version__))
    kept = next((path for _, key in ways if cache and (path := cache.find(key))), None)
    if kept is not None:
        try:
            return bare.opened(str(kept))
        except (OSError, AttributeError, ValueError):
            kept.unlink(missing_ok=True)  # it was tried: the system is another one now, or it was just removed
    with fresh(cache) as folder:
        made, key = _compiled(compiler, text, ways, folder, limits, cache)
        first_call.check(made, formulas, torch, folder, limits)
        return _opened(cache.keep(key, made.read_bytes()) or made if cache else made)


def _compiled(
    compiler: Compiler,
    text: str,
    ways: list[tuple[tuple[str, ...], str]],
    folder: Path,
    limits: Limits,
    cache: Cache | None,
) -> tuple[Path, str]:
    """The library and its key. Errors: MissingError where there is none."""
    reason, whole = "", f"{compiler.file}\0{ways[0][1]}"
    hung.require_ends(cache, whole)
    for options, key in ways:
        try:
            with hung.remembering(cache, whole, "for this formula"):
                ended = compiler.compiled(text, options, folder, limits)
        except TimeUpError:
            _try_empty(compiler, options, folder, limits, cache)
            raise
        if ended.code == 0:
            made = folder / compiler.MADE
            if made.is_symlink() or not made.is_file():
                raise MissingError(f"{compiler.name} says that it succeeded, but has written no library")
            return made, key
        reason = ended.reason
        if ended.code < 0:  # ended by a signal; otherwise it may not know an option
            break
    raise MissingError(f"{compiler.name} failed ({reason})")


def _try_empty(compiler: Compiler, options: tuple[str, ...], folder: Path, limits: Limits, cache: Cache | None) -> None:
    """Whether it hangs at each text: remembered, where it does at one in which nothing is."""
    shorter = replace(limits, seconds=max(limits.seconds // 6, 1))
    with suppress(MissingError), hung.remembering(cache, compiler.file, "for an empty text"):
        compiler.compiled("", options, folder, shorter)


def _opened(library: Path) -> bare.Function:
    try:
        return bare.opened(str(library))
    except (OSError, AttributeError, ValueError) as error:
        raise MissingError(f"the compiled kernel cannot be loaded: {error}") from None
