"""Answer JSON about one's own account: who asks and what they may, preferences, password, one-time codes, tokens and sessions.

Nothing here posts, so nothing takes an Idempotency-Key; a new token's secret could not be told again anyway.
"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.security import Reader
from ledger.domain.actors import PERMISSIONS, Actor
from ledger.services import people as service
from ledger.services.pool import Pool
from ledger.services.sign_in import PASSWORD_MAXIMUM, PASSWORD_MINIMUM
from ledger.storage.people import Token

Password = Annotated[str, msgspec.Meta(min_length=1, max_length=PASSWORD_MAXIMUM, description="Your password now")]
NewPassword = Annotated[str, msgspec.Meta(max_length=PASSWORD_MAXIMUM, description=f"At least {PASSWORD_MINIMUM} characters")]
TotpSecret = Annotated[str, msgspec.Meta(pattern=r"\A[A-Z2-7]{16,64}\Z", description="As `newTotpSecret` gave it")]
TotpCode = Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{6}\Z", description="What the device shows now")]
TokenDays = Annotated[int, msgspec.Meta(ge=1, le=service.TOKEN_DAYS_MAXIMUM, description="How many days it lives")]
TokenName = Annotated[str, msgspec.Meta(min_length=1, max_length=service.NAME_MAXIMUM)]


class MeOut(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, and what they may with this session or token."""

    person_id: int
    name: str
    email: str
    union: str | None
    roles: list[str]
    permissions: list[str]
    language: str
    theme: str
    keyboard: bool
    mail: str
    has_totp: bool


class PreferencesIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change; what is left out stays. `keyboard`: whether single keys act on the pages; `mail`: when notices come by e-mail."""

    language: Literal["en", "fr"] | None = None
    theme: Literal["system", "light", "dark"] | None = None
    keyboard: bool | None = None
    mail: Literal["immediate", "digest", "none"] | None = None


class PasswordIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The password now, and the new one."""

    password: Password
    new_password: NewPassword


class TotpSecretOut(msgspec.Struct, frozen=True):
    """A fresh secret and its `otpauth://` address for a QR code; nothing is kept until a code of it is shown."""

    secret: str
    uri: str


class TotpIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Proof that the device has the secret."""

    password: Password
    secret: TotpSecret
    code: TotpCode


class TotpRemovalIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The password, asked again."""

    password: Password


class TokenIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token to make; it may do at most what you may, and this request may."""

    name: TokenName
    permissions: Annotated[list[str], msgspec.Meta(min_length=1, max_length=len(PERMISSIONS))]
    days: TokenDays = 90


class TokenOut(msgspec.Struct, frozen=True, kw_only=True):
    """A token without its secret; `hint` is how the secret ends."""

    id: UUID
    name: str
    hint: str
    permissions: list[str]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class TokenMade(msgspec.Struct, frozen=True):
    """A new token's secret, told this once."""

    id: UUID
    secret: str


class SessionOut(msgspec.Struct, frozen=True, kw_only=True):
    """A live session: since when, until when, from where."""

    created_at: datetime
    expires_at: datetime
    address: str
    agent: str


async def _me(pool: Pool, reader: Reader) -> MeOut:
    person, _, _ = await service.own(pool, reader.actor)
    return MeOut(
        person_id=person.id, name=person.name, email=person.email, union=person.union, roles=list(person.roles),
        permissions=[name for name in PERMISSIONS if reader.can(name)], language=person.language, theme=person.theme,
        keyboard=person.keyboard, mail=person.mail, has_totp=person.has_totp,
    )  # fmt: skip


def _token(token: Token) -> TokenOut:
    return TokenOut(
        id=token.id, name=token.name, hint=token.hint, permissions=list(token.permissions), created_at=token.created_at,
        expires_at=token.expires_at, revoked_at=token.revoked_at,
    )  # fmt: skip


