"""The parts of the set-up script. Each can run again: it looks before it makes, and changes only what differs."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1

from graph.consent import REDIRECT_URI, SIGN_IN_SCOPES
from graph.mending import GRAPH_APP_ID, RIGHTS, ROOMS_GROUP
from graph.powershell import comment, listed, quoted_ascii

_BASE64_COLUMNS = 76


def thumbprint(certificate: x509.Certificate) -> str:
    """Return the SHA-1 thumbprint in capitals: a name in Entra's list, no proof of anything."""
    return certificate.fingerprint(SHA1()).hex().upper()  # noqa: S303 - Entra's customKeyIdentifier is SHA-1


def head(tenant: str, account: str, rooms: Sequence[tuple[str, str]]) -> str:
    """Return what the script is for, its parameters, and how it signs in."""
    entries = "".join(
        f"    @{{ Address = {quoted_ascii(address)}; Name = {quoted_ascii(name or address)} }}\n"
        for address, name in rooms
    )
    return f"""#Requires -Version 5.1
{comment("Entra and Exchange set-up of MyDesk panels, written by mydesk-graph setup-script.")}
# Read it, then run it as a person who is Application Administrator (or Cloud Application Administrator),
# Privileged Role Administrator (for consent), User Administrator (device account) and Exchange Administrator.
# It can run again: what is there already stays, what differs is set right. It removes nothing.
#
# Once:  Install-Module Microsoft.Graph.Authentication, Microsoft.Graph.Applications, Microsoft.Graph.Users,
#        Microsoft.Graph.Identity.SignIns, ExchangeOnlineManagement -Scope CurrentUser
# If the two families of modules quarrel over a shared library, start a fresh PowerShell and run it again.

Set-StrictMode -Version 1.0
$ErrorActionPreference = 'Stop'

$tenant = {quoted_ascii(tenant)}
$account = {quoted_ascii(account)}
$roomsGroup = {quoted_ascii(ROOMS_GROUP)}
$rooms = @(
{entries})

Connect-ExchangeOnline -ShowBanner:$false
Connect-MgGraph -TenantId $tenant -NoWelcome -Scopes @(
    'Application.ReadWrite.All'
    'AppRoleAssignment.ReadWrite.All'
    'DelegatedPermissionGrant.ReadWrite.All'
    'User.ReadWrite.All'
)
$graph = Get-MgServicePrincipal -Filter {quoted_ascii(f"appId eq '{GRAPH_APP_ID}'")}
"""


FUNCTIONS = f"""# --- Tools ---

function ConvertTo-ODataLiteral([string] $Text) {{
    # A text inside a filter: quotes doubled.
    "'" + $Text.Replace("'", "''") + "'"
}}

function Get-OnlyOne([object[]] $Found, [string] $What) {{
    if ($Found.Count -gt 1) {{ throw "There is more than one $What. Rename the others, then run this again." }}
    $Found | Select-Object -First 1
}}

function Get-Registration([string] $Name) {{
    $filter = 'displayName eq ' + (ConvertTo-ODataLiteral $Name)
    $app = Get-OnlyOne @(Get-MgApplication -Filter $filter -All) "app registration with this name"
    if (-not $app) {{
        Write-Host "Making the app registration $Name"
        $app = New-MgApplication -DisplayName $Name -SignInAudience 'AzureADMyOrg'
    }}
    $app
}}

function Get-Principal([object] $App) {{
    $sp = Get-MgServicePrincipal -Filter ('appId eq ' + (ConvertTo-ODataLiteral $App.AppId))
    if (-not $sp) {{ $sp = New-MgServicePrincipal -AppId $App.AppId }}
    $sp
}}

function Get-Permission([string] $Name, [string] $Type) {{
    $known = if ($Type -eq 'Scope') {{ $graph.Oauth2PermissionScopes }} else {{ $graph.AppRoles }}
    $found = $known | Where-Object Value -eq $Name
    if (-not $found) {{ throw "Microsoft Graph has no permission $Name." }}
    $found
}}

function Set-Registration([object] $App, [string[]] $Names, [string] $Type) {{
    # What the registration asks for: exactly these permissions of Microsoft Graph.
    $access = @($Names | ForEach-Object {{ @{{ Id = (Get-Permission $_ $Type).Id; Type = $Type }} }})
    $settings = @{{ RequiredResourceAccess = @(@{{ ResourceAppId = $graph.AppId; ResourceAccess = $access }}) }}
    if (-not $access.Count) {{ $settings = @{{ RequiredResourceAccess = @() }} }}
    if ($Type -eq 'Scope') {{
        # Device codes need "allow public client flows"; the browser sign-in needs the loopback redirect.
        $settings.IsFallbackPublicClient = $true
        $settings.PublicClient = @{{ RedirectUris = @({quoted_ascii(REDIRECT_URI)}) }}
    }}
    Update-MgApplication -ApplicationId $App.Id @settings
}}

function Set-DelegatedConsent([object] $Principal, [string[]] $Names) {{
    # Consent for the organisation, to exactly these: a device account should not be the one to consent.
    $scope = $Names -join ' '
    $filter = "clientId eq '$($Principal.Id)' and consentType eq 'AllPrincipals' and resourceId eq '$($graph.Id)'"
    $grant = Get-MgOauth2PermissionGrant -Filter $filter | Select-Object -First 1
    if (-not $grant) {{
        $null = New-MgOauth2PermissionGrant -ClientId $Principal.Id -ConsentType 'AllPrincipals' `
            -ResourceId $graph.Id -Scope $scope
    }} elseif ($grant.Scope.Trim() -ne $scope) {{
        Update-MgOauth2PermissionGrant -OAuth2PermissionGrantId $grant.Id -Scope $scope
    }}
}}

function Set-ApplicationConsent([object] $Principal, [string[]] $Names) {{
    $given = @(Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $Principal.Id -All)
    foreach ($name in $Names) {{
        $role = Get-Permission $name 'Role'
        if ($given.AppRoleId -notcontains $role.Id) {{
            $null = New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $Principal.Id `
                -PrincipalId $Principal.Id -ResourceId $graph.Id -AppRoleId $role.Id
        }}
    }}
}}

function New-Password {{
    $bytes = New-Object byte[] 24
    $random = [Security.Cryptography.RandomNumberGenerator]::Create()
    $random.GetBytes($bytes)
    $random.Dispose()
    'Md1!' + [Convert]::ToBase64String($bytes)
}}
"""

