"""The lobby kiosk: guests in, hosts told, badges out, everyone forgotten after 14 days."""
