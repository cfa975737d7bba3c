"""The switch for misprints: off at first, one state for all pages, in the address."""

import pytest
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from pages.ui import misprints

    misprints.switch()
    st.text(misprints.on())


def opened(**query: str) -> AppTest:
    at = AppTest.from_function(page, default_timeout=60)
    for key, value in query.items():
        at.query_params[key] = value
    return at.run()


def state(at: AppTest) -> tuple[bool, str, bool, dict]:
    assert not at.exception
    shown = {k: v[-1] if isinstance(v, list) else v for k, v in at.query_params.items()}
    return at.toggle[0].value, at.text[0].value, at.session_state["misprints"], shown


def test_off_at_first_and_the_rest_of_the_address_is_left_alone():
    assert state(opened(exp="bowl")) == (False, "False", False, {"exp": "bowl"})


def test_a_link_turns_it_on():
    assert state(opened(misprints="1")) == (True, "True", True, {"misprints": "1"})


@pytest.mark.parametrize("bad", ["", "0", "true", "yes", "11", "\x00"])
def test_anything_else_in_a_link_is_off_and_goes(bad):
    assert state(opened(misprints=bad)) == (False, "False", False, {})


def test_the_toggle_writes_the_address_and_takes_it_back():
    at = opened()
    at.toggle[0].set_value(True).run()
    assert state(at) == (True, "True", True, {"misprints": "1"})
    at.toggle[0].set_value(False).run()
    assert state(at) == (False, "False", False, {})


def test_it_goes_along_to_a_page_whose_address_does_not_say_it():
    at = opened(misprints="1")
    at.query_params.clear()
    assert state(at.run()) == (True, "True", True, {"misprints": "1"})


def test_going_back_to_before_it_was_on_turns_it_off(monkeypatch):
    at = opened(misprints="1")
    at.query_params.clear()
    monkeypatch.setattr(
        ScriptRunContext, "is_history_navigation", property(lambda s: True, lambda s, v: None)
    )
    assert state(at.run()) == (False, "False", False, {})
