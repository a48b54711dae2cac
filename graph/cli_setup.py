"""The two commands of mydesk-graph that talk to nobody: consent-url and setup-script."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from graph import consent, unit_file
from graph.config import GraphConfig, Shape
from graph.features import Feature, scopes_for
from graph.roles import ROLE_FEATURES, Role
from graph.setup_rooms import RoomEntry, rooms_of
from graph.setup_script import Setup, SetupError, certificate_file, registration, script_of
from graph.terminal import print_json
from graph.unit_file import UnitFile

AUTHORITY = "https://login.microsoftonline.com"

ConfigOption = Annotated[Path, typer.Option("--config", help="The unit's configuration file.")]
MaybeConfig = Annotated[Path | None, typer.Option("--config", help="A unit's configuration file to take it from.")]
JsonFlag = Annotated[bool, typer.Option("--json", help="Machine output.")]
FeatureOption = Annotated[
    list[Feature] | None,
    typer.Option("--feature", help="What is used, in place of the role's usual; may be repeated."),
]


class ShapeName(StrEnum):
    """The values of graph.config.Shape, for an option."""

    DELEGATE = "delegate"
    ROOM_ACCOUNT = "room-account"
    APP_ONLY = "app-only"

    @property
    def shape(self) -> Shape:
        """The same as [graph] shape."""
        shapes: dict[ShapeName, Shape] = {self.DELEGATE: "delegate", self.ROOM_ACCOUNT: "room-account"}
        return shapes.get(self, "app-only")


class LanguageName(StrEnum):
    """The languages of the product, for an option."""

    DA = "da"
    EN = "en"
    ES = "es"

    @property
    def language(self) -> consent.Language:
        """The same as consent.Language."""
        languages: dict[LanguageName, consent.Language] = {self.DA: "da", self.ES: "es"}
        return languages.get(self, "en")


ShapeOption = Annotated[ShapeName | None, typer.Option("--shape", help="Whose account signs in.")]


def consent_url(
    config: MaybeConfig = None,
    tenant: Annotated[str, typer.Option("--tenant", help="Tenant id or domain, without --config.")] = "",
    client_id: Annotated[str, typer.Option("--client-id", help="Client id of the app, without --config.")] = "",
    role: Annotated[Role | None, typer.Option("--role", help="What the app is for.")] = None,
    shape: ShapeOption = None,
    feature: FeatureOption = None,
    lang: Annotated[LanguageName, typer.Option("--lang", help="Language of the explanations.")] = LanguageName.EN,
    redirect_uri: Annotated[
        str, typer.Option("--redirect-uri", help="Where the browser goes afterwards; registered with the app.")
    ] = consent.REDIRECT_URI,
    as_json: JsonFlag = False,
) -> None:
    """The link by which an admin consents to exactly the permissions in use, and what each of them is for.

    Example: mydesk-graph consent-url --config /etc/mydesk/room.toml --lang da
    """
    unit = unit_file.read(config) if config else None
    wanted_shape = shape.shape if shape else unit.graph.shape if unit else "delegate"
    features = _features(unit, role, feature)
    link = consent.consent_url(
        unit.graph.authority_url if unit else AUTHORITY,
        tenant or (unit.graph.tenant_id if unit else _missing("--tenant")),
        client_id or (unit.graph.client_id if unit else _missing("--client-id")),
        scopes_for(features, wanted_shape, unit.graph.graph_url if unit else AUTHORITY),
        redirect_uri=redirect_uri,
    )
    permissions = consent.permissions_for(features, wanted_shape, lang.language)
    if as_json:
        shown = [{"name": one.name, "text": one.text, "where": one.where} for one in permissions]
        print_json({"url": link, "permissions": shown})
    else:
        _print_consent(link, permissions)


def _print_consent(link: str, permissions: tuple[consent.Permission, ...]) -> None:
    typer.echo(link)
    typer.echo("")
    for one in permissions:
        place = "" if one.where == "entra" else "  [Exchange: see setup-script]"
        typer.echo(f"{one.name}{place}\n    {one.text}")


def setup_script(
    tenant: Annotated[str, typer.Option("--tenant", help="Tenant id or domain.")] = "",
    role: Annotated[
        list[Role] | None, typer.Option("--role", help="A role to make an app registration for; may be repeated.")
    ] = None,
    shape: ShapeOption = None,
    account: Annotated[str, typer.Option("--account", help="The device account.")] = "",
    room: Annotated[list[str] | None, typer.Option("--room", help="Address of a room; may be repeated.")] = None,
    rooms: Annotated[
        Path | None, typer.Option("--rooms", help="Rooms as CSV (address,name) or TOML (tables named rooms).")
    ] = None,
    feature: FeatureOption = None,
    name: Annotated[str, typer.Option("--name", help="Name of the app registration, for a single role.")] = "",
    certificate: Annotated[
        Path | None, typer.Option("--certificate", help="Public certificate (PEM) of an app-only registration.")
    ] = None,
    config: MaybeConfig = None,
    output: Annotated[Path | None, typer.Option("--output", help="File to write; else standard output.")] = None,
) -> None:
    """Write one PowerShell script: app registrations, consent, device account, rights on the rooms, mailbox settings.

    Read it, then run it in PowerShell as an Entra and Exchange admin. It may run again.

    Example: mydesk-graph setup-script --tenant contoso.example --account mydesk@contoso.example --rooms rooms.csv
    """
    unit = unit_file.read(config) if config else None
    roles = role or [unit.role if unit else Role.ROOM]
    if name and len(roles) > 1:
        raise typer.BadParameter("--name is for a single --role")
    wanted_shape = shape.shape if shape else unit.graph.shape if unit else "delegate"
    text = script_of(
        Setup(
            tenant=tenant or (unit.graph.tenant_id if unit else _missing("--tenant")),
            registrations=tuple(registration(one, wanted_shape, _features(unit, one, feature), name) for one in roles),
            rooms=_rooms(unit, room, rooms),
            account=account or (unit.graph.account if unit else ""),
            certificate_pem=certificate_file(certificate) if certificate else b"",
        )
    )
    _write(text, output)


def _features(unit: UnitFile | None, role: Role | None, features: list[Feature] | None) -> frozenset[Feature]:
    """Return what was named, else what the unit's file says for its own role, else what the role usually uses."""
    if features:
        return frozenset(features)
    if unit and role in (None, unit.role):
        return unit.features
    return ROLE_FEATURES[role or _missing_role()]


