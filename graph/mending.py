"""The PowerShell lines that mend what the doctor finds. Every text in them is quoted: they are made to be pasted.

Source: office-docs-powershell (Add-MailboxFolderPermission, Set-CalendarProcessing, New-ManagementRoleAssignment).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from graph.powershell import quoted

ROOMS_GROUP = "MyDesk rooms"
"""Mail-enabled security group of the rooms, which bounds app-only rights; setup-script makes it."""
_SCOPE_COLUMNS = "AllowedResourceScope, InScope"
GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
RIGHTS = "-AccessRights Editor -SharingPermissionFlags Delegate,CanViewPrivateItems"


def folder_right(room: str, account: str, verb: Literal["Add", "Set"]) -> str:
    """Return the line that lets `account` read and write `room`; "Set" where it has a lesser right already."""
    return f"{verb}-MailboxFolderPermission -Identity ({calendar_of(room)}) -User {quoted(account)} {RIGHTS}"


def take_folder_right(owner: str, account: str) -> tuple[str, ...]:
    """Return the lines that take from `account` what lets it read the calendar of `owner`."""
    return (
        f"Remove-MailboxFolderPermission -Identity ({calendar_of(owner)}) -User {quoted(account)} -Confirm:$false",
        (
            f"Remove-MailboxPermission -Identity {quoted(owner)} -User {quoted(account)} -AccessRights FullAccess "
            "-Confirm:$false"
        ),
    )


def calendar_of(room: str) -> str:
    """Return the expression for a mailbox's calendar folder, whose name is in the mailbox's own language."""
    return (
        f"{quoted(room + ':' + chr(92))} + (Get-MailboxFolderStatistics -Identity {quoted(room)} "
        "-FolderScope Calendar | Where-Object FolderType -eq 'Calendar').Name"
    )


def app_into_scope(room: str, client_id: str) -> tuple[str, ...]:
    """Return the lines that bring a room into the scope of an app with RBAC, and show whether it is."""
    return (
        f"Add-DistributionGroupMember -Identity {quoted(ROOMS_GROUP)} -Member {quoted(room)}",
        (
            f"Test-ServicePrincipalAuthorization -Identity {quoted(client_id)} -Resource {quoted(room)} "
            f"| Format-Table RoleName, {_SCOPE_COLUMNS}"
        ),
    )


def policy_groups(client_id: str) -> tuple[str, ...]:
    """Return the line that shows which groups an older Application Access Policy names for the app."""
    return (
        (
            f"Get-ApplicationAccessPolicy | Where-Object AppId -eq {quoted(client_id)} "
            "| Format-List ScopeName, AccessRight, Description"
        ),
    )


def shown_roles(client_id: str) -> str:
    """Return the line that lists the Exchange roles an app has, with their scopes."""
    return f"Test-ServicePrincipalAuthorization -Identity {quoted(client_id)} | Format-Table RoleName, {_SCOPE_COLUMNS}"


def take_app_roles(client_id: str, roles: Iterable[str]) -> tuple[str, ...]:
    """Return the lines that take organisation-wide application permissions from an app, in Graph PowerShell."""
    names = ", ".join(quoted(role) for role in sorted(roles))
    return (
        f"$sp = Get-MgServicePrincipal -Filter {_app(client_id)}",
        (
            f"$ids = ((Get-MgServicePrincipal -Filter {_app(GRAPH_APP_ID)}).AppRoles "
            f"| Where-Object Value -in @({names})).Id"
        ),
        (
            "Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $sp.Id -All | Where-Object AppRoleId -in $ids "
            "| ForEach-Object { Remove-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $sp.Id "
            "-AppRoleAssignmentId $_.Id }"
        ),
    )


def processing(room: str, setting: str, value: Literal["$true", "$false", "AutoAccept"]) -> str:
    """Return the line that changes one setting of a room mailbox; `setting` is the parameter's own name."""
    return f"Set-CalendarProcessing -Identity {quoted(room)} -{setting} {value}"


def open_page(url: str) -> str:
    """Return the line that opens a page in the admin's browser."""
    return f"Start-Process {quoted(url)}"


def _app(client_id: str) -> str:
    return quoted(f"appId eq '{client_id}'")