class MeController(Controller):
    """One's own account."""

    path = "/me"
    tags = ("Me",)

    @get("/", opt={"permission": "own_settings"}, operation_id="getMe")
    async def get_me(self, pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> MeOut:
        """Who asks, and what they may."""
        return await _me(pool, reader)

    @patch("/", opt={"permission": "own_settings", "never": (409, 422)}, operation_id="setPreferences")
    async def set_preferences(self, pool: NamedDependency[Pool], reader: NamedDependency[Reader], data: JSONBody[PreferencesIn]) -> MeOut:
        """Keep your language, theme and keys, and when notices come by e-mail."""
        kept = await _me(pool, reader)
        await service.set_preferences(
            pool, reader.actor, data.language or kept.language, data.theme or kept.theme, kept.keyboard if data.keyboard is None else data.keyboard
        )
        if data.mail is not None:
            await service.choose_mail(pool, reader.actor, data.mail)
        return await _me(pool, reader)

    @post("/password", opt={"permission": "own_settings", "answers": (429,), "never": (409,)}, operation_id="changePassword", status_code=204)
    async def change_password(self, pool: NamedDependency[Pool], reader: NamedDependency[Reader], data: JSONBody[PasswordIn]) -> None:
        """Change your password; every other session of yours ends."""
        await service.change_password(pool, reader.actor, reader.session, data.password, data.new_password)

    @post("/totp/secret", opt={"permission": "own_settings"}, operation_id="newTotpSecret", status_code=200)
    async def new_totp_secret(self, reader: NamedDependency[Reader]) -> TotpSecretOut:
        """A fresh secret for a device that shows one-time codes."""
        return TotpSecretOut(*service.new_totp(reader.email))

    @post("/totp", opt={"permission": "own_settings", "answers": (429,), "never": (409,)}, operation_id="turnOnTotp", status_code=204)
    async def turn_on_totp(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], data: JSONBody[TotpIn]) -> None:
        """Ask for a one-time code at every sign-in from now on."""
        await service.turn_on_totp(pool, actor, data.password, data.secret, data.code)

    @post("/totp/removal", opt={"permission": "own_settings", "answers": (429,), "never": (409, 422)}, operation_id="turnOffTotp", status_code=204)
    async def turn_off_totp(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], data: JSONBody[TotpRemovalIn]) -> None:
        """Stop asking for one-time codes."""
        await service.turn_off_totp(pool, actor, data.password)

    @get("/tokens", opt={"permission": "own_settings"}, operation_id="listTokens")
    async def list_tokens(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> list[TokenOut]:
        """Your API tokens, newest first, without their secrets."""
        _, tokens, _ = await service.own(pool, actor)
        return [_token(token) for token in tokens]

    @post("/tokens", opt={"permission": "own_settings", "never": (409,)}, operation_id="addToken")
    async def add_token(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], data: JSONBody[TokenIn]) -> TokenMade:
        """Make an API token; its secret is told once."""
        return TokenMade(*(await service.add_token(pool, actor, data.name, data.permissions, data.days)))

    @post("/tokens/{token_id:uuid}/revocation", opt={"permission": "own_settings"}, operation_id="revokeToken", status_code=204)
    async def revoke_token(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], token_id: FromPath[UUID]) -> None:
        """Revoke one of your tokens; it may live on for five seconds."""
        await service.revoke_token(pool, actor, token_id)

    @get("/sessions", opt={"permission": "own_settings"}, operation_id="listSessions")
    async def list_sessions(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> list[SessionOut]:
        """Where you are signed in."""
        _, _, sessions = await service.own(pool, actor)
        return [SessionOut(**{name: row[name] for name in SessionOut.__struct_fields__}) for row in sessions]

    @post("/sessions/closing", opt={"permission": "own_settings"}, operation_id="endOtherSessions", status_code=204)
    async def end_other_sessions(self, pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> None:
        """End every session of yours but the one that asks."""
        await service.end_other_sessions(pool, reader.actor, reader.session)


ROUTES = [MeController]
