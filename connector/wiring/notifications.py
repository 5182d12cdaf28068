"""Who is told, by the settings: channels made of [notify], and the notifier that uses them."""

from __future__ import annotations

import time
from collections.abc import Callable

from connector.document.durations import HOUR_S
from connector.http.exchange import Party
from connector.machine.shared_clock import SharedClock
from connector.machine.verbs import as_typed_here
from connector.notify.digest import read_owners
from connector.notify.events import Event
from connector.notify.mail import Mail, Server
from connector.notify.message_words import BODY_FIELDS, chat_text, letter, webhook_json
from connector.notify.notifier import Channel, Notifier, Telling, Unwritten
from connector.notify.webhook import Webhook
from connector.notify.weekly import Digest, Weekly
from connector.wiring.matching import matching_of
from connector.wiring.opening import Opening

OWNERS = "notify.owners"
Typed = Callable[[str], Callable[[str], str]]
"""Of a target: names commands about it as they are typed on this machine."""


class ByMail:
    """Mails about runs, to whom the settings name."""

    name = "mail"

    def __init__(self, mail: Mail, to: tuple[str, ...], typed: Typed) -> None:
        self._mail = mail
        self._to = to
        self._typed = typed

    async def tell(self, event: Event) -> str:
        """Send the mail about a run."""
        return await self._mail.send(letter(event, shown_as=self._typed(event.target)), self._to)


class ByWebhook:
    """The same to a webhook, in one of its forms."""

    name = "webhook"

    def __init__(self, webhook: Webhook, *, form: str, titles: bool, typed: Typed) -> None:
        self._webhook = webhook
        self._typed = typed
        self._form = form
        self._titles = titles

    async def tell(self, event: Event) -> str:
        """Post the body about a run."""
        typed = self._typed(event.target)
        if self._form == "text":
            body = {"text": typed(chat_text(event, titles=self._titles))}
        else:
            body = webhook_json(event, titles=self._titles, shown_as=typed)
        await self._webhook.send(body)
        return ""


def telling_of(app: Opening) -> Telling:
    """What the settings say of telling of runs."""
    part, targets = app.settings.notify, app.settings.targets
    channels: list[Channel] = []

    def typed(target: str) -> Callable[[str], str]:
        return lambda text: as_typed_here(app.typed_for(text, target) if target else text)

    mail, webhook = _mail_of(app), _webhook_of(app)
    if mail is not None and part.smtp is not None and part.smtp.to:
        channels.append(ByMail(mail, tuple(part.smtp.to), typed))
    if webhook is not None:
        titles = app.settings.service.log_names
        channels.append(ByWebhook(webhook, form=part.webhook_form, titles=titles, typed=typed))
    return Telling(
        targets={name: frozenset(app.sources_of(name)) for name in targets},
        on=tuple(part.on),
        withheld_runs=part.withheld_runs,
        channels=tuple(channels),
        late_after_s=app.settings.service.ready_after_h * HOUR_S,
    )


def weekly_of(app: Opening) -> Weekly | None:
    """What the settings say of the weekly digest; None where no owner gets a mail."""
    part, mail = app.settings.notify, _mail_of(app)
    if not part.owners or mail is None:
        return None
    return Weekly(
        owners=lambda: read_owners(app.loaded.folder / part.owners, OWNERS),
        post=mail,
        matching={name: matching_of(one.people) for name, one in app.settings.targets.items()},
        timezone=app.settings.schedule.timezone,
        shown_as=as_typed_here,
    )


def notifier_of(
    app: Callable[[], Opening],
    *,
    counted: Callable[[str, bool], None] = lambda _channel, _told: None,
    unwritten: Callable[[str], Unwritten | None] = lambda _target: None,
) -> Notifier:
    """
    Make what tells somebody.

    Args:
        app: as the settings are now.
        counted, unwritten: as `Notifier` takes them.
    """
    is_of_the_machine = isinstance(app().clock, SharedClock)
    return Notifier(
        lambda: telling_of(app()),
        lambda: app().ledger(),
        clock=lambda: app().now(),
        steady=time.monotonic if is_of_the_machine else None,
        counted=counted,
        unwritten=unwritten,
    )


def digest_of(
    app: Callable[[], Opening], *, counted: Callable[[str, bool], None] = lambda _channel, _told: None
) -> Digest:
    """
    Make what sends owners of rooms the week's mail.

    Args:
        app: as the settings are now.
        counted: hears of each attempt, as of `notifier_of`.
    """
    return Digest(
        lambda: weekly_of(app()), lambda: app().ledger(), clock=lambda: app().now(), counted=counted
    )


def parties_told(app: Opening) -> list[tuple[str, str, Party]]:
    """Every host that is told something, with direction and the setting's name."""
    part, found = app.settings.notify, []
    mail, webhook = _mail_of(app), _webhook_of(app)
    if mail is not None:
        found.append(("the connector tells", "notify.smtp", mail.party(digest=bool(part.owners))))
    if webhook is not None:
        fields = BODY_FIELDS if part.webhook_form == "json" else ("text",)
        told = webhook.party(fields, titles=app.settings.service.log_names)
        found.append(("the connector tells", "notify.webhook", told))
    return found


def _mail_of(app: Opening) -> Mail | None:
    part = app.settings.notify.smtp
    if part is None:
        return None
    return Mail(
        Server(
            host=part.host,
            port=part.port,
            sender=part.sender,
            user=part.user.get_secret_value(),
            password=part.password.get_secret_value(),
        ),
        app.network,
    )


def _webhook_of(app: Opening) -> Webhook | None:
    url = app.settings.notify.webhook.get_secret_value()
    return Webhook(url, app.network) if url else None
