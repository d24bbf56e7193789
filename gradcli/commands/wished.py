"""Whether a derivation is asked for beside a derivative, and in which detail; it is made where it is asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from gradcli.base.errors import LimitError, UsageError
from gradcli.base.wording import either, option
from gradcli.commands.derived import NORMAL, detail_of
from gradcli.commands.results import Result
from gradcli.inputs.symbolic import Given
from gradcli.inputs.wanted import Manner


@dataclass(frozen=True, slots=True)
class Wish:
    """Is a derivation asked for, and in which detail?"""

    asked: bool = False
    detail: str = NORMAL

    @classmethod
    def of(cls, derivation: bool, detail: str | None, **others: Any) -> Wish:  # Any: options' values
        """Errors: UsageError for a detail of none, and for other options that ask for something else."""
        if detail is not None and not derivation:
            hint = f"add {either('--derivation', 'derivation=True')}"
            raise UsageError(f"{option('detail')} is of a derivation", hint=hint)
        for name, value in others.items() if derivation else ():
            if value:
                raise UsageError(f"{option('derivation')} leads to the closed form, which {option(name)} does not give")
        return cls(derivation, detail_of(detail))

    def beside(self, result: Result, given: Given, manner: Manner) -> Result:
        """The result with derivations, where they are asked for; with values the formula is that without them.

        Errors: LimitError where no block has a derivation.
        """
        if not self.asked:
            return result
        from gradcli.commands.derivations import derivations  # its rooms take time to load, and few ask

        found = derivations(result.command, given, result.wrt, manner, result)
        if found and all(one.derivation is None for one in found):
            reasons = "; ".join(dict.fromkeys(one.refused for one in found))
            raise LimitError(f"no derivation was found: {reasons}", kind="unchecked")
        return replace(result, derivations=found, detail=self.detail)
