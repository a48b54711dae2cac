"""Visits as kiosk, hub and an admin's machine pass them on: tokens, sealed records, shared visits, keys of the days."""
