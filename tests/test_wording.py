"""Messages in two tongues."""

from __future__ import annotations

import pytest

import gradcli


def test_what_a_user_pastes_is_shown_as_it_is() -> None:
    """Marks of our own were taken for the user's, and a file of another name was complained of."""
    with pytest.raises(gradcli.GradcliError) as caught:
        gradcli.grad("x", {"x": 1.0}, device="\ufdd0a\ufdd1b\ufdd2")
    assert "\ufdd0a\ufdd1b\ufdd2" in caught.value.message
