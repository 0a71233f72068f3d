"""Every setting of Rebond: an environment variable each, all documented in docs/operations.md (a test checks)."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

import platformdirs
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Config(BaseSettings):
    """Read once at start from ``REBOND_*``; the data folder may hold the same lines in ``rebond.env``."""

    model_config = SettingsConfigDict(env_prefix="REBOND_", extra="ignore")

    data: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("rebond")),
        description="The one folder everything is kept in: database, uploads, secret key, logs.",
    )
    database_url: str = Field(
        default="", description="postgresql://user:password@host:port/name; empty for the embedded SQLite database."
    )
    secret_key: str = Field(
        default="",
        description="Signs sessions and links, marks addresses that want no mail, encrypts passwords of mailboxes; "
        "made and kept in the data folder when empty.",
    )
    allowed_hosts: str = Field(
        default="localhost,127.0.0.1,[::1]", description="Host names the server answers to, separated by commas."
    )
    public_url: str = Field(
        default="http://127.0.0.1:8000", description="The address people use; links in mail start with it."
    )
    mail_url: str = Field(
        default="",
        description="smtp://user:password@host:port (or smtps://, smtp+starttls://), or a provider's interface, "
        "provider+postmark://TOKEN@; empty: the outbox waits, sign-in mails go to the log.",
    )
    mail_from: str = Field(
        default="Rebond <rebond@localhost>", description="The sender of every mail that has no mailbox of its own."
    )
    inbox_url: str = Field(
        default="",
        description="imaps://user:password@host:port (or imap+starttls://, imap://) of the mailbox that answers to "
        "mail_from arrive at; empty: nothing is read.",
    )
    bounce_address: str = Field(
        default="",
        description="Where undeliverable mail comes back to, e.g. bounces+{token}@example.com; the mailbox of "
        "inbox_url must receive it. Empty: the sender's address.",
    )
    mail_per_minute: int = Field(default=0, description="At most so many mails a minute by mail_url; 0: no limit.")
    mail_per_day: int = Field(default=0, description="At most so many mails a day by mail_url; 0: no limit.")
    postal_address: str = Field(
        default="", description="The company's postal address, which notes to people carry (CAN-SPAM asks for it)."
    )
    legal_name: str = Field(default="", description="The company's name, as notes to people carry it.")
    unsubscribe_mailto: str = Field(
        default="", description="An address whose mail means 'stop' (List-Unsubscribe); empty: the inbox of mail_from."
    )
    webhook_secret: str = Field(
        default="", description="name:password that a mail provider's events are sent with; empty: none are taken."
    )
    chat_private: bool = Field(
        default=False,
        description="yes: chat channels may lead to servers of one's own network, and without encryption there.",
    )
    time_zone: str = Field(default="Europe/Paris", description="The time zone of new people and of imported dates.")
    currency: str = Field(default="EUR", description="ISO 4217 code taken for amounts that name none.")
    sqlite_synchronous: str = Field(
        default="FULL", description="FULL loses no commit at a power cut; NORMAL is a little faster."
    )
    themes_url: str = Field(
        default="",
        description="An OpenAI-compatible address (https://host/v1) that may suggest what free-text reasons mean; "
        "empty, the default, asks nobody.",
    )
    themes_model: str = Field(default="", description="The model that address is asked for; both are needed.")
    themes_key: str = Field(default="", description="The key sent to that address, if it wants one.")
    debug: bool = Field(default=False, description="Developers only: Django's debug pages.")

    def key(self) -> str:
        """The secret key, made on first use and readable by its owner only."""
        if self.secret_key:
            return self.secret_key
        path = self.data / "secret-key"
        if not path.exists():
            self.data.mkdir(parents=True, exist_ok=True)
            _write_once(path, secrets.token_urlsafe(48))
        return path.read_text().strip()


def _write_once(path: Path, text: str) -> None:
    """Of several processes that start at once on an empty folder, one writes; the others find its whole text."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # readable by its owner only
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    try:
        os.link(name, path)
    except FileExistsError:
        pass
    finally:
        Path(name).unlink()


def load() -> Config:
    """The settings in force: environment first, then ``rebond.env`` in the data folder, then defaults."""
    first = Config()
    return Config(_env_file=first.data / "rebond.env")  # type: ignore[call-arg]
