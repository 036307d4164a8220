"""Let people keep their own settings: language, theme, keys, password, one-time codes, API tokens and sessions."""

import time
from typing import Any

import segno
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from api.pages.forms import Form, refused
from api.pages.rendering import page
from api.pages.set_up import DIFFERENT
from api.security import Reader
from ledger.domain.actors import PERMISSIONS
from ledger.domain.notices import MAIL_CHOICES
from ledger.domain.refusals import Refusal
from ledger.services import people as service
from ledger.services.mailing import undelivered
from ledger.services.pool import Pool
from ledger.services.sign_in import PASSWORD_MAXIMUM
from ledger.storage.people import digest
from reports.i18n import N_, translate
from reports.notice_words import fault

TOKEN_DAYS = 90
FIELDS = {"sign_in_refused": "password", "password_weak": "new_password", "code_wrong": "code", "text_invalid": "name", "choice_invalid": "permissions"}


@get("/settings", opt={"permission": "own_settings"})
async def show_settings(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Everything one can set for oneself."""
    return await _page(request, pool, reader, Form(_own(reader), reader.language))


def _own(reader: Reader) -> dict[str, str]:
    return {"language": reader.language, "theme": reader.theme, "keyboard": "yes" if reader.keyboard else "", "days": str(TOKEN_DAYS)}


async def _page(
    request: Request[Any, Any, Any], pool: Pool, reader: Reader, form: Form, secret: str = "", totp: str = ""
) -> Response[Any]:  # fmt: skip
    person, tokens, sessions = await service.own(pool, reader.actor)
    lost, why = await undelivered(pool, reader.person_id)
    permissions = [name for name in PERMISSIONS if reader.can(name)]
    if not form.value("mail"):
        form.put("mail", person.mail)
    fresh, address = service.new_totp(reader.email)
    code = totp or fresh
    return page(
        request, "settings/show.html", reader=reader, status=form.status, help="settings", form=form, person=person, tokens=tokens,
        sessions=sessions, permissions=permissions, secret=secret, totp_secret=code, now=time.time(),
        this_session=digest(reader.session), lost=lost, lost_why=fault(reader.language, why) if lost else "",
        qr=segno.make(address.replace(fresh, code)).svg_data_uri(scale=4, border=2) if not person.has_totp else "",
    )  # fmt: skip


@post("/settings", opt={"permission": "own_settings"}, status_code=303)
async def change_settings(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Change one of them: the button says which."""
    form = Form(await request.form(), reader.language)
    for name, value in _own(reader).items():
        if form.value("do") != "preferences" and not form.value(name):
            form.put(name, value)
    try:
        secret = await _change(request, pool, reader, form)
    except Refusal as refusal:
        refused(form, refusal, FIELDS)
        secret = None
    if secret:
        return await _page(request, pool, reader, form, secret=secret)
    if not form.ok:
        return await _page(request, pool, reader, form, totp=form.value("totp_secret"))
    return Redirect("/settings?done=settings_kept", status_code=303)


async def _change(request: Request[Any, Any, Any], pool: Pool, reader: Reader, form: Form) -> str | None:
    """Do what was asked; the secret of a new token, to be shown once."""
    match form.value("do"):
        case "preferences":
            language, theme = form.choice("language", ("en", "fr")), form.choice("theme", ("system", "light", "dark"))
            if form.ok:
                await service.set_preferences(pool, reader.actor, language, theme, form.checked("keyboard"))
        case "mail":
            mail = form.choice("mail", MAIL_CHOICES)
            if form.ok:
                await service.choose_mail(pool, reader.actor, mail)
        case "password":
            old = form.text("password", max_length=PASSWORD_MAXIMUM)
            new = form.text("new_password", max_length=PASSWORD_MAXIMUM)
            if form.text("password_again", max_length=PASSWORD_MAXIMUM) != new:
                form.fail("password_again", translate(form.language, DIFFERENT))
            if form.ok:
                await service.change_password(pool, reader.actor, reader.session, old, new)
        case "totp-on":
            password, code = form.text("password", max_length=PASSWORD_MAXIMUM), form.text("code", max_length=10)
            if form.ok:
                await service.turn_on_totp(pool, reader.actor, password, form.text("totp_secret", max_length=64), code)
        case "totp-off":
            password = form.text("password", max_length=PASSWORD_MAXIMUM)
            if form.ok:
                await service.turn_off_totp(pool, reader.actor, password)
        case "token":
            name, days = form.text("name", max_length=120), form.integer("days", 1, service.TOKEN_DAYS_MAXIMUM)
            if form.ok:
                _, secret = await service.add_token(pool, reader.actor, name, form.many("permissions"), days)
                return secret
        case "revoke":
            await service.revoke_token(pool, reader.actor, form.uuid("token"))
        case "sessions":
            await service.end_other_sessions(pool, reader.actor, reader.session)
    return None


DONE = {"settings_kept": N_("Saved.")}
PAGES = [show_settings, change_settings]
