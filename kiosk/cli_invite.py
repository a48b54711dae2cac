"""The commands of mydesk-kiosk for an admin's machine: keys, invite, revoke. `add_to` mounts them."""

from __future__ import annotations

import getpass
import json
import os
import secrets
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from common.clock import SystemClock
from common.errors import MyDeskError
from common.sealed_file import replace_whole
from common.visiting.codes import DRAWN, code_hash, code_of, shown
from common.visiting.invitation_keys import SigningKey, is_encrypted, read_key, write_key
from common.visiting.invitation_mail import Letter, calendar_entry, qr_png, text_of
from common.visiting.sealed_record import (
    REVOKED_MAGIC,
    InvitationRecord,
    Revocations,
    kiosk_address,
    seal_record,
    sign_revocations,
)
from common.visiting.tokens import Claim, invitation_token
from kiosk import invite_options as options
from kiosk.config import load
from kiosk.invitation_records import own_key
from ui.translations import Translations

CLOCK = SystemClock()
REVOKED_FOR = timedelta(days=400)
PASSPHRASE = "MYDESK_KEY_PASSPHRASE"  # noqa: S105 - the name of the variable

keys = typer.Typer(no_args_is_help=True, help="Keys of invitations.")

KeyOption = Annotated[Path, typer.Option("--key", help="Private key, made by `keys new`.")]
JsonFlag = Annotated[bool, typer.Option("--json", help="Machine output.")]


class InviteError(MyDeskError):
    """Error raised when a key or a file cannot be made or used."""


def add_to(app: typer.Typer) -> None:
    """Mount the commands."""
    app.add_typer(keys, name="keys")
    app.command()(invite)
    app.command()(revoke)


@keys.command()
def new(
    out: Annotated[Path, typer.Option("--out", help="File to write; it must not exist.")],
    key_id: Annotated[int, typer.Option("--key-id", min=0, max=255, help="Two may be active on a kiosk.")] = 1,
    encrypt: Annotated[bool, typer.Option("--encrypt", help="Guard it with a passphrase.")] = False,
) -> None:
    """Make a private key, and print the line for the kiosk's configuration.

    Example: mydesk-kiosk keys new --out invitations.key --encrypt
    """
    key = SigningKey(key_id, Ed25519PrivateKey.generate())
    passphrase = _passphrase("New passphrase: ") if encrypt else ""
    if encrypt and not passphrase:
        raise InviteError("An empty passphrase guards nothing.")
    write_key(out, key, passphrase)
    typer.echo(key.config_line)


@keys.command()
def show(key: KeyOption) -> None:
    """Print the line of a key for the kiosk's configuration, section invitations.

    Example: mydesk-kiosk keys show --key invitations.key
    """
    typer.echo(_opened(key).config_line)


@keys.command()
def kiosk(
    config: Annotated[Path, typer.Option("--config", help="The kiosk's configuration file.")] = Path(
        "/etc/mydesk/kiosk.toml"
    ),
) -> None:
    """On the kiosk: print its line, to which invitations are sealed.

    Example: mydesk-kiosk keys kiosk --config /etc/mydesk/kiosk.toml
    """
    folder = Path(load(config).invitations.records_folder)
    if os.geteuid() == 0 and not (folder.is_dir() and folder.stat().st_uid == 0):
        raise InviteError(
            "As root this would make a key that the kiosk cannot read.", hint="Put `sudo -u mydesk` before it."
        )
    try:
        typer.echo(kiosk_address(own_key(folder).public_key()))
    except OSError as error:
        raise InviteError(
            f"The kiosk's key in {folder} cannot be used ({error.strerror}).", hint="Run this as user mydesk."
        ) from error


