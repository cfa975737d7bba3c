"""What stands instead of a page for who has not signed in, and the way out for who has."""

import streamlit as st

from pages.ui import accounts


def passed() -> bool:
    """Whether this visitor may see pages."""
    return not accounts.wanted() or accounts.admitted(st.user)


def show() -> None:
    """Ask for an account, or say that this one does not do."""
    st.title("Saddlepoint", anchor=False)
    if st.user.get("is_logged_in"):
        st.markdown("You have signed in with an account that may not come in here.")
        leave()
        return
    st.markdown("Sign in, and the page that you came for opens.")
    for name in accounts.providers():
        label = "Sign in" if name == "default" else f"Sign in with {name[0].upper()}{name[1:]}"
        st.button(label, key=f"signin:{name}", type="primary", on_click=st.login, args=[name])


def leave() -> None:
    """A quiet button under the page."""
    if not accounts.wanted():
        return
    with st.container(key="leave"):
        # a callback is heard even when a setting that arrives stops the run of the page
        st.button("Sign out", type="tertiary", on_click=st.logout)