DEVICE_ACCOUNT = """# --- The device account ---
# It needs a mailbox of its own (Exchange Online Plan 1 is enough): folder rights can only be given to one.
# Exclude it from MFA and from sign-in frequency, and bind it to the office by a named location instead;
# where device codes are blocked, allow them for this account from that location, or use sign_in = "auth-code".

if (-not (Get-MgUser -Filter ('userPrincipalName eq ' + (ConvertTo-ODataLiteral $account)))) {
    $password = New-Password
    $null = New-MgUser -UserPrincipalName $account -DisplayName 'MyDesk displays' -AccountEnabled `
        -MailNickname ($account -split '@')[0] -PasswordPolicies 'DisablePasswordExpiration' `
        -PasswordProfile @{ Password = $password; ForceChangePasswordNextSignIn = $false }
    Write-Host "Made $account. Its password is shown this once: $password"
    Write-Host 'Give it a licence with a mailbox, wait until the mailbox is there, then run this again.'
}
"""


def registration(name: str, permissions: Iterable[tuple[str, str]], *, app_only: bool) -> str:
    """Return the app registration of one role, with the permissions Entra gives and their consent."""
    found = list(permissions)
    names = [permission for permission, _ in found if permission not in SIGN_IN_SCOPES]
    explained = "\n".join(comment(f"  {permission}: {text}") for permission, text in found)
    kind = "Role" if app_only else "Scope"
    consented = [permission for permission, _ in found]
    consent = "Set-ApplicationConsent $sp $permissions" if app_only else f"Set-DelegatedConsent $sp {listed(consented)}"
    return f"""{comment("--- App registration: " + name + " ---")}
{explained}

$app = Get-Registration {quoted_ascii(name)}
$sp = Get-Principal $app
$permissions = {listed(names)}
Set-Registration $app $permissions {quoted_ascii(kind)}
{consent}
Write-Host "client_id of $($app.DisplayName): $($app.AppId)"
"""


def rbac(name: str, permissions: Iterable[tuple[str, str]]) -> str:
    """Return the mailbox rights of an app-only registration, bounded to the rooms: RBAC for Applications."""
    found = list(permissions)
    explained = "\n".join(comment(f"  {permission}: {text}") for permission, text in found)
    roles = listed(f"Application {permission}" for permission, _ in found)
    return f"""{comment("--- What " + name + " may do in mailboxes: the rooms, and no others ---")}
{explained}
# Given here, and NOT in Entra: a grant of Calendars.* or Mail.* in Entra would add every mailbox of the organisation.
# Exchange may take over an hour to act on this.

$group = Get-DistributionGroup -Filter ('Name -eq ' + (ConvertTo-ODataLiteral $roomsGroup))
if (-not $group) {{
    $group = New-DistributionGroup -Name $roomsGroup -Type Security
    Set-DistributionGroup -Identity $group.Guid.ToString() -HiddenFromAddressListsEnabled $true
}}
$members = @(Get-DistributionGroupMember -Identity $group.Guid.ToString() -ResultSize Unlimited).PrimarySmtpAddress
foreach ($room in $rooms) {{
    if ($members -notcontains $room.Address) {{
        Add-DistributionGroupMember -Identity $group.Guid.ToString() -Member $room.Address
    }}
}}
if (-not (Get-ServicePrincipal | Where-Object AppId -eq $app.AppId)) {{
    $null = New-ServicePrincipal -AppId $app.AppId -ObjectId $sp.Id -DisplayName $app.DisplayName
}}
if (-not (Get-ManagementScope | Where-Object Name -eq $roomsGroup)) {{
    $filter = 'MemberOfGroup -eq ' + (ConvertTo-ODataLiteral $group.DistinguishedName)
    $null = New-ManagementScope -Name $roomsGroup -RecipientRestrictionFilter $filter
}}
foreach ($role in {roles}) {{
    # The name is how a second run finds it: at most 64 characters.
    $assignment = "$role $($app.AppId)"
    $assignment = $assignment.Substring(0, [Math]::Min(64, $assignment.Length))
    if (-not (Get-ManagementRoleAssignment | Where-Object Name -eq $assignment)) {{
        $null = New-ManagementRoleAssignment -Name $assignment -App $sp.Id -Role $role `
            -CustomResourceScope $roomsGroup
    }}
}}
foreach ($room in $rooms) {{
    Test-ServicePrincipalAuthorization -Identity $sp.Id -Resource $room.Address |
        Format-Table RoleName, AllowedResourceScope, InScope
}}

# Tenants that still use the older Application Access Policy have, in place of the above, a grant in Entra and:
#   New-ApplicationAccessPolicy -AppId <client_id> -PolicyScopeGroupId <group> -AccessRight RestrictAccess
# It goes on working, and mydesk-graph doctor recognises it ("Access to OData is disabled"). Microsoft asks to make
# no new ones. To change over: run this, wait an hour, take the Calendars.* grant in Entra away, then the policy.
"""


