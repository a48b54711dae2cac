"""Microsoft 365 through Graph: sign-in, HTTP, calendars, places, people, presence, mail."""
