"""Sign-in as login.microsoftonline.com does it: device codes, authorization codes, certificates, refresh tokens."""