def _rooms(unit: UnitFile | None, addresses: list[str] | None, file: Path | None) -> tuple[RoomEntry, ...]:
    found = rooms_of(addresses or [], file)
    if not found and unit and unit.room:
        return (RoomEntry(unit.room, unit.text("room", "name")),)
    return found


def _write(text: str, output: Path | None) -> None:
    if output is None:
        typer.echo(text)
        return
    try:
        output.write_text(text, "ascii", newline="\r\n")
    except OSError as error:
        raise SetupError(f"{output} cannot be written ({error.strerror}).", hint="Choose another --output.") from error
    typer.echo(f"Wrote {output}. Read it, then run it in PowerShell.", err=True)


def _missing(option: str) -> str:
    raise typer.BadParameter(f"{option} is needed without --config")


def _missing_role() -> Role:
    raise typer.BadParameter("--role is needed without --config: room, kiosk or hub")


def scope_names(graph: GraphConfig, features: frozenset[Feature]) -> frozenset[str]:
    """Return the delegated scopes a unit asks for, by their short names."""
    return frozenset(consent.short_name(scope) for scope in scopes_for(features, graph.shape, graph.graph_url))


def consent_link(graph: GraphConfig, features: frozenset[Feature]) -> str:
    """Return the link that grants them."""
    scopes = scopes_for(features, graph.shape, graph.graph_url)
    return consent.consent_url(graph.authority_url, graph.tenant_id, graph.client_id, scopes)