def certificate(der: bytes, sha1_thumbprint: str) -> str:
    """Return the upload of a public certificate, beside those that are there."""
    text = base64.b64encode(der).decode()
    lines = [text[place : place + _BASE64_COLUMNS] for place in range(0, len(text), _BASE64_COLUMNS)]
    return f"""# --- The certificate it signs in with: the public half; the key stays on the unit ---

$thumbprint = {quoted_ascii(sha1_thumbprint)}
$der = [Convert]::FromBase64String(({listed(lines)} -join ''))
$keys = @((Get-MgApplication -ApplicationId $app.Id -Property 'id,keyCredentials').KeyCredentials)
$known = @($keys | Where-Object {{ $_.CustomKeyIdentifier }} | ForEach-Object {{
    [BitConverter]::ToString($_.CustomKeyIdentifier).Replace('-', '')
}})
if ($known -notcontains $thumbprint) {{
    # The whole list is written, so those that are there go with it.
    $new = @{{ Type = 'AsymmetricX509Cert'; Usage = 'Verify'; Key = $der; DisplayName = "MyDesk $thumbprint" }}
    Update-MgApplication -ApplicationId $app.Id -KeyCredentials (@($keys) + $new)
}}
"""


NO_CERTIFICATE = """# --- The certificate it signs in with ---
# None was named. Make key and certificate on the unit, then write this script again with --certificate CERT.pem.
"""

FOLDER_RIGHTS = f"""# --- The device account may read and write the rooms' calendars, private meetings included ---
# The calendar folder's name is in each mailbox's own language: it is looked up.

foreach ($room in $rooms) {{
    $folders = Get-MailboxFolderStatistics -Identity $room.Address -FolderScope Calendar
    $folder = $room.Address + ':\\' + ($folders | Where-Object FolderType -eq 'Calendar').Name
    $given = Get-MailboxFolderPermission -Identity $folder -User $account -ErrorAction SilentlyContinue
    if ($given) {{
        Set-MailboxFolderPermission -Identity $folder -User $account {RIGHTS}
    }} else {{
        $null = Add-MailboxFolderPermission -Identity $folder -User $account {RIGHTS}
    }}
    Write-Host "$($room.Name): $account may read and write."
}}
"""

ROOM_ACCOUNTS = """# --- Each room signs in by itself ---
# Exclude the room accounts from MFA and from sign-in frequency, and bind them to the office by a named location.

foreach ($room in $rooms) {
    if (-not (Get-Mailbox -Identity $room.Address).RoomMailboxAccountEnabled) {
        $password = New-Password
        Set-Mailbox -Identity $room.Address -EnableRoomMailboxAccount $true `
            -RoomMailboxPassword (ConvertTo-SecureString -String $password -AsPlainText -Force)
        Write-Host "$($room.Name) may sign in. Its password is shown this once: $password"
    }
    Update-MgUser -UserId $room.Address -PasswordPolicies 'DisablePasswordExpiration'
}
"""

CALENDAR_PROCESSING = """# --- Room mailboxes: titles stay titles, and private meetings stay marked as private ---
# It counts for meetings that are accepted from now on.
# Titles that must never reach the wall: leave AddOrganizerToSubject at $true, or set [screen] subject = "organizer".
# Rooms that people from outside may book also need: -ProcessExternalMeetingMessages $true

foreach ($room in $rooms) {
    Set-CalendarProcessing -Identity $room.Address -AutomateProcessing AutoAccept `
        -AddOrganizerToSubject $false -DeleteSubject $false -DeleteComments $true `
        -RemovePrivateProperty $false -AllowConflicts $false
}
"""

TAIL = """# --- Done ---
Write-Host 'Put tenant_id and client_id into [graph], sign the unit in, and run: mydesk-graph doctor'
Disconnect-ExchangeOnline -Confirm:$false
$null = Disconnect-MgGraph
"""