def invite(
    key: KeyOption,
    name: Annotated[str, typer.Option("--name", help="The guest's full name; - reads it from standard input.")],
    host: Annotated[str, typer.Option("--host", help="The host's full name.")],
    host_address: Annotated[str, typer.Option("--host-address", help="The host's mail address.")],
    start: Annotated[str, typer.Option("--start", help='At the site, such as "2026-12-01 10:00".')],
    site: Annotated[str, typer.Option("--site", help="The building's name, as in the kiosk's configuration.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the files.")],
    minutes: Annotated[int, typer.Option("--minutes", min=5, max=18 * 60, help="How long the visit is.")] = 60,
    email: Annotated[str, typer.Option("--email", help="The guest's mail address.")] = "",
    phone: Annotated[str, typer.Option("--phone", help="The guest's telephone number.")] = "",
    extra: Annotated[
        list[str] | None, typer.Option("--field", help="A field of the visitor type, such as company=Berg ApS.")
    ] = None,
    visitor_type: Annotated[str, typer.Option("--type", help="Key of the visitor type.")] = "guest",
    lang: Annotated[Literal["da", "en", "es"], typer.Option("--lang", help="The guest's language.")] = "da",
    zone: Annotated[str, typer.Option("--zone", help="The site's time zone.")] = "Europe/Copenhagen",
    place: Annotated[str, typer.Option("--place", help="Street and town.")] = "",
    controller: Annotated[str, typer.Option("--controller", help="Who is responsible for the data.")] = "",
    contact: Annotated[str, typer.Option("--contact", help="Whom to ask about data.")] = "",
    retention_days: Annotated[int, typer.Option("--retention-days", min=1, max=30, help="As on the kiosk.")] = 14,
    seal_to: Annotated[
        list[str] | None, typer.Option("--seal-to", help="Line of a kiosk (`keys kiosk`); may be repeated.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Make an invitation: QR code as PNG, calendar entry, text with the code, and a sealed record for each kiosk.

    Copy the .mdrec files into the inbox of the kiosk's records_folder. Without a record the code works too; the guest
    then types name and host. No file has the guest's name in its own name.

    Example: mydesk-kiosk invite --key invitations.key --name "Ida Berg" --host "Jonas Holm"
    --host-address jonas@nordhavn.example --start "2026-12-01 10:00" --site "Nordhavn Kontorhus" --out invitations
    """
    signing = _opened(key)
    kiosks = options.kiosk_keys(seal_to or ())
    site_zone, length = options.zone_of(zone), timedelta(minutes=minutes)
    begins = options.begin(start, site_zone, length, CLOCK.now())
    visit, code = secrets.token_bytes(16), code_of(secrets.token_bytes(DRAWN))
    record = options.record(
        InvitationRecord(
            visit=visit.hex(),
            type=options.type_key(visitor_type),
            start_s=int(begins.timestamp()),
            end_s=int((begins + length).timestamp()),
            code_hash=code_hash(code, visit).hex(),
            name=options.name(sys.stdin.readline() if name == "-" else name),
            email=options.address(email, "--email"),
            phone=options.phone(phone),
            extra=options.fields(extra or ()),
            host_name=options.line(host, "--host", needed=True),
            host_address=options.address(host_address, "--host-address", needed=True),
            language=lang,
        )
    )
    token = invitation_token(Claim(signing.id, visit, record.start, record.end), signing.private)
    letter = Letter(
        record.visit, record.name, record.host_name, options.line(site, "--site", needed=True),
        options.line(place, "--place"), record.start, record.end, site_zone, code, token,
        ("name", *(("e-mail",) if email else ()), *(("phone",) if phone else ())),
        options.line(controller, "--controller"), options.line(contact, "--contact"), retention_days,
    )  # fmt: skip
    words = Translations(lang)
    stem = f"invitation-{record.visit[:8]}"
    files = {
        f"{stem}.png": qr_png(token),
        f"{stem}.ics": calendar_entry(letter, words, CLOCK.now()).encode(),
        f"{stem}.txt": text_of(letter, words).encode(),
    }
    for number, one in enumerate(kiosks, start=1):
        sealed = seal_record(record, key_id=signing.id, key=signing.private, kiosk=one)
        files[f"{stem}-kiosk{number}.mdrec"] = sealed
    _write(out, files)
    _print({"visit": record.visit, "code": shown(code), "files": [str(out / each) for each in files]}, as_json=as_json)


def revoke(
    key: KeyOption,
    visits: Annotated[list[str], typer.Argument(help="Visit ids, as `invite` printed them.")],
    out: Annotated[Path, typer.Option("--out", help="List to write, for the inbox of each kiosk.")],
    as_json: JsonFlag = False,
) -> None:
    """Take invitations back: a signed list, which names nobody.

    Example: mydesk-kiosk revoke --key invitations.key 5d0f…32 digits… --out revoked.mdrev
    """
    signing = _opened(key)
    until = CLOCK.now() + REVOKED_FOR
    try:
        made = msgspec.convert(
            {"visits": [each.lower() for each in visits], "until_s": int(until.timestamp())}, Revocations
        )
    except msgspec.ValidationError:
        raise typer.BadParameter("a visit id has 32 hexadecimal digits, as `invite` printed it") from None
    _may_be_list(out)
    _write(out.parent, {out.name: sign_revocations(made, key_id=signing.id, key=signing.private)})
    _print({"revoked": len(made.visits), "file": str(out)}, as_json=as_json)


def _opened(path: Path) -> SigningKey:
    return read_key(path, _passphrase(f"Passphrase of {path}: ") if is_encrypted(path) else "")


def _passphrase(prompt: str) -> str:
    """From the environment, the terminal, or one line of standard input."""
    given = os.environ.get(PASSPHRASE)
    if given is not None:
        return given
    return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


def _may_be_list(out: Path) -> None:
    """A list takes the place of another one, never of a key that somebody named by mistake."""
    try:
        taken = out.is_dir() or (out.exists() and not out.read_bytes().startswith(REVOKED_MAGIC))
    except OSError as error:
        raise InviteError(f"{out} cannot be read ({error.strerror}).") from error
    if taken:
        raise InviteError(f"{out} exists already and is no list of revoked visits.", hint="Choose another name.")


def _write(folder: Path, files: dict[str, bytes]) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, content in files.items():
            replace_whole(folder / name, content)
    except OSError as error:
        raise InviteError(f"{folder} cannot be written ({error.strerror}).") from error


def _print(answer: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
        return
    for key, value in answer.items():
        typer.echo(f"{key:10} {', '.join(value) if isinstance(value, list) else value}")
