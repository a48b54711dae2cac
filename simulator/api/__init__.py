"""Microsoft Graph v1.0, as much of it as a room display and a lobby kiosk need; one module for each resource."""
