"""`python -m telemetry` is `mydesk-agent`."""

from telemetry.cli import main

if __name__ == "__main__":
    main()
