"""Who may come in, without a server: what is refused at the start, whom the list names."""

from collections.abc import Callable, Iterator

import pytest
from starlette.datastructures import Headers
from streamlit import config
from streamlit.runtime.secrets import secrets_singleton

from pages.ui import accounts

SECRETS = """
[auth]
redirect_uri = "https://lab.example.org/oauth2callback"
cookie_secret = "0123456789abcdef0123456789abcdef"
client_id = "a"
client_secret = "b"
server_metadata_url = "https://school.example.org/.well-known/openid-configuration"
"""


@pytest.fixture
def told(tmp_path, monkeypatch) -> Iterator[Callable[[str], str]]:
    """What is wrong with secrets that an operator writes."""
    file, before = tmp_path / "secrets.toml", config.get_option("secrets.files")
    monkeypatch.setattr(secrets_singleton, "_file_watchers_installed", True)
    monkeypatch.delenv(accounts.SETTING, raising=False)

    def forget() -> None:
        secrets_singleton._reset()
        accounts.wanted.cache_clear()

    def fault(text: str) -> str:
        file.write_text(text)
        forget()
        return accounts.fault()

    config.set_option("secrets.files", [str(file)])
    yield fault
    config.set_option("secrets.files", before)
    forget()


def test_what_is_complete_is_content(told):
    assert told(SECRETS) == "" and accounts.wanted() and accounts.providers() == ["default"]
    named = SECRETS.replace("client_id", "[auth.school]\nclient_id")
    assert told(named) == "" and accounts.providers() == ["school"]
    assert told(SECRETS + named.partition("cookie")[2].partition("\n")[2]) == ""
    assert accounts.providers() == ["default", "school"]
    assert told("[other]\nx = 1") == "" and not accounts.wanted()


@pytest.mark.parametrize(
    ("good", "bad", "sentence"),
    [
        ("client_id", "client_name", "client_id"),
        ("client_secret", "secret", "client_secret"),
        ("server_metadata_url", "url", "server_metadata_url"),
        ("redirect_uri", "uri", "redirect_uri"),
        ("cookie_secret", "secret", "cookie_secret"),
        ("org/oauth2callback", "org/lab/oauth2callback", "got https://lab.example.org/lab/"),
        ("https://lab", "lab", "the address of this server and then /oauth2callback"),
        ("0123456789abcdef0123456789abcdef", "word", "at least 32 characters"),
        ("[auth]", "auth = 1\n[else]", "to be a section"),
        ("[auth]", "[auth", "expected secrets in TOML"),
        ("client_id", "[auth.my_school]\nclient_id", "underscore"),
        (SECRETS, "[auth]", "redirect_uri"),
    ],
)
def test_what_is_not_is_refused_in_a_sentence(told, good, bad, sentence):
    assert sentence in told(SECRETS.replace(good, bad))
    assert "abcdef" not in told(SECRETS.replace(good, bad)), "a secret"


def test_a_list_of_those_who_may_wants_accounts(told, monkeypatch):
    assert told("") == ""
    monkeypatch.setenv(accounts.SETTING, "school.example.org")
    assert accounts.SETTING in told("") and told(SECRETS) == ""


def test_the_list_names_domains_and_people(monkeypatch):
    def admitted(email: str | None, **more: object) -> bool:
        return accounts.admitted({"is_logged_in": True, "email": email} | more)

    monkeypatch.delenv(accounts.SETTING, raising=False)
    assert admitted("eve@elsewhere.org") and admitted(None)
    assert not accounts.admitted({}) and not admitted("a@b", is_logged_in=False)
    monkeypatch.setenv(accounts.SETTING, "School.example.org, @college.example, ada@example.org")
    for email in ("Bob@school.example.org", "bob@college.example", "ADA@example.org"):
        assert admitted(email) and admitted(email, email_verified=True)
        assert not admitted(email, email_verified=False)
        assert not admitted(email, email_verified="false")
    for email in (None, "", "@school.example.org", "school.example.org", "eve@example.org"):
        assert not admitted(email)
    assert not admitted("eve@evil.school.example.org") and not admitted("eve@myschool.example.org")


def test_only_a_page_of_ours_is_kept_and_led_back_to(told):
    told(SECRETS)

    def page(referer: str) -> str:
        return accounts.left(Headers({"host": "lab.example.org", "referer": referer}))

    link = "/landscapes?exp=bowl&text=%E2%88%9A;,%22&kappa=30"
    assert page(f"https://lab.example.org{link}") == link
    assert accounts.back(accounts.written(link)) == f"https://lab.example.org{link}"
    assert page(f"https://lab.example.org{link}&{'x' * 5000}") == "/landscapes"
    assert len(accounts.written("x" * accounts.LONGEST)) < 3500
    for foreign in ("", "https://evil.example/landscapes", "lab.example.org", "about:blank"):
        assert page(foreign) == ""
    assert accounts.back(accounts.written("//evil.example/")).startswith("https://lab.example.org/")
    for cookie in ("", "?", "a", accounts.written("evil.example"), accounts.written("/a\r\nb: c")):
        assert accounts.back(cookie) == ""
